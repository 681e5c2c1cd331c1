using Chains;
using EventSourcing;
using Sync.Chains;
using Sync.Ledgers;
using Sync.Reconciliation;

namespace Sync.Walks.Rounds;

/// <summary>
/// Decides what a finished round comes to, without any I/O. Only between equal tips, answered by the one provider that
/// answered the whole round, are conclusions drawn: what vanished, and whether balances agree. A repair that two answered
/// concludes where nothing can be missing.
/// </summary>
internal static class RoundConclusion
{
    /// <summary>Rounds of one walk after which a chain counts as too fast to be read.</summary>
    public const int MaxRounds = 12;

    // A verdict that only gets older is published once an hour, not every two minutes.
    private static readonly TimeSpan PublishEvery = TimeSpan.FromHours(1);

    // Providers heal without saying so: the same difference is looked into again, at a pace that burns no budget.
    private static readonly TimeSpan RepairAgainEvery = TimeSpan.FromDays(1);

    /// <exception cref="ProviderException">The provider reports a balance that its history cannot come to.</exception>
    public static RoundOutcome Conclude(RoundFacts facts)
    {
        if (!facts.Stands) return Unconcluded(facts, ReopenReason.ChainMoved);
        if (facts.Round.IsMixed && !IsRepaired(facts)) return Unconcluded(facts, ReopenReason.SeveralProviders);

        if (facts.Lowest is { } lowest)
            facts = facts with { State = facts.State with { Reconciliation = facts.State.Reconciliation with { BelowZero = lowest.Native } } };
        var gone = Gone(facts);
        var (verdict, ledger) = Compare(facts, gone);
        var outcome = new RoundOutcome(
            facts.State with { Ledger = ledger, Round = null, Counters = facts.State.Counters with { Failures = 0 } }, new RoundNext.Done(),
            [.. gone.Select(row => TransactionFacts.Orphaned(facts.Claim.LedgerId, row, facts.Now))])
        {
            Orphaned = gone, TakenBack = TakenBack(gone), Cache = CacheDecision.Forget,
            OffLedger = facts.OffLedger.Changes is null ? null : (facts.OffLedger, Reported(facts).Confirmed - ledger.Derived),
        };
        return Escalate(facts, outcome, verdict) ?? Close(facts, outcome, verdict);
    }

    // The chain moved while it was read, or not one provider answered it all: what is deep enough is settled, the rest is read again.
    private static RoundOutcome Unconcluded(RoundFacts facts, ReopenReason reason)
    {
        var (state, lowest) = (facts.State, facts.Unseen.Count > 0 ? facts.Unseen[^1].Height : (long?)null);
        var ledger = state.Ledger with { SettledHeight = facts.Round.Settle(state.Ledger.SettledHeight, facts.Network.SafeDepth, lowest) };
        state = state with { Ledger = ledger, Round = null, Counters = state.Counters with { Failures = 0 } };
        if (state.Counters.Rounds < MaxRounds) return new(state, new RoundNext.Reopen(reason), []);

        var (caughtUp, events) = Staleness.End(ledger, facts.Claim.LedgerId, facts.Now);
        return new(state with { Ledger = caughtUp }, new RoundNext.Done("the chain moves faster than it can be read", CheckAgain: true), events);
    }

    // Where two providers met something may have been skipped; not if the whole history, as both returned it, comes to exactly
    // what was reported. Without this a repair in which another had to go on would never take anything back.
    private static bool IsRepaired(RoundFacts facts) =>
        facts.Round.Kind is RoundKind.Repair && facts.State.Ledger.DerivedCount - facts.Unseen.Count == Reported(facts).TransactionCount
        && Without(facts.State.Ledger.Derived, facts.Unseen) == Reported(facts).Confirmed;

    /// <summary>
    /// Transactions that vanished. A provider that leaves something out must not make us forget it: what is gone is gone only if
    /// the count agrees, or where there is no count, if its block is gone too.
    /// </summary>
    public static IReadOnlyList<KnownTransaction> Gone(RoundFacts facts) =>
        Reported(facts).TransactionCount is not { } count ? [.. facts.Unseen.Where(row => facts.Replaced.Contains(row.Txid))]
            : facts.State.Ledger.DerivedCount - facts.Unseen.Count == count ? facts.Unseen : [];

