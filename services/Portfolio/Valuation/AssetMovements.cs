using System.Numerics;
using Fractions;
using Portfolio.Performance;
using Portfolio.Prices;

namespace Portfolio.Valuation;

/// <summary>The ways in which an asset moves.</summary>
internal enum MovementKind
{
    Received,
    Sent,
    Fee,
    OwnTransfer,
}

/// <summary>What one transaction moved of one asset in one way; never negative.</summary>
internal sealed record Movement(string Network, string Txid, DateTimeOffset At, string Asset, MovementKind Kind, BigInteger Amount)
{
    /// <summary>A transaction's movements. What its fees take is told once, whether or not anything else went.</summary>
    public static IEnumerable<Movement> Of(LedgerTransaction transaction, string native)
    {
        foreach (var share in OwnShare.Of(transaction, native))
        {
            var amounts = new[]
            {
                (Kind: MovementKind.Received, Amount: Sum(share.Came.Select(leg => leg.Amount))),
                (Kind: MovementKind.Sent, Amount: Sum(share.Went.Select(leg => leg.Amount))),
                (Kind: MovementKind.Fee, Amount: Sum(share.Fees.Select(leg => leg.Amount).Concat(share.Moves.Select(move => move.Fee)))),
                (Kind: MovementKind.OwnTransfer, Amount: Sum(share.Moves.Select(move => move.Amount))),
            };
            foreach (var (kind, amount) in amounts)
            {
                if (!amount.IsZero) yield return new(transaction.Network, transaction.Txid, transaction.At, share.Asset, kind, amount);
            }
        }
    }

    /// <summary>What the movement makes of what is held.</summary>
    public BigInteger Change => Kind switch { MovementKind.Received => Amount, MovementKind.OwnTransfer => 0, _ => -Amount };

    private static BigInteger Sum(IEnumerable<BigInteger> amounts) => amounts.Aggregate(BigInteger.Zero, BigInteger.Add);
}

/// <summary>All that one asset moved between two instants, and what that was worth at the prices of its days.</summary>
internal sealed class AssetMovements(string network, string asset, int decimals)
{
    private readonly Dictionary<MovementKind, (BigInteger Amount, Fraction? Value, int Count)> sums = [];

    public string Network => network;

    public string Asset => asset;

    public int Decimals => decimals;

    /// <summary>By how much what is held changed.</summary>
    public BigInteger Change { get; private set; }

    /// <summary>What came less what went and what it cost; null where a price is missing.</summary>
    public Fraction? Flow => Of(MovementKind.Received).Value - Of(MovementKind.Sent).Value - Of(MovementKind.Fee).Value;

    public void Add(Movement movement, Price? price)
    {
        var sum = Of(movement.Kind);
        Change += movement.Change;
        sums[movement.Kind] = (
            sum.Amount + movement.Amount, sum.Value + new AssetValue(decimals, price, null).Of(movement.Amount), sum.Count + 1);
    }

    public (BigInteger Amount, Fraction? Value, int Count) Of(MovementKind kind) => sums.GetValueOrDefault(kind, (0, Fraction.Zero, 0));
}
