using Chains;
using Providers;
using Shouldly;
using Sync.Chains;
using Sync.Ledgers;
using Sync.Reconciliation;
using Sync.Walks.Rounds;
using Xunit;

namespace Unit.Sync;

public sealed class WalkPages
{
    private static PageChange Decide(PageContext at, IReadOnlyList<ChainTransaction> read, params KnownTransaction[] known) =>
        PageRules.Decide(at, read, known.ToDictionary(k => k.Txid), Given.Now);

    private static IReadOnlyList<ChainTransaction>? Adjoin(int last, IReadOnlyList<ChainTransaction> page) =>
        PageRules.Adjoin(page, new Position(60, Given.Hash(6)), new Position(50, Given.Hash(last)), switchHeight: null);

    [Fact]
    public void a_page_that_begins_with_the_last_transaction_taken_adjoins()
    {
        var rest = Adjoin(5, [Given.Transaction(5, 50), Given.Transaction(4, 40)]);
        rest.ShouldNotBeNull().Select(t => t.Height).ShouldBe([40L]);
    }

    [Fact]
    public void a_page_that_begins_too_early_adjoins_behind_the_last_transaction_taken()
    {
        var rest = Adjoin(5, [Given.Transaction(6, 60), Given.Transaction(5, 50), Given.Transaction(4, 40)]);
        rest.ShouldNotBeNull().Select(t => t.Height).ShouldBe([40L]);
    }

    [Fact]
    public void a_page_that_skips_a_transaction_does_not_adjoin() =>
        Adjoin(5, [Given.Transaction(3, 30)]).ShouldBeNull();

    [Fact]
    public void an_empty_page_does_not_adjoin() => Adjoin(5, []).ShouldBeNull();

    [Fact]
    public void another_providers_page_has_to_begin_above_the_block_where_the_two_meet()
    {
        var above = new Position(60, Given.Hash(6));
        PageRules.Adjoin([Given.Transaction(5, 50), Given.Transaction(4, 40)], above, null, switchHeight: 40).ShouldNotBeNull().Count.ShouldBe(2);
        PageRules.Adjoin([Given.Transaction(4, 40)], above, null, switchHeight: 40).ShouldBeNull();
        PageRules.Adjoin([], above, null, switchHeight: 40).ShouldBeNull();
    }

    [Fact]
    public void what_the_other_provider_told_of_the_block_where_the_two_meet_is_told_again_without_effect()
    {
        var page = Given.Page(round: 2, switchHeight: 10);
        var change = Decide(page, [Given.Transaction(1, 10)], Given.Known(1, 10, round: 2));
        (change.Events.Count, change.Count, change.SeenAgain.Count).ShouldBe((0, 0L, 0));
        change.Repeated.ShouldBe([Given.Hash(1)]);
        Should.Throw<ProviderException>(() => Decide(page, [Given.Transaction(1, 9)],
            Given.Known(1, 9, round: 2))).Failure.ShouldBe(ProviderFailure.Contradiction);
    }

    [Fact]
    public void a_block_that_nobody_names_is_known_by_its_height()
    {
        var unnamed = Given.Transaction(1, 10) with { BlockHash = null };
        Decide(Given.Page(round: 2), [unnamed], Given.Known(1, 10, round: 1)).SeenAgain.ShouldHaveSingleItem();
        Decide(Given.Page(round: 2), [Given.Transaction(1, 10)],
            Given.Known(1, 10, round: 1) with { BlockHash = null }).SeenAgain.ShouldHaveSingleItem();
        Decide(Given.Page(round: 2), [unnamed with { Height = 11 }], Given.Known(1, 10, round: 1)).Events.Count.ShouldBe(2);
    }

    [Fact]
    public void a_known_transaction_without_a_block_gets_the_one_that_somebody_names_and_its_time()
    {
        var told = Given.Transaction(1, 10) with { BlockTime = Given.Now.AddHours(3) };
        var unnamed = Given.Known(1, 10, round: 1, incarnation: 4) with { BlockHash = null };
        var change = Decide(Given.Page(round: 2), [told], unnamed);
        change.Events.ShouldHaveSingleItem().Data.ShouldBeOfType<LedgerEvent.TransactionPlaced>().Transaction.ShouldBe(new(Given.Hash(1), 10,
            Given.Hash(10), told.BlockTime, 4));
        change.Assigned.ShouldBe([(Given.Hash(1), Given.Hash(10))]);
        (change.SeenAgain.Count, change.Delta, change.Count, change.Found).ShouldBe((1, Amount.Zero, 0L, 0L));
        Decide(Given.Page(round: 2), [told with { BlockHash = null }], unnamed).Events.ShouldBeEmpty();
        Decide(Given.Page(round: 2), [told], unnamed with { BlockHash = Given.Hash(10) }).Events.ShouldBeEmpty();

        // Also where another provider tells it once more in the same round.
        Decide(Given.Page(round: 1, switchHeight: 10), [told], unnamed).Assigned.Count.ShouldBe(1);
    }

    [Fact]
    public void a_new_transaction_is_observed_once()
    {
        var change = Decide(Given.Page(), [Given.Transaction(1, 10, 7)]);
        change.Events.ShouldHaveSingleItem().Data.ShouldBeOfType<LedgerEvent.TransactionObserved>()
            .Transaction.Movements.ShouldHaveSingleItem().Delta.ShouldBe(7);
        (change.Delta, change.Count, change.Found).ShouldBe(((Amount)7, 1L, 1L));
    }

