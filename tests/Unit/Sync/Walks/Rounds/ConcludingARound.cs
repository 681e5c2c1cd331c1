using Chains;
using Contracts;
using Providers;
using Shouldly;
using Sync.Chains;
using Sync.Ledgers;
using Sync.Reconciliation;
using Sync.Walks;
using Sync.Walks.Rounds;
using Xunit;

namespace Unit.Sync;

/// <summary>What a finished round comes to: given what was asked and read, the events, the rows and what follows.</summary>
public sealed class ConcludingARound
{
    private const string Token = "eip155:1/erc20:0x00000000000000000000000000000000000000aa";

    [Fact]
    public void equal_balances_between_equal_tips_are_verified_and_end_the_walk()
    {
        var outcome = RoundConclusion.Conclude(Finished());

        outcome.Next.ShouldBe(new RoundNext.Done());
        EventsOf(outcome).ShouldBe(["WalkCompleted", "BalanceReconciled"]);
        outcome.State.Round.ShouldBeNull();
        outcome.State.Ledger.ShouldSatisfyAllConditions(
            ledger => ledger.Tip.ShouldBe(new(100, "tip")), ledger => ledger.SettledHeight.ShouldBe(100 - SafeDepth));
        outcome.State.Reconciliation.ShouldBe(new() { Verdict = Verdict.Verified, VerdictBy = "first", VerdictAt = Given.Now });
        outcome.Cache.ShouldBe(CacheDecision.Keep);
    }

    [Fact]
    public void a_regular_check_where_nobody_counts_tells_nothing_unless_it_found_something()
    {
        var before = new ReconciliationState { Verdict = Verdict.Verified, VerdictBy = "first", VerdictAt = Given.Now.AddMinutes(-2) };
        var facts = After(Finished(count: null, kind: RoundKind.Top), before);
        facts = facts with { Claim = facts.Claim with { Trigger = SyncTrigger.Scheduled } };

        EventsOf(RoundConclusion.Conclude(facts)).ShouldBeEmpty();
        EventsOf(RoundConclusion.Conclude(facts with { Unconfirmed = [Given.Known(1, 90)] })).ShouldContain("WalkCompleted");
        EventsOf(RoundConclusion.Conclude(facts with { State = facts.State with { Counters = facts.State.Counters with { Found = 1 } } }))
            .ShouldBe(["WalkCompleted", "BalanceReconciled"]);
        EventsOf(RoundConclusion.Conclude(facts with { Claim = facts.Claim with { Trigger = SyncTrigger.Requested } }))
            .ShouldBe(["WalkCompleted", "BalanceReconciled"]);
        EventsOf(RoundConclusion.Conclude(After(facts, before with { VerdictAt = Given.Now.AddHours(-2) }))).ShouldBe(["BalanceReconciled"]);
    }

    [Fact]
    public void transactions_that_are_old_enough_by_now_are_confirmed()
    {
        var outcome = RoundConclusion.Conclude(Finished() with { Unconfirmed = [Given.Known(1, 90)] });

        EventsOf(outcome).ShouldBe(["TransactionConfirmed", "WalkCompleted", "BalanceReconciled"]);
        outcome.Confirmed.ShouldHaveSingleItem().Txid.ShouldBe(Given.Hash(1));
    }

    [Fact]
    public void what_came_by_no_transaction_explains_a_difference()
    {
        var sums = new OffLedgerSums(new Dictionary<string, Amount> { ["withdrawals"] = 5 }, new OffLedgerChanges([new("withdrawals", 50, 5)], true));
        var outcome = RoundConclusion.Conclude(Finished(reported: 105) with { OffLedger = sums });

        outcome.Verdict.ShouldBe(Verdict.Explained);
        outcome.OffLedger.ShouldBe((sums, (Amount)5));
        Reconciled(outcome).Differences.ShouldBe([new BalanceDifference("withdrawals", 5, 0)]);
        outcome.State.Reconciliation.ShouldSatisfyAllConditions(state => state.Escalation.ShouldBeNull(), state => state.VerdictBy.ShouldBe("first"));

        RoundConclusion.Conclude(Finished(reported: 105) with { DifferenceReason = "genesis" }).Verdict.ShouldBe(Verdict.Explained);
    }

