using Contracts;
using Portfolio.Ledgers;
using Shouldly;
using Xunit;

namespace Unit.Portfolio;

public sealed class ArrangeContracts
{
    private static readonly Guid A = Guid.CreateVersion7();
    private static readonly Guid B = Guid.CreateVersion7();

    [Fact]
    public void different_ledgers_share_a_round()
    {
        var (a, b) = (new LedgerClosed(A, default), new LedgerWalkStarted(B, "first", default));
        ContractBatches.Of([a, b]).ShouldBe([[a, b]]);
    }

    [Fact]
    public void one_ledgers_facts_of_different_kinds_keep_their_order_in_rounds_of_their_own()
    {
        Contract[] facts = [new LedgerWalkStarted(A, "first", default), Page(A), Gone(A), Page(A)];
        ContractBatches.Of(facts).ShouldBe([[facts[0]], [facts[1]], [facts[2]], [facts[3]]]);
    }

    [Fact]
    public void pages_of_one_ledger_share_a_round_also_with_another_ledgers_facts_in_between()
    {
        Contract[] facts = [Page(A), new LedgerClosed(B, default), Page(A)];
        ContractBatches.Of(facts).ShouldBe([[facts[0], facts[1], facts[2]]]);
    }

    [Fact]
    public void what_places_a_page_comes_in_a_round_after_it_and_all_of_it_in_one()
    {
        Contract[] facts = [Page(A), new TransactionsPlaced(A, []), new TransactionsPlaced(A, []), Gone(A)];
        ContractBatches.Of(facts).ShouldBe([[facts[0]], [facts[1], facts[2]], [facts[3]]]);
    }

    [Fact]
    public void of_what_replaces_itself_a_round_has_one()
    {
        Contract[] facts = [new LedgerWalkStarted(A, "first", default), new LedgerWalkStarted(A, "top", default)];
        ContractBatches.Of(facts).ShouldBe([[facts[0]], [facts[1]]]);
    }

    [Fact]
    public void what_is_about_no_ledger_is_in_no_round() =>
        ContractBatches.Of([new ChainTipAdvanced("bitcoin", 1, "h", default), new WalletSyncCompleted(A, B, 1, 1, default)]).ShouldBeEmpty();

    private static TransactionsObserved Page(Guid ledger) => new(ledger, []);

    private static TransactionsOrphaned Gone(Guid ledger) => new(ledger, [], default);
}
