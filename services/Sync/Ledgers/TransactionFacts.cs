using System.Globalization;
using Chains;
using Contracts;
using EventSourcing;
using Sync.Chains;

namespace Sync.Ledgers;

/// <summary>The events of a ledger's transactions; the id of each is its fact's name, so the same fact is stored once.</summary>
internal static class TransactionFacts
{
    public static NewEvent Observed(PageContext at, ChainTransaction transaction, int incarnation) => new(
        IdOf(at.LedgerId, transaction.Txid, "observed", "native", incarnation),
        new LedgerEvent.TransactionObserved(at.LedgerId, new ObservedTransaction(
            transaction.Txid, transaction.Height, transaction.BlockHash, transaction.BlockTime, transaction.BlockPosition, transaction.Fee,
            TokenDeltas.Movements(at.Network, transaction),
            [.. transaction.From.Select(party => PartyOf(party)!)], [.. transaction.To.Select(party => PartyOf(party)!)],
            transaction.Coinbase, incarnation, at.Provider)));

    public static NewEvent Orphaned(Guid ledgerId, KnownTransaction row, DateTimeOffset now) => new(
        IdOf(ledgerId, row.Txid, "orphaned", row.BlockHash ?? "", row.Incarnation),
        new LedgerEvent.TransactionOrphaned(ledgerId, new OrphanedTransaction(row.Txid, row.BlockHash, row.Height, row.Incarnation), now));

    public static NewEvent Retracted(PageContext at, KnownTransaction row, DateTimeOffset now) => new(
        IdOf(at.LedgerId, row.Txid, "retracted", row.BlockHash ?? "", row.Incarnation),
        new LedgerEvent.TransactionRetracted(
            at.LedgerId, new OrphanedTransaction(row.Txid, row.BlockHash, row.Height, row.Incarnation), at.Provider, now));

    public static NewEvent Confirmed(Guid ledgerId, KnownTransaction row, long tip, DateTimeOffset now) => new(
        IdOf(ledgerId, row.Txid, "confirmed", row.BlockHash ?? "", row.Incarnation),
        new LedgerEvent.TransactionConfirmed(ledgerId, row.Txid, tip, now));

    public static NewEvent BlockAssigned(Guid ledgerId, KnownTransaction row, ChainBlock block) => new(
        IdOf(ledgerId, row.Txid, "placed", block.Hash, row.Incarnation),
        new LedgerEvent.TransactionPlaced(ledgerId, new PlacedTransaction(row.Txid, block.Height, block.Hash, block.Time, row.Incarnation)));

    public static NewEvent MovementAdded(PageContext at, KnownTransaction row, LatePart late)
    {
        var part = late.Part;
        var asset = part.Asset ?? at.Network.Native.Caip19;
        return new(
            IdOf(at.LedgerId, row.Txid, "moved", $"{late.Name} {asset}", row.Incarnation),
            new LedgerEvent.MovementAdded(at.LedgerId, new AddedMovement(
                row.Txid, row.Incarnation, new Movement(late.Name, asset, part.Delta), part.Fee, PartyOf(part.From), PartyOf(part.To), at.Provider)));
    }

    public static NewEvent Pending(
        Guid ledgerId, Network network, string provider, WaitingTransaction waiting, int incarnation, DateTimeOffset now) =>
        new(IdOf(ledgerId, waiting.Txid, "pending", "", incarnation), new LedgerEvent.TransactionPending(ledgerId, new PendingTransaction(
            waiting.Txid, now, waiting.Fee, [new Movement("native", network.Native.Caip19, waiting.Delta)],
            [.. waiting.From.Select(party => PartyOf(party)!)], [.. waiting.To.Select(party => PartyOf(party)!)], incarnation, provider)));

    public static NewEvent Replaced(Guid ledgerId, PendingRow row, string by, DateTimeOffset now) => new(
        IdOf(ledgerId, row.Txid, "replaced", "", row.Incarnation),
        new LedgerEvent.TransactionReplaced(ledgerId, row.Txid, row.Incarnation, by, now));

    public static NewEvent Dropped(Guid ledgerId, PendingRow row, DateTimeOffset now) => new(
        IdOf(ledgerId, row.Txid, "dropped", "", row.Incarnation), new LedgerEvent.TransactionDropped(ledgerId, row.Txid, row.Incarnation, now));

    private static Party? PartyOf(ChainParty? party) => party is null ? null : new Party(party.Address, party.Value, party.Asset);

    private static Guid IdOf(Guid ledgerId, string txid, string kind, string part, int incarnation) =>
        FactId.Of(ledgerId.ToString("N"), txid, kind, part, incarnation.ToString(CultureInfo.InvariantCulture));
}