    private static (BalanceVerdict Verdict, LedgerState Ledger) Compare(RoundFacts facts, IReadOnlyList<KnownTransaction> gone)
    {
        var (ledger, reported) = (facts.State.Ledger, Reported(facts));
        var (derived, count) = (Without(ledger.Derived, gone), ledger.DerivedCount - gone.Count);
        if (!derived.IsPossible || !(reported.Confirmed - derived).IsPossible)
            throw new ProviderException(ProviderFailure.BadAnswer, facts.Provider, "tells a balance that its history cannot come to");

        var disputed = gone.Where(row => row.Disputed is not null).Aggregate(
            facts.Disputed, (left, row) => (left.Count - 1, left.Sum - row.Disputed!.Value));
        var verdict = BalanceVerdict.Of(reported.Confirmed, reported.TransactionCount, derived, count);
        if (verdict.Verdict is Verdict.Mismatch)
            verdict = verdict.ExplainedBy(facts.OddTransactions).WithOffLedger(facts.OffLedger.ByClass).ExplainedBy(facts.DifferenceReason);
        if (verdict.Verdict is Verdict.Mismatch && disputed.Count > 0) verdict = verdict.DisputedBy(disputed.Sum);
        verdict = verdict.UnlessBelowZero(facts.State.Reconciliation.BelowZero).WithGaps(facts.Gaps);
        return (verdict, ledger with { Derived = derived, DerivedCount = count });
    }

    // Another provider's opinion, then a repair; null where the verdict stands.
    private static RoundOutcome? Escalate(RoundFacts facts, RoundOutcome outcome, BalanceVerdict verdict)
    {
        if (verdict.Verdict is not Verdict.Mismatch || facts.Round.Kind is RoundKind.Repair) return null;
        var (state, reconciliation) = (outcome.State, facts.State.Reconciliation);
        var isDue = state.Counters.Rounds == 1
            && (IsAskedFor(facts) || state.Ledger.ReadAgainAt is not { } readAgain || readAgain <= facts.Now - RepairAgainEvery);
        var next = MismatchEscalation.Next(reconciliation.Escalation, verdict.Key, isDue, facts.HasOthers);
        if (next == reconciliation.Escalation) return null;

        var (reported, round) = (Reported(facts), facts.Round);
        // Where only the way to it is wrong, nobody's sum is in dispute.
        var dispute = reconciliation.Dispute ?? (verdict.IsBelowZero ? null : new Dispute(
            facts.Provider, reported.Confirmed, reported.TransactionCount, round.Start.Hash,
            OwnHistory: round is { Kind: RoundKind.First, IsMixed: false, ServedKept: false }, verdict.Differences));
        return outcome with
        {
            // Read and out of any reorganisation's reach; an opinion need not cost the whole history again.
            State = state with
            {
                Ledger = Settled(facts, state.Ledger, outcome.Orphaned),
                Reconciliation = reconciliation with { Escalation = next, Dispute = dispute },
            },
            Next = new RoundNext.AnotherRound(next.Step),
        };
    }

    private static RoundOutcome Close(RoundFacts facts, RoundOutcome outcome, BalanceVerdict verdict)
    {
        var (ledgerId, now, round, events) = (facts.Claim.LedgerId, facts.Now, facts.Round, new List<NewEvent>(outcome.Events));
        var confirmed = facts.Unconfirmed.ExceptBy(outcome.Orphaned.Select(row => row.Txid), row => row.Txid).ToList();
        events.AddRange(confirmed.Select(row => TransactionFacts.Confirmed(ledgerId, row, round.Start.Height, now)));
        var isRoutine = Round.IsRoutine(round.Kind, facts.Claim.Trigger, Reported(facts)) && facts.State.Counters is { Rounds: 1, Found: 0 }
            && events.Count == 0;
        if ((round.Kind is not RoundKind.Check && !isRoutine) || facts.State.Counters.Rounds > 1)
        {
            var kind = facts.State.Ledger.Tip is null ? RoundKind.First : round.Kind;
            events.Add(NewEvent.Fresh(new LedgerEvent.WalkCompleted(ledgerId, kind.Name(), round.Start.Height, round.Start.Hash, now)));
        }

        var (reconciliation, contradicted) = Reconcile(facts, outcome.State.Ledger, verdict, isRoutine, events);
        var assets = AssetComparison.Of(facts.Assets, outcome.TakenBack, facts.Lowest?.Others, facts.Gaps);
        events.AddRange(assets.Verdicts.Select(
            asset => Reconciled(facts, asset.Asset, asset.Reported, asset.Derived, null, asset.DerivedCount, asset.Result)));
        var ledger = Settled(facts, outcome.State.Ledger, outcome.Orphaned) with { Tip = round.Start };
        var isReadAgain = !facts.State.IsRereading && round.Kind is not RoundKind.First
            && assets.AsksToReadAgain(ledger.ReadAgainAt, IsAskedFor(facts), now);
        if (isReadAgain) ledger = ledger with { SettledHeight = null, ReadAgainAt = now };
        else if (round.Kind is RoundKind.Repair && verdict.Verdict is Verdict.Mismatch) ledger = ledger with { ReadAgainAt = now };

        var (caughtUp, end) = Staleness.End(ledger, ledgerId, now);
        events.AddRange(end);
        var differs = verdict.Verdict is Verdict.Mismatch || assets.Verdicts.Any(asset => asset.IsUnexplained);
        return outcome with
        {
            State = outcome.State with { Ledger = caughtUp, Reconciliation = reconciliation },
            Next = isReadAgain && IsAskedFor(facts) ? new RoundNext.Done(CheckAgain: true) : outcome.Next,
            Events = events,
            Verdict = verdict.Verdict,
            Confirmed = confirmed,
            Assets = assets,
            Contradicted = contradicted,
            // Between equal tips what was reported is a fact of that block, and serves who comes while it is the tip.
            Cache = differs ? CacheDecision.Forget : facts.State.IsFirstReading && !round.IsMixed ? CacheDecision.Keep : CacheDecision.Leave,
        };
    }

