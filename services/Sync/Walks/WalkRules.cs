using Chains;
using Contracts;
using EventSourcing;
using Sync.Chains;
using Sync.Ledgers;

namespace Sync.Walks;

/// <summary>The rules of walking, without any I/O.</summary>
internal static class WalkRules
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

    /// <summary>The events and rows of newly read transactions, given what is known of them.</summary>
    /// <exception cref="ProviderException">
    /// The same transaction in the same block was already read in this round: the pages go in circles. Or amounts come to what can be none.
    /// </exception>
    public static PageChange DecidePage(
        Walk walk, Network network, IReadOnlyList<ChainTransaction> read, IReadOnlyDictionary<string, KnownTransaction> known, string provider, DateTimeOffset now)
    {
        var events = new List<NewEvent>(read.Count);
        var (written, incarnations, seenAgain) = (new List<ChainTransaction>(read.Count), new List<int>(read.Count), new List<string>());
        var (placed, revised, toldAgain) = (new List<(string, string)>(), new List<KnownTransaction>(), new List<string>());
        long? doubted = null;
        var others = new AssetSums();
        var (delta, count, found) = (Amount.Zero, 0L, 0L);
        foreach (var transaction in read.Select(TokenDeltas.Possible))
        {
            if (!IsPossible(transaction)) throw Impossible(transaction.Txid);
            var incarnation = 0;
            if (known.TryGetValue(transaction.Txid, out var row))
            {
                if (row is { Orphaned: false } && IsWhere(row, transaction))
                {
                    if (row.BlockHash is not null && transaction.BlockHash is null && IsUnsettled(walk, network, row.Height)) doubted = Math.Min(doubted ?? long.MaxValue, row.Height);
                    if (row.SeenRound != walk.Round) seenAgain.Add(transaction.Txid);
                    else if (row.Height >= walk.SwitchHeight) toldAgain.Add(transaction.Txid);
                    else throw new ProviderException(ProviderFailure.Contradiction, provider, "repeats its pages");
                    if (row.BlockHash is null && transaction.BlockHash is { } block)
                    {
                        events.Add(Placed(walk.LedgerId, row, new ChainBlock(row.Height, block, transaction.BlockTime)));
                        placed.Add((row.Txid, block));
                    }

                    var rereading = TransactionComparison.Compare(row, transaction);
                    var grown = row with { Disputed = rereading.Disputed };
                    foreach (var late in rereading.Late)
                    {
                        if (TokenDeltas.Grown(grown, late.Part, others) is not { } more) continue;
                        events.Add(Added(walk.LedgerId, network, row, late, provider));
                        if (late.Part.Asset is null) delta += late.Part.Delta;
                        grown = more;
                    }

                    if (!grown.Delta.IsPossible || grown.Disputed is { IsPossible: false }) throw Impossible(row.Txid);
                    if (grown != row) revised.Add(grown);
                    continue;
                }

                incarnation = row.Incarnation;
                if (!row.Orphaned)
                {
                    // It moved to another block: what was observed is taken back by name before it is observed anew.
                    events.Add(Orphaned(walk.LedgerId, row, now));
                    incarnation++;
                    delta -= row.Delta;
                    count--;
                    others.Take(TokenDeltas.Read(row.Others));
                }
            }

            events.Add(Observed(walk.LedgerId, network, transaction, incarnation, provider));
            written.Add(transaction);
            incarnations.Add(incarnation);
            delta += transaction.Delta;
            count++;
            found++;
            others.Add(transaction.Others ?? []);
        }

        return (walk.Derived + delta).IsPossible
            ? new PageChange(events, written, incarnations, seenAgain, placed, revised, toldAgain, doubted, delta, count, found, others)
            : throw new ProviderException(ProviderFailure.BadAnswer, provider, "tells a history that comes to more than can be");

        ProviderException Impossible(string txid) => new(ProviderFailure.BadAnswer, provider, $"tells more of {txid} than can be");
    }

    private static bool IsPossible(ChainTransaction told) =>
        told.Delta.IsPossible && told.Fee.IsPossible && (told.Parts ?? []).All(part => part.Delta.IsPossible && part.Fee.IsPossible)
        && told.From.All(party => party.Value.IsPossible) && told.To.All(party => party.Value.IsPossible);

    /// <summary>Whether a reorganisation may have replaced the block since its transactions were read.</summary>
    public static bool IsUnsettled(Walk walk, Network network, long height) =>
        height <= walk.StartHeight && height > (walk.SettledHeight ?? walk.StartHeight - (2 * network.SafeDepth));

    // Not every provider names the block; then the height has to do, and the name that somebody gave stays.
    private static bool IsWhere(KnownTransaction row, ChainTransaction transaction) =>
        row.Height == transaction.Height && (row.BlockHash is null || transaction.BlockHash is null || row.BlockHash == transaction.BlockHash);

    /// <summary>A provider may not list more transactions up to the tip a round began at than its own summary counts.</summary>
    public static void CheckCount(Walk walk, long seen, string provider)
    {
        if (seen > walk.ExpectedCount) throw new ProviderException(ProviderFailure.Contradiction, provider, $"lists more than the {walk.ExpectedCount} transactions that its summary counts");
    }

    /// <summary>The height down to which a finished round leaves everything known and out of any reorganisation's reach.</summary>
    public static long? Settle(Walk walk, int safeDepth, long? lowestUnseen)
    {
        var settled = Math.Min(walk.StartHeight!.Value - safeDepth, Math.Min(lowestUnseen - 1 ?? long.MaxValue, walk.DoubtedHeight - 1 ?? long.MaxValue));
        return Math.Max(settled, Math.Max(walk.SettledHeight ?? -1, -1));
    }

    public static NewEvent Orphaned(Guid ledgerId, KnownTransaction row, DateTimeOffset now) => new(
        Name(ledgerId, row.Txid, "orphaned", row.BlockHash ?? "", row.Incarnation),
        new LedgerEvent.TransactionOrphaned(ledgerId, new OrphanedTransaction(row.Txid, row.BlockHash, row.Height, row.Incarnation), now));

    public static NewEvent Confirmed(Guid ledgerId, KnownTransaction row, long tip, DateTimeOffset now) => new(
        Name(ledgerId, row.Txid, "confirmed", row.BlockHash ?? "", row.Incarnation),
        new LedgerEvent.TransactionConfirmed(ledgerId, row.Txid, tip, now));

    public static NewEvent Placed(Guid ledgerId, KnownTransaction row, ChainBlock block) => new(
        Name(ledgerId, row.Txid, "placed", block.Hash, row.Incarnation),
        new LedgerEvent.TransactionPlaced(ledgerId, new PlacedTransaction(row.Txid, block.Height, block.Hash, block.Time, row.Incarnation)));

    private static NewEvent Observed(Guid ledgerId, Network network, ChainTransaction transaction, int incarnation, string provider) => new(
        Name(ledgerId, transaction.Txid, "observed", "native", incarnation),
        new LedgerEvent.TransactionObserved(ledgerId, new ObservedTransaction(
            transaction.Txid, transaction.Height, transaction.BlockHash, transaction.BlockTime, transaction.BlockPosition, transaction.Fee,
            TokenDeltas.Movements(network, transaction),
            [.. transaction.From.Select(party => new Party(party.Address, party.Value, party.Asset))],
            [.. transaction.To.Select(party => new Party(party.Address, party.Value, party.Asset))],
            transaction.Coinbase, incarnation, provider)));

    private static NewEvent Added(Guid ledgerId, Network network, KnownTransaction row, LatePart late, string provider)
    {
        var part = late.Part;
        var asset = part.Asset ?? network.Native.Caip19;
        return new(
            Name(ledgerId, row.Txid, "moved", $"{late.Name} {asset}", row.Incarnation),
            new LedgerEvent.MovementAdded(ledgerId, new AddedMovement(
                row.Txid, row.Incarnation, new Movement(late.Name, asset, part.Delta), part.Fee, PartyOf(part.From), PartyOf(part.To), provider)));

        static Party? PartyOf(ChainParty? party) => party is null ? null : new Party(party.Address, party.Value, party.Asset);
    }

    private static Guid Name(Guid ledgerId, string txid, string kind, string part, int incarnation) =>
        FactId.Of(ledgerId.ToString("N"), txid, kind, part, incarnation.ToString(System.Globalization.CultureInfo.InvariantCulture));
}