    [Fact]
    public void a_difference_is_first_put_to_another_provider_then_repaired_and_then_stays()
    {
        var facts = Finished(reported: 107) with { HasOthers = true };

        var first = RoundConclusion.Conclude(facts);
        first.Next.ShouldBe(new RoundNext.AnotherRound(EscalationStep.OpinionDue));
        (first.Verdict, first.Events.Count, first.Cache).ShouldBe((null, 0, CacheDecision.Forget));
        first.State.Ledger.ShouldSatisfyAllConditions(ledger => ledger.Tip.ShouldBeNull(), ledger => ledger.SettledHeight.ShouldBe(100 - SafeDepth));
        first.State.Reconciliation.Dispute.ShouldNotBeNull().ShouldSatisfyAllConditions(
            dispute => dispute.Provider.ShouldBe("first"), dispute => dispute.Balance.ShouldBe(107), dispute => dispute.OwnHistory.ShouldBeTrue());

        var second = RoundConclusion.Conclude(Then(facts, first, RoundKind.Top) with { Provider = "second" });
        second.Next.ShouldBe(new RoundNext.AnotherRound(EscalationStep.RepairDue));
        second.State.Reconciliation.Dispute.ShouldBe(first.State.Reconciliation.Dispute);

        var third = RoundConclusion.Conclude(Then(facts, second, RoundKind.Repair));
        (third.Next, third.Verdict, third.Cache).ShouldBe((new RoundNext.Done(), Verdict.Mismatch, CacheDecision.Forget));
        EventsOf(third).ShouldBe(["WalkCompleted", "BalanceReconciled"]);
        third.State.Reconciliation.ShouldSatisfyAllConditions(
            state => state.Escalation!.Step.ShouldBe(EscalationStep.Repaired), state => state.Dispute.ShouldBeNull(),
            state => state.VerdictBy.ShouldBeNull());

        // The same again, in a later walk, burns no more budget within a day; another one does, and so does who asks.
        var later = Then(facts, third, RoundKind.Top, rounds: 1);
        RoundConclusion.Conclude(later).Next.ShouldBe(new RoundNext.Done());
        RoundConclusion.Conclude(later with { Now = Given.Now.AddDays(1) }).Next.ShouldBe(new RoundNext.AnotherRound(EscalationStep.OpinionDue));
        RoundConclusion.Conclude(Reporting(later, 108)).Next.ShouldBe(new RoundNext.AnotherRound(EscalationStep.OpinionDue));
        RoundConclusion.Conclude(later with { Claim = later.Claim with { Trigger = SyncTrigger.Requested } }).Next
            .ShouldBe(new RoundNext.AnotherRound(EscalationStep.OpinionDue));
    }

    [Fact]
    public void what_agrees_and_was_below_zero_on_the_way_is_looked_into_and_is_nobodys_lie()
    {
        var facts = Finished() with { Lowest = new(-30, new Dictionary<string, Amount> { [Token] = -7 }), Assets = Asset(12, 12, before: null) };

        var first = RoundConclusion.Conclude(facts);
        first.Next.ShouldBe(new RoundNext.AnotherRound(EscalationStep.RepairDue));
        (first.State.Reconciliation.Dispute, first.State.Reconciliation.BelowZero).ShouldBe((null, (Amount)(-30)));

        var second = RoundConclusion.Conclude(Then(facts, first, RoundKind.Repair));
        second.Verdict.ShouldBe(Verdict.Mismatch);
        second.Events.Select(e => e.Data).OfType<LedgerEvent.BalanceReconciled>().Select(e => (e.Verdict, e.Differences.Single()))
            .ShouldBe([("mismatch", new BalanceDifference("below-zero", -30, 0)), ("mismatch", new BalanceDifference("below-zero", -7, 0))]);

        // A check reads no rows, and stands on what the last round read.
        var check = Then(facts with { Lowest = null, Assets = AssetAnswers.None }, second, RoundKind.Check, rounds: 1);
        RoundConclusion.Conclude(check).Verdict.ShouldBe(Verdict.Mismatch);
        RoundConclusion.Conclude(Then(facts with { Lowest = new(null, new Dictionary<string, Amount>()) }, second, RoundKind.Top, rounds: 1))
            .Verdict.ShouldBe(Verdict.Verified);

        // What came by no transaction explains both.
        var sums = new OffLedgerSums(new Dictionary<string, Amount> { ["withdrawals"] = 5 }, new OffLedgerChanges([new("withdrawals", 50, 5)], true));
        RoundConclusion.Conclude(Reporting(facts, 105) with { OffLedger = sums }).Verdict.ShouldBe(Verdict.Explained);
    }