    [Fact]
    public void the_same_transaction_has_the_same_event_id_every_time() =>
        Decide(Given.Page(), [Given.Transaction(1, 10)]).Events[0].Id.ShouldBe(Decide(Given.Page(round: 9), [Given.Transaction(1, 10)]).Events[0].Id);

    [Fact]
    public void a_known_transaction_changes_nothing_and_is_marked_as_seen()
    {
        var change = Decide(Given.Page(round: 2), [Given.Transaction(1, 10)], Given.Known(1, 10, round: 1));
        change.Events.ShouldBeEmpty();
        change.SeenAgain.ShouldBe([Given.Hash(1)]);
        (change.Delta, change.Count).ShouldBe((Amount.Zero, 0L));
    }

    [Fact]
    public void a_transaction_in_another_block_is_taken_back_by_name_and_observed_anew()
    {
        var change = Decide(Given.Page(round: 2), [Given.Transaction(1, 11, 7)], Given.Known(1, 10, 7, round: 1));
        var orphaned = change.Events[0].Data.ShouldBeOfType<LedgerEvent.TransactionOrphaned>().Transaction;
        (orphaned.Height, orphaned.BlockHash, orphaned.Incarnation).ShouldBe((10L, Given.Hash(10), 0));
        change.Events[1].Data.ShouldBeOfType<LedgerEvent.TransactionObserved>().Transaction.Incarnation.ShouldBe(1);
        (change.Delta, change.Count).ShouldBe((Amount.Zero, 0L));
    }

    [Fact]
    public void a_transaction_that_comes_back_to_the_same_block_is_a_new_incarnation_with_a_new_id()
    {
        var first = Decide(Given.Page(), [Given.Transaction(1, 10)]).Events[0];
        var again = Decide(Given.Page(round: 3), [Given.Transaction(1, 10, 7)], Given.Known(1, 10, 7, incarnation: 1, orphaned: true, round: 1));
        again.Events.ShouldHaveSingleItem().Id.ShouldNotBe(first.Id);
        (again.Delta, again.Count).ShouldBe(((Amount)7, 1L));
    }

    [Fact]
    public void pages_that_go_in_circles_are_refused() =>
        Should.Throw<ProviderException>(() => Decide(Given.Page(round: 2), [Given.Transaction(1, 10)], Given.Known(1, 10, round: 2)))
            .Failure.ShouldBe(ProviderFailure.Contradiction);

    [Fact]
    public void more_transactions_than_the_summary_counts_are_refused()
    {
        PageRules.CheckCount(50, expected: 50, "esplora");
        Should.Throw<ProviderException>(() => PageRules.CheckCount(51, expected: 50, "esplora")).Message.ShouldContain("50");
    }
}

public sealed class Settling
{
    private static readonly Round AtHundred = new(RoundKind.First, 1, new ChainTip(100, Given.Hash(100)));

    [Fact]
    public void all_but_the_blocks_that_may_be_replaced_is_settled() => AtHundred.Settle(null, 12, null).ShouldBe(88);

    [Fact]
    public void nothing_is_settled_at_or_above_a_transaction_that_was_not_met_again() => AtHundred.Settle(null, 12, 70).ShouldBe(69);

    [Fact]
    public void nothing_is_settled_at_or_above_a_block_that_is_in_doubt() =>
        (AtHundred with { DoubtedHeight = 60 }).Settle(null, 12, 70).ShouldBe(59);

    [Fact]
    public void what_was_settled_stays_so() => AtHundred.Settle(95, 12, 70).ShouldBe(95);

    [Fact]
    public void a_chain_younger_than_the_safe_depth_is_settled_nowhere_but_known() =>
        (AtHundred with { Start = new(5, "tip") }).Settle(null, 12, null).ShouldBe(-1);
}

public sealed class Reconciling
{
    [Fact]
    public void equal_balance_and_count_are_verified() => BalanceVerdict.Of(5, 2, 5, 2).Verdict.ShouldBe(Verdict.Verified);

    [Fact]
    public void a_satoshi_more_or_less_is_a_mismatch()
    {
        var result = BalanceVerdict.Of(6, 2, 5, 2);
        result.Verdict.ShouldBe(Verdict.Mismatch);
        result.Differences.ShouldHaveSingleItem().Balance.ShouldBe(1);
    }

    [Fact]
    public void equal_balances_over_different_counts_are_a_mismatch() => BalanceVerdict.Of(5, 3, 5, 2).Differences[0].Class.ShouldBe("transactions");

    [Fact]
    public void the_same_difference_has_the_same_key() => BalanceVerdict.Of(6, 2, 5, 2).Key.ShouldBe(BalanceVerdict.Of(16, 12, 15, 12).Key);

    [Fact]
    public void a_coinbase_that_overwrote_another_explains_fifty_coins()
    {
        var odd = new HashSet<string> { "d5d27987d2a3dfc724e359870c6644b40e497bdc0589a033220fe15429d88599" };
        BalanceVerdict.Of(10_000_000_000, 2, 5_000_000_000, 1).ExplainedBy(odd).Verdict.ShouldBe(Verdict.Explained);
        BalanceVerdict.Of(10_000_000_001, 2, 5_000_000_000, 1).ExplainedBy(odd).Verdict.ShouldBe(Verdict.Mismatch);
        BalanceVerdict.Of(10_000_000_000, 2, 5_000_000_000, 1).ExplainedBy([]).Verdict.ShouldBe(Verdict.Mismatch);
    }
}
