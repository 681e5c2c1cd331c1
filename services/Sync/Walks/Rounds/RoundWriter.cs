using EventSourcing;
using Sync.Ledgers;
using Sync.Reconciliation;

namespace Sync.Walks.Rounds;

/// <summary>Carries the outcome of a round out, in the caller's transaction.</summary>
internal static class RoundWriter
{
    /// <summary>Writes the rows and appends the events.</summary>
    public static async Task WriteAsync(Work work, RoundFacts facts, RoundOutcome outcome, int lease, CancellationToken ct)
    {
        var (connection, claim, ledgerId) = (work.Connection, facts.Claim, facts.Claim.LedgerId);
        if (outcome.Orphaned.Count > 0)
        {
            await TransactionRows.OrphanAsync(connection, ledgerId, outcome.Orphaned, ct);
            await AssetRows.AddAsync(connection, ledgerId, outcome.TakenBack, ct);
        }

        if (facts.State.IsRereading) await RetoldTransactions.ForgetAsync(connection, ledgerId, ct);
        if (outcome.OffLedger is var (sums, difference))
            await sums.WriteAsync(connection, ledgerId, facts.Round.Start.Height, facts.Network.SafeDepth, difference, ct);
        if (outcome.Confirmed.Count > 0) await TransactionRows.ConfirmAsync(connection, ledgerId, outcome.Confirmed, ct);
        if (outcome.Contradicted is { } untrue) await Dispute.CountAsync(connection, claim.Network, untrue, facts.Provider, facts.Now, ct);
        if (facts.Lowest is { } lowest) await lowest.WriteAsync(connection, ledgerId, ct);
        await AssetRows.WriteAsync(connection, ledgerId, outcome.Assets, facts.Now, ct);
        await WalkStore.SaveAsync(connection, claim, outcome.State, lease, ct);
        work.Append(LedgerEvent.Category, ledgerId, outcome.Events);
    }

    /// <summary>Counts what operators watch, once it is stored.</summary>
    public static void Count(RoundFacts facts, RoundOutcome outcome)
    {
        var network = new KeyValuePair<string, object?>("network", facts.Claim.Network);
        if (outcome.Verdict is Verdict.Verified && facts.State is { Reconciliation.Verdict: null, Ledger.OpenedAt: { } opened })
            SyncMetrics.TimeToVerified.Record(Math.Max((facts.Now - opened).TotalSeconds, 0), network);
        if (outcome.Verdict is Verdict.Mismatch) SyncMetrics.Mismatches.Add(1, network);
        if (outcome.Contradicted is { } untrue) SyncMetrics.Contradictions.Add(1, network, new("provider", untrue));
    }
}