    [Fact]
    public void with_one_provider_the_repair_comes_at_once() =>
        RoundConclusion.Conclude(Finished(reported: 107)).Next.ShouldBe(new RoundNext.AnotherRound(EscalationStep.RepairDue));

    [Fact]
    public void a_history_that_others_told_before_is_not_the_providers_own()
    {
        var facts = Finished(reported: 107);
        RoundConclusion.Conclude(WithRound(facts, round => round with { ServedKept = true }))
            .State.Reconciliation.Dispute!.OwnHistory.ShouldBeFalse();
    }

    [Fact]
    public void transactions_that_vanished_are_orphaned_where_the_count_agrees_without_them()
    {
        var gone = Given.Known(1, 95, delta: 40) with { Others = TokenDeltas.Write([new AssetChange(Token, 7)]), Disputed = 3 };
        var outcome = RoundConclusion.Conclude(Finished(reported: 60, count: 9) with { Unseen = [gone], Disputed = (1, 3), Unconfirmed = [gone] });

        (outcome.Verdict, outcome.Confirmed.Count).ShouldBe((Verdict.Verified, 0));
        outcome.Orphaned.ShouldBe([gone]);
        outcome.TakenBack.ShouldBe(new Dictionary<string, (Amount, long)> { [Token] = (-7, -1) });
        (outcome.State.Ledger.Derived, outcome.State.Ledger.DerivedCount, outcome.State.Ledger.SettledHeight)
            .ShouldBe(((Amount)60, 9L, 100 - SafeDepth));
        EventsOf(outcome)[0].ShouldBe("TransactionOrphaned");
    }

    [Fact]
    public void a_provider_that_leaves_something_out_makes_nothing_forgotten()
    {
        var outcome = RoundConclusion.Conclude(Finished() with { Unseen = [Given.Known(1, 70, delta: 40)] });

        (outcome.Verdict, outcome.Orphaned.Count, outcome.State.Ledger.DerivedCount).ShouldBe((Verdict.Verified, 0, 10L));
        outcome.State.Ledger.SettledHeight.ShouldBe(69, "what was not met is open");
    }

    [Fact]
    public void where_nobody_counts_only_what_lost_its_block_is_gone()
    {
        var (moved, left, deep) = (Given.Known(1, 99, delta: 40), Given.Known(2, 98), Given.Known(3, 20));
        var outcome = RoundConclusion.Conclude(
            Finished(reported: 60, count: null) with { Unseen = [moved, left, deep], Replaced = new HashSet<string> { moved.Txid } });

        outcome.Orphaned.ShouldBe([moved]);
        outcome.Verdict.ShouldBe(Verdict.Verified);
        outcome.State.Ledger.SettledHeight.ShouldBe(100 - SafeDepth, "some list what others do not: deep blocks stay");
    }

    [Fact]
    public void a_round_that_several_providers_answered_concludes_nothing_but_what_lies_deep()
    {
        var outcome = RoundConclusion.Conclude(Mixed(Finished(reported: 107)));

        outcome.Next.ShouldBe(new RoundNext.Reopen(ReopenReason.SeveralProviders));
        (outcome.Events.Count, outcome.Verdict, outcome.Cache).ShouldBe((0, null, CacheDecision.Leave));
        (outcome.State.Round, outcome.State.Ledger.SettledHeight, outcome.State.Ledger.Tip).ShouldBe((null, 100 - SafeDepth, null));
    }

    [Fact]
    public void a_repair_that_several_answered_concludes_where_nothing_can_be_missing()
    {
        var facts = Mixed(Finished(reported: 60, count: 9, kind: RoundKind.Repair));
        RoundConclusion.Conclude(facts with { Unseen = [Given.Known(1, 70, delta: 40)] }).Verdict.ShouldBe(Verdict.Verified);
        RoundConclusion.Conclude(facts with { Unseen = [Given.Known(1, 70, delta: 41)] }).Next
            .ShouldBe(new RoundNext.Reopen(ReopenReason.SeveralProviders));
    }

    [Fact]
    public void a_chain_that_moved_is_read_again_above_what_is_settled()
    {
        var outcome = RoundConclusion.Conclude(Finished() with { Stands = false, Unseen = [Given.Known(1, 97), Given.Known(2, 50)] });

        outcome.Next.ShouldBe(new RoundNext.Reopen(ReopenReason.ChainMoved));
        (outcome.Events.Count, outcome.State.Ledger.SettledHeight).ShouldBe((0, 49L));
    }

