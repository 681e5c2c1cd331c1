using System.Numerics;
using Chains;
using Fractions;
using Portfolio.Prices;

namespace Portfolio.Performance;

/// <summary>An entry of the lots of an asset on a network.</summary>
internal sealed record AssetEntry(string Network, Asset Asset, LotEntry Entry);

/// <summary>
/// The lots of all assets: transactions go in, valued by their day's prices. What comes from outside is acquired at its day's price and what
/// goes there is disposed of at it, fees too. Where one asset went and others came in the same transaction, what went was swapped for the
/// worth of what came.
/// </summary>
internal sealed class LotBook(LotRules rules, NetworkCatalogue networks, AssetNames names, DayPrices prices)
{
    private readonly Dictionary<(string Network, string Asset), Lots> lots = [];

    /// <summary>The lots of each asset.</summary>
    public IEnumerable<(string Network, Asset Asset, Lots Lots)> All => lots.OrderBy(one => one.Key.Network, StringComparer.Ordinal)
        .ThenBy(one => one.Key.Asset, StringComparer.Ordinal).Select(one => (one.Key.Network, names.Of(one.Key.Network, one.Key.Asset), one.Value));

    public IEnumerable<AssetEntry> Apply(LedgerTransaction transaction)
    {
        var shares = OwnShare.Of(transaction, networks.Find(transaction.Network)?.Native.Caip19 ?? "");
        var (came, went) = (Worth(shares, share => share.Came), Worth(shares, share => share.Went));
        var isSwap = shares.Any(share => share.Came.Count > 0) && shares.Any(share => share.Went.Count > 0);
        var alone = (Came: shares.Count(share => share.Came.Count > 0) == 1, Went: shares.Count(share => share.Went.Count > 0) == 1);
        foreach (var share in shares)
        {
            var asset = names.Of(transaction.Network, share.Asset);
            var book = LotsOf(transaction.Network, share.Asset);
            foreach (var movement in Movements(share, asset))
            {
                foreach (var entry in book.Apply(movement)) yield return new(transaction.Network, asset, entry);
            }
        }

        IEnumerable<LotMovement> Movements(OwnShare share, Asset asset)
        {
            var price = (Fraction?)prices.Of(share.Asset, transaction.Day)?.Value;
            var (id, at) = (transaction.Txid, transaction.At);
            foreach (var move in share.Moves)
                yield return new LotMovement.Moved(id, at, move.From, move.To, Coins(move.Amount), Coins(move.Fee), price * Coins(move.Fee));

            foreach (var leg in share.Came)
            {
                // What has no price of its own cost what was given for it, if nothing else came for that.
                var unit = price ?? (isSwap && alone.Came ? went / Total(share.Came) : null);
                var kind = transaction.Coinbase ? "mined" : isSwap ? "swapped" : "received";
                yield return new LotMovement.Acquired(
                    id, at, leg.Place, Coins(leg.Amount), unit * Coins(leg.Amount), unit, kind, IsIncome: transaction.Coinbase);
            }

            foreach (var leg in share.Went)
            {
                var unit = isSwap && alone.Went && came is { } got ? got / Total(share.Went) : price;
                yield return new LotMovement.Disposed(
                    id, at, leg.Place, Coins(leg.Amount), unit * Coins(leg.Amount), isSwap ? "swapped" : "sent");
            }

            foreach (var leg in share.Fees)
                yield return new LotMovement.Disposed(id, at, leg.Place, Coins(leg.Amount), price * Coins(leg.Amount), "fee");

            Fraction Coins(BigInteger amount) => new(amount, BigInteger.Pow(10, asset.Decimals));

            Fraction Total(IReadOnlyList<Leg> legs) => Coins(legs.Aggregate(BigInteger.Zero, (sum, leg) => sum + leg.Amount));
        }

        Fraction? Worth(IReadOnlyList<OwnShare> all, Func<OwnShare, IReadOnlyList<Leg>> of) => all.Where(share => of(share).Count > 0)
            .Aggregate((Fraction?)Fraction.Zero, (sum, share) => sum + of(share).Aggregate((Fraction?)Fraction.Zero, (legs, leg) =>
                legs + (prices.Of(share.Asset, transaction.Day) is { } price
                    ? Prices.Worth.Exactly(leg.Amount, names.Of(transaction.Network, share.Asset).Decimals, price.Value) : (Fraction?)null)));
    }

    private Lots LotsOf(string network, string asset)
    {
        if (!lots.TryGetValue((network, asset), out var book)) lots[(network, asset)] = book = new(rules);
        return book;
    }
}
