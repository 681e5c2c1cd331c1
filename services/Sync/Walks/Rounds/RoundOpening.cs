using EventSourcing;
using Sync.Chains;
using Sync.Ledgers;

namespace Sync.Walks.Rounds;

/// <summary>With what a round begins: who answered, at which tip, what it reported, and what is to be read.</summary>
internal sealed record Opening(IChainAdapter Provider, ChainTip Tip, AddressSummary Summary, long? KnownTip, RoundKind Kind)
{
    /// <summary>Whether the summary is known to stand between equal tips already, so that the round may close at once.</summary>
    public bool IsBracketed { get; init; }

    /// <summary>When the sum was reported, where nobody answers now.</summary>
    public DateTimeOffset? ReportedAt { get; init; }
}

/// <summary>What the beginning of a round changes.</summary>
internal static class RoundOpening
{
    private const string NobodyAnswers = "no provider answers";

    public static (WalkState State, IReadOnlyList<NewEvent> Events) Decide(
        Claim claim, WalkState state, Opening opening, string nativeAsset, DateTimeOffset now)
    {
        var (kind, tip, summary) = (opening.Kind, opening.Tip, opening.Summary);
        var events = new List<NewEvent>();
        if (summary != state.Ledger.Reported)
        {
            events.Add(NewEvent.Fresh(new LedgerEvent.BalanceReported(
                claim.LedgerId, nativeAsset, summary.Confirmed, summary.Pending, summary.TransactionCount,
                tip.Height, tip.Hash, opening.Provider.Provider, opening.ReportedAt ?? now)));
        }

        if (kind is not RoundKind.Check && state.Counters.Rounds == 0 && !Round.IsRoutine(kind, claim.Trigger, summary))
            events.Add(NewEvent.Fresh(new LedgerEvent.WalkStarted(claim.LedgerId, kind.Name(), now)));
        var (ledger, late) = Staleness.Begin(state.Ledger, claim.LedgerId, opening.ReportedAt, NobodyAnswers, now);
        events.AddRange(late);

        // Nothing above the tip can be settled; such a height was a lie once believed.
        var settled = ledger.SettledHeight > tip.Height ? null : ledger.SettledHeight;
        var counters = state.Counters with { LastRound = state.Counters.LastRound + 1, Rounds = state.Counters.Rounds + 1 };
        return (new WalkState(
            ledger with { SettledHeight = settled, Reported = summary },
            state.Reconciliation with { Escalation = state.Reconciliation.Escalation?.Begun() },
            new Round(kind, counters.LastRound, tip)
            {
                FloorHeight = kind is RoundKind.Top ? settled : null, ExpectedCount = summary.TransactionCount, PagesDone = kind is RoundKind.Check,
            },
            counters)
        { Provider = opening.Provider.Provider }, events);
    }
}