    [Fact]
    public void a_chain_that_moves_faster_than_it_can_be_read_ends_the_walk_and_is_checked_again()
    {
        var facts = Finished(rounds: RoundConclusion.MaxRounds) with { Stands = false };
        var outcome = RoundConclusion.Conclude(WithLedger(facts, ledger => ledger with { StaleSince = Given.Now }));

        var done = outcome.Next.ShouldBeOfType<RoundNext.Done>();
        (done.CheckAgain, done.Reason).ShouldBe((true, "the chain moves faster than it can be read"));
        EventsOf(outcome).ShouldBe(["LedgerCaughtUp"]);
    }

    [Fact]
    public void a_dispute_is_settled_once_a_round_agrees_and_names_who_was_wrong()
    {
        var dispute = new Dispute("first", 107, 10, "tip", OwnHistory: false, [new("balance", 7, 0)]);
        var facts = Finished() with { Provider = "second" };
        var state = facts.State with { Reconciliation = new() { Dispute = dispute, Escalation = new(EscalationStep.OpinionHeard, "d") } };
        var outcome = RoundConclusion.Conclude(facts with { State = state });

        outcome.Contradicted.ShouldBe("first");
        EventsOf(outcome).ShouldBe(["WalkCompleted", "ProviderContradicted", "BalanceReconciled"]);
        (outcome.State.Reconciliation.Dispute, outcome.State.Reconciliation.Escalation, outcome.State.Reconciliation.VerdictBy)
            .ShouldBe((null, null, "second"));

        // What is only explained is nobody's lie.
        RoundConclusion.Conclude(Reporting(facts with { State = state, DifferenceReason = "genesis" }, 105)).Contradicted.ShouldBeNull();
    }

    [Fact]
    public void other_assets_are_compared_without_what_vanished()
    {
        var gone = Given.Known(1, 95, delta: 40) with { Others = TokenDeltas.Write([new AssetChange(Token, 7)]) };
        var outcome = RoundConclusion.Conclude(
            Finished(reported: 60, count: 9) with { Unseen = [gone], Assets = Asset(reported: 5, derived: 12, before: null) });

        var event_ = EventOf<LedgerEvent.BalanceReconciled>(outcome, e => e.Asset == Token);
        (event_.Verdict, event_.Reported, event_.Derived, event_.DerivedCount, event_.ReportedCount)
            .ShouldBe(("verified", (Amount)5, (Amount)5, 2L, null));
        outcome.Assets.Asked.ShouldBe([Token]);
    }

    [Fact]
    public void an_asset_that_agrees_no_more_has_the_whole_history_read_again_once_a_month()
    {
        var facts = Finished(kind: RoundKind.Top) with { Assets = Asset(reported: 5, derived: 12, before: Verdict.Verified) };
        var outcome = RoundConclusion.Conclude(facts);
        (outcome.Verdict, outcome.Cache, outcome.State.Ledger.SettledHeight, outcome.State.Ledger.ReadAgainAt)
            .ShouldBe((Verdict.Verified, CacheDecision.Forget, null, Given.Now));

        var lately = facts.State with { Ledger = facts.State.Ledger with { ReadAgainAt = Given.Now.AddDays(-29) } };
        RoundConclusion.Conclude(facts with { State = lately }).State.Ledger.SettledHeight.ShouldBe(100 - SafeDepth);
        RoundConclusion.Conclude(WithRound(facts, round => round with { Kind = RoundKind.Repair })).State.Ledger.ReadAgainAt.ShouldBeNull();
        // So is it where it never agreed: providers heal without saying so. Whoever asks has it at once.
        RoundConclusion.Conclude(facts with { Assets = Asset(5, 12, Verdict.Mismatch) }).State.Ledger.ReadAgainAt.ShouldBe(Given.Now);
        var asked = RoundConclusion.Conclude(facts with { State = lately, Claim = facts.Claim with { Trigger = SyncTrigger.Requested } });
        (asked.Next, asked.State.Ledger.SettledHeight).ShouldBe((new RoundNext.Done(CheckAgain: true), null));
    }

