using Chains;
using EventSourcing;
using Sync.Chains;

namespace Sync.Ledgers;

/// <summary>What is known of a ledger's pending transactions when a provider has listed those that wait.</summary>
/// <param name="Known">The rows, ended ones too.</param>
/// <param name="Listed">Those that the provider lists.</param>
/// <param name="Standing">Transactions of the ledger: whether they are in a block, and how often they were taken back.</param>
/// <param name="Fates">What became of those that waited and are not listed.</param>
internal sealed record PendingFacts(
    Guid LedgerId, Network Network, string Provider, IReadOnlyList<PendingRow> Known, IReadOnlyList<WaitingTransaction> Listed,
    IReadOnlyDictionary<string, KnownTransaction> Standing, IReadOnlyDictionary<string, PendingFate> Fates);

/// <summary>What a list of waiting transactions changes: events and rows.</summary>
internal sealed record PendingChange(IReadOnlyList<NewEvent> Events, IReadOnlyList<PendingRow> Rows)
{
    /// <summary>How many of them became what, as counted.</summary>
    public required IReadOnlyDictionary<string, int> Outcomes { get; init; }
}

/// <summary>
/// Which transactions wait for a block, without any I/O. One is replaced by whichever spends one of its coins, whether or not that pays
/// the address; one that nobody knows any more is dropped after a silence.
/// </summary>
internal static class PendingRules
{
    /// <summary>Those that waited and are not listed any more: whoever lists is asked what became of them.</summary>
    public static IReadOnlyList<PendingRow> Missing(IReadOnlyList<PendingRow> known, IReadOnlyList<WaitingTransaction> listed) =>
        [.. known.Where(row => row.IsWaiting && !listed.Any(waiting => waiting.Txid == row.Txid) && SpenderOf(row, listed) is null)];

    public static PendingChange Decide(PendingFacts facts, DateTimeOffset now, TimeSpan droppedAfter)
    {
        var (events, rows, outcomes) = (new List<NewEvent>(), new List<PendingRow>(), new Dictionary<string, int>());
        var known = facts.Known.ToDictionary(row => row.Txid);

        // Who leaves goes before who comes in its place.
        foreach (var row in facts.Known.Where(row => row.IsWaiting && !facts.Listed.Any(waiting => waiting.Txid == row.Txid)))
        {
            var fate = SpenderOf(row, facts.Listed) is { } spender ? PendingFate.Replaced(spender) : facts.Fates.GetValueOrDefault(row.Txid);
            if (fate is null) continue;
            if (fate.ReplacedBy is { } by)
                End(row, PendingStates.Replaced, TransactionFacts.Replaced(facts.LedgerId, row, by, now));
            else if (fate.IsWaiting || fate.IsInBlock)
                rows.Add(row with { LastSeenAt = now });
            else if (now - row.LastSeenAt >= droppedAfter)
                End(row, PendingStates.Dropped, TransactionFacts.Dropped(facts.LedgerId, row, now));
        }

        foreach (var waiting in facts.Listed.DistinctBy(waiting => waiting.Txid))
        {
            var row = known.GetValueOrDefault(waiting.Txid);
            if (row is { IsWaiting: true })
            {
                rows.Add(row with { LastSeenAt = now });
                continue;
            }

            // In a block by what is known: the list is older, or a reorganisation is not concluded upon yet.
            var standing = facts.Standing.GetValueOrDefault(waiting.Txid);
            if (standing is { Orphaned: false }) continue;
            var incarnation = Math.Max(standing?.Incarnation ?? 0, row is null ? 0 : row.Incarnation + 1);
            rows.Add(new PendingRow(waiting.Txid, incarnation, PendingStates.Waiting, [.. waiting.Spent], now, now));
            events.Add(TransactionFacts.Pending(facts.LedgerId, facts.Network, facts.Provider, waiting, incarnation, now));
            outcomes["seen"] = outcomes.GetValueOrDefault("seen") + 1;
        }

        return new PendingChange(events, rows) { Outcomes = outcomes };

        void End(PendingRow row, string state, NewEvent fact)
        {
            rows.Add(row with { State = state });
            events.Add(fact);
            outcomes[state] = outcomes.GetValueOrDefault(state) + 1;
        }
    }

    private static string? SpenderOf(PendingRow row, IReadOnlyList<WaitingTransaction> listed) =>
        listed.FirstOrDefault(waiting => waiting.Txid != row.Txid && waiting.Spent.Intersect(row.Spent).Any())?.Txid;
}
