using System.Numerics;
using Chains;
using Contracts;

namespace Portfolio.Transactions;

/// <summary>Makes the views of a page's rows, counting each ledger's balance down from the newest row to the oldest.</summary>
internal static class RunningBalances
{
    /// <param name="networks">What confirmations are taken from.</param>
    /// <param name="names">What amounts are shown by.</param>
    /// <param name="rows">Newest first, or oldest first if <paramref name="backward"/>.</param>
    /// <param name="backward">Whether the page was read towards newer rows.</param>
    /// <param name="each">Whether each row has a base of its own, because rows between them may be left out.</param>
    public static IReadOnlyList<(TransactionKey Key, TransactionView View)> Views(
        NetworkCatalogue networks, AssetNames names, IReadOnlyList<TransactionRow> rows, bool backward, bool each = false)
    {
        // Addresses are re-checked at different moments; within one page a network has one tip.
        var tips = rows.GroupBy(row => row.Network).ToDictionary(group => group.Key, group => group.Max(row => row.Tip));
        var balances = new Dictionary<(Guid, string), BigInteger?>();
        var views = new (TransactionKey, TransactionView)[rows.Count];
        for (var i = 0; i < rows.Count; i++)
        {
            var place = backward ? rows.Count - 1 - i : i;
            var row = rows[place];
            var balance = each ? row.Base : balances.GetValueOrDefault((row.Key.LedgerId, row.Key.Asset), row.Base);
            balances[(row.Key.LedgerId, row.Key.Asset)] = row.Orphaned ? balance : balance - row.Delta;
            views[place] = (row.Key, View(networks, names, row, row.Orphaned ? null : balance, tips[row.Network]));
        }

        return views;
    }

    /// <summary>The views of what is in no block: nothing is held after it, and nothing confirms it.</summary>
    public static IEnumerable<(TransactionKey Key, TransactionView View)> Waiting(
        NetworkCatalogue networks, AssetNames names, IReadOnlyList<TransactionRow> rows) =>
        rows.Select(row => (row.Key, View(networks, names, row, null, null)));

    private static TransactionView View(NetworkCatalogue networks, AssetNames names, TransactionRow row, BigInteger? balance, long? tip)
    {
        var asset = names.Of(row.Network, row.Key.Asset);
        var native = names.Of(row.Network, null);
        // A tip from before the block was seen says nothing about it; the block itself is one confirmation.
        long? confirmations = row.Orphaned || row.Waits is not null ? 0 : tip is { } height ? Math.Max(height - row.Key.Height + 1, 1) : null;
        var confirmed = row.Confirmed || confirmations >= networks.Find(row.Network)?.ConfirmationsRequired;
        return new TransactionView(
            row.Key.Txid, row.Network, row.WalletId, row.AddressId, row.Address, row.Label, asset.Caip19,
            row.Delta.Sign switch { > 0 => Directions.In, < 0 => Directions.Out, _ => Directions.Self },
            Money.Of(new(row.Delta), asset),
            balance is { } held ? Money.Of(new(held), asset) : null,
            Money.Of(row.Fee, native),
            Parties(row.From), Parties(row.To),
            row.Waits is null ? row.Key.Height : null, row.BlockHash, row.Time, row.BlockHash is null, confirmations,
            row.Waits ?? (row.Orphaned ? "orphaned" : confirmed ? "confirmed" : "confirming"), row.ReplacedBy,
            row.Coinbase, row.Provisional);

        List<PartyView> Parties(IReadOnlyList<Party> parties) =>
            [.. parties.Select(party => (party, Asset: names.Of(row.Network, party.Asset)))
                .Select(side => new PartyView(side.party.Address, Money.Of(side.party.Value, side.Asset), side.Asset.Caip19))];
    }
}