    [Fact]
    public void a_check_that_finds_the_same_is_published_once_an_hour()
    {
        var known = new ReconciliationState { Verdict = Verdict.Verified, VerdictAt = Given.Now.AddMinutes(-59), VerdictBy = "first" };
        var facts = Finished(kind: RoundKind.Check);
        EventsOf(RoundConclusion.Conclude(After(facts, known))).ShouldBeEmpty();
        EventsOf(RoundConclusion.Conclude(After(facts, known with { VerdictAt = Given.Now.AddMinutes(-61) })))
            .ShouldBe(["BalanceReconciled"]);
        EventsOf(RoundConclusion.Conclude(After(facts, known with { Verdict = Verdict.Mismatch }))).ShouldBe(["BalanceReconciled"]);
    }

    [Fact]
    public void a_check_that_was_carried_out_ends_what_was_stale()
    {
        var facts = Finished();
        var outcome = RoundConclusion.Conclude(WithLedger(facts, ledger => ledger with { StaleSince = Given.Now.AddHours(-1) }));
        EventsOf(outcome)[^1].ShouldBe("LedgerCaughtUp");
        outcome.State.Ledger.StaleSince.ShouldBeNull();

        // Not one that only asks for another opinion.
        EventsOf(RoundConclusion.Conclude(Reporting(WithLedger(facts, ledger => ledger with { StaleSince = Given.Now }), 107))).ShouldBeEmpty();
    }

    [Fact]
    public void a_balance_that_no_history_can_come_to_is_refused()
    {
        var most = Amount.Parse(new string('9', Amount.MaxDigits));
        var facts = Finished(reported: 107);
        var low = facts.State with { Ledger = facts.State.Ledger with { Derived = -most, Reported = new(most, 0, 10) } };
        Should.Throw<ProviderException>(() => RoundConclusion.Conclude(facts with { State = low })).Failure.ShouldBe(ProviderFailure.BadAnswer);
    }

    private static int SafeDepth => Networks.Bitcoin.SafeDepth;

    private static RoundFacts Finished(long reported = 100, long? count = 10, RoundKind kind = RoundKind.First, int rounds = 1) => new(
        new Claim(Given.Ledger, 1, 1, 1, Guid.Empty, SyncTrigger.Import, "bitcoin", "a"),
        new WalkState(
            new LedgerState { Derived = 100, DerivedCount = 10, Reported = new(reported, 0, count) }, new ReconciliationState(),
            new Round(kind, 1, new ChainTip(100, "tip")) { PagesDone = true },
            new WalkCounters(LastRound: 1, Rounds: rounds, Failures: 2))
        { Provider = "first" },
        Networks.Bitcoin, "first", Given.Now)
    { Stands = true };

    private static RoundFacts Mixed(RoundFacts facts) => WithRound(facts, round => round with { SwitchHeight = 60 });

    private static RoundFacts Reporting(RoundFacts facts, long reported) =>
        WithLedger(facts, ledger => ledger with { Reported = ledger.Reported! with { Confirmed = reported } });

    private static RoundFacts WithLedger(RoundFacts facts, Func<LedgerState, LedgerState> change) =>
        facts with { State = facts.State with { Ledger = change(facts.State.Ledger) } };

    private static RoundFacts WithRound(RoundFacts facts, Func<Round, Round> change) =>
        facts with { State = facts.State with { Round = change(facts.Round) } };

    private static RoundFacts After(RoundFacts facts, ReconciliationState known) =>
        facts with { State = facts.State with { Reconciliation = known } };

    // The next round of the same walk, or of a later one, as its beginning leaves it.
    private static RoundFacts Then(RoundFacts facts, RoundOutcome outcome, RoundKind kind, int? rounds = null)
    {
        var state = outcome.State;
        return facts with
        {
            State = state with
            {
                Round = facts.Round with { Kind = kind },
                Counters = state.Counters with { Rounds = rounds ?? state.Counters.Rounds + 1 },
                Reconciliation = state.Reconciliation with { Escalation = state.Reconciliation.Escalation?.Begun() },
            },
        };
    }

    private static AssetAnswers Asset(long reported, long derived, Verdict? before) => new(
        [Token], new Dictionary<string, Amount> { [Token] = reported }, new Dictionary<string, ListedAsset>(),
        [new AssetBalance(Token, derived, 3, before)]);

    private static string[] EventsOf(RoundOutcome outcome) => [.. outcome.Events.Select(e => e.Data.GetType().Name)];

    private static T EventOf<T>(RoundOutcome outcome, Func<T, bool> which) => outcome.Events.Select(e => e.Data).OfType<T>().Single(which);

    private static LedgerEvent.BalanceReconciled Reconciled(RoundOutcome outcome) => EventOf<LedgerEvent.BalanceReconciled>(outcome, _ => true);
}
