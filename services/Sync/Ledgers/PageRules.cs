using Chains;
using EventSourcing;
using Sync.Chains;

namespace Sync.Ledgers;

/// <summary>What a page of history changes in a ledger, and whether it adjoins the one before; without any I/O.</summary>
internal static class PageRules
{
    /// <summary>
    /// The transactions of a page that come after the last one taken, where the page was asked after the one before it. A page
    /// that does not hold the last one taken does not adjoin: something between the two was skipped, or the chain changed;
    /// null then. Where another provider goes on, its page has to begin above the block at which the two meet.
    /// </summary>
    public static IReadOnlyList<ChainTransaction>? Adjoin(IReadOnlyList<ChainTransaction> page, Position? after, Position? cursor, long? switchHeight)
    {
        if (cursor is null) return after is null || (page.Count > 0 && page[0].Height > switchHeight) ? page : null;
        // Without a transaction before the last one there is nothing to overlap with.
        if (after == cursor) return page;
        for (var i = 0; i < page.Count; i++)
        {
            if (page[i].Txid == cursor.Txid) return [.. page.Skip(i + 1)];
        }

        return null;
    }

    /// <summary>A provider may not list more transactions up to the tip a round began at than its own summary counts.</summary>
    /// <exception cref="ProviderException">It does.</exception>
    public static void CheckCount(long seen, long? expected, string provider)
    {
        if (seen <= expected || expected is null) return;
        throw new ProviderException(ProviderFailure.Contradiction, provider, $"lists more than the {expected} transactions that its summary counts");
    }

    /// <summary>The events and rows of newly read transactions, given what is known of them.</summary>
    /// <exception cref="ProviderException">
    /// The same transaction in the same block was already read in this round: the pages go in circles. Or amounts come to what can be none.
    /// </exception>
    public static PageChange Decide(
        PageContext at, IReadOnlyList<ChainTransaction> read, IReadOnlyDictionary<string, KnownTransaction> known, DateTimeOffset now)
    {
        var page = new Decision(at, now);
        foreach (var transaction in read.Select(TokenDeltas.Possible))
        {
            if (!IsPossible(transaction)) throw Impossible(at, transaction.Txid);
            var row = known.GetValueOrDefault(transaction.Txid);
            if (row is { Orphaned: false } && IsWhere(row, transaction)) page.ReadAgain(row, transaction);
            else page.Observe(row, transaction);
        }

        return page.ToChange();
    }

    private static bool IsPossible(ChainTransaction read) =>
        read.Delta.IsPossible && read.Fee.IsPossible && (read.Parts ?? []).All(part => part.Delta.IsPossible && part.Fee.IsPossible)
        && read.From.All(party => party.Value.IsPossible) && read.To.All(party => party.Value.IsPossible);

    // Not every provider names the block; then the height has to do, and the name that somebody gave stays.
    private static bool IsWhere(KnownTransaction row, ChainTransaction transaction) =>
        row.Height == transaction.Height && (row.BlockHash is null || transaction.BlockHash is null || row.BlockHash == transaction.BlockHash);

    private static ProviderException Impossible(PageContext at, string txid) =>
        new(ProviderFailure.BadAnswer, at.Provider, $"tells more of {txid} than can be");

    /// <summary>The change as it comes about, transaction by transaction.</summary>
    private sealed class Decision(PageContext at, DateTimeOffset now)
    {
        private readonly List<NewEvent> events = [];
        private readonly List<(ChainTransaction, int)> written = [];
        private readonly List<string> seenAgain = [];
        private readonly List<(string, string)> assigned = [];
        private readonly List<KnownTransaction> revised = [];
        private readonly List<string> repeated = [];
        private readonly List<ChainTransaction> otherwise = [];
        private readonly AssetSums others = [];
        private long? doubted;
        private Amount delta;
        private long count;

        /// <summary>A transaction that is not known, is back, or stands in another block than before.</summary>
        public void Observe(KnownTransaction? row, ChainTransaction transaction)
        {
            var incarnation = row?.Incarnation ?? 0;
            if (row is { Orphaned: false })
            {
                // It moved to another block: what was observed is taken back by name before it is observed anew.
                events.Add(TransactionFacts.Orphaned(at.LedgerId, row, now));
                incarnation++;
                delta -= row.Delta;
                count--;
                others.Take(TokenDeltas.Read(row.Others));
            }

            events.Add(TransactionFacts.Observed(at, transaction, incarnation));
            written.Add((transaction, incarnation));
            delta += transaction.Delta;
            count++;
            others.Add(transaction.Others ?? []);
        }

        /// <summary>A known transaction where it was: the reading may name its block, say more of it, or disagree.</summary>
        public void ReadAgain(KnownTransaction row, ChainTransaction transaction)
        {
            if (row.BlockHash is not null && transaction.BlockHash is null && at.IsUnsettled(row.Height))
                doubted = Math.Min(doubted ?? long.MaxValue, row.Height);
            if (row.SeenRound != at.Round) seenAgain.Add(row.Txid);
            else if (row.Height >= at.SwitchHeight) repeated.Add(row.Txid);
            else throw new ProviderException(ProviderFailure.Contradiction, at.Provider, "repeats its pages");

            if (row.BlockHash is null && transaction.BlockHash is { } block)
            {
                events.Add(TransactionFacts.BlockAssigned(at.LedgerId, row, new ChainBlock(row.Height, block, transaction.BlockTime)));
                assigned.Add((row.Txid, block));
            }

            var rereading = TransactionComparison.Compare(row, transaction);
            var grown = row with { Disputed = rereading.Disputed };
            foreach (var late in rereading.Late)
            {
                if (TokenDeltas.Grown(grown, late.Part, others) is not { } more) continue;
                events.Add(TransactionFacts.MovementAdded(at, row, late));
                if (late.Part.Asset is null) delta += late.Part.Delta;
                grown = more;
            }

            if (!grown.Delta.IsPossible || grown.Disputed is { IsPossible: false }) throw Impossible(at, row.Txid);
            if (grown != row) revised.Add(grown);
            if (at.IsRereading && RetoldTransaction.Differs(grown, transaction)) otherwise.Add(transaction);
        }

        public PageChange ToChange() => !(at.Derived + delta).IsPossible
            ? throw new ProviderException(ProviderFailure.BadAnswer, at.Provider, "tells a history that comes to more than can be")
            : new PageChange
            {
                Events = events, Written = written, SeenAgain = seenAgain, Assigned = assigned, Revised = revised, Repeated = repeated,
                Otherwise = otherwise,
                Doubted = doubted, Delta = delta, Count = count, Found = written.Count, Others = others,
            };
    }
}