    private static (ReconciliationState State, string? Contradicted) Reconcile(
        RoundFacts facts, LedgerState ledger, BalanceVerdict verdict, bool isRoutine, List<NewEvent> events)
    {
        var (before, reported, round) = (facts.State.Reconciliation, Reported(facts), facts.Round);
        // What came by no transaction is nobody's lie: only a sum that agrees at last decides who reported something untrue.
        var untrue = verdict.Verdict is not Verdict.Verified ? null
            : before.Dispute?.Untrue(reported.Confirmed, reported.TransactionCount, round.Start.Hash, facts.Provider, before.VerdictBy);
        if (untrue is not null)
        {
            events.Add(NewEvent.Fresh(new LedgerEvent.ProviderContradicted(
                facts.Claim.LedgerId, untrue, facts.Provider, round.Start.Height, round.Start.Hash, before.Dispute!.Differences, facts.Now)));
        }

        var state = before with { Dispute = null, Verdict = verdict.Verdict };
        if (verdict.Verdict is not Verdict.Mismatch) state = state with { Escalation = null, VerdictBy = facts.Provider };
        if ((round.Kind is not RoundKind.Check && !isRoutine) || before.Verdict != verdict.Verdict || before.VerdictAt is null
            || facts.Now - before.VerdictAt > PublishEvery)
        {
            events.Add(Reconciled(
                facts, facts.Network.Native.Caip19, reported.Confirmed, ledger.Derived, reported.TransactionCount, ledger.DerivedCount, verdict));
            state = state with { VerdictAt = facts.Now };
        }

        return (state, untrue);
    }

    private static NewEvent Reconciled(
        RoundFacts facts, string asset, Amount reported, Amount derived, long? reportedCount, long derivedCount, BalanceVerdict verdict) =>
        NewEvent.Fresh(new LedgerEvent.BalanceReconciled(
            facts.Claim.LedgerId, verdict.Verdict.Name(), asset, reported, derived, reportedCount, derivedCount,
            facts.Round.Start.Height, facts.Round.Start.Hash, facts.Provider, verdict.Differences, facts.Now));

    // Where nobody counts, what was not met is gone only with its block, and deep blocks stay: some list what others do not.
    private static LedgerState Settled(RoundFacts facts, LedgerState ledger, IReadOnlyList<KnownTransaction> gone)
    {
        var (start, safeDepth, isCounted) = (facts.Round.Start.Height, facts.Network.SafeDepth, Reported(facts).TransactionCount is not null);
        var open = facts.Unseen.Except(gone).LastOrDefault(row => isCounted || row.Height > start - safeDepth);
        return ledger with { SettledHeight = facts.Round.Settle(ledger.SettledHeight, safeDepth, open?.Height) };
    }

    private static AssetSums TakenBack(IReadOnlyList<KnownTransaction> gone)
    {
        var sums = new AssetSums();
        foreach (var row in gone) sums.Take(TokenDeltas.Read(row.Others));
        return sums;
    }

    private static Amount Without(Amount derived, IEnumerable<KnownTransaction> gone) => gone.Aggregate(derived, (sum, row) => sum - row.Delta);

    private static bool IsAskedFor(RoundFacts facts) => facts is { Claim.Trigger: SyncTrigger.Requested, State.Counters.Rounds: 1 };

    private static AddressSummary Reported(RoundFacts facts) => facts.State.Ledger.Reported!;
}
