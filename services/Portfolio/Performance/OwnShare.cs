using System.Numerics;

namespace Portfolio.Performance;

/// <summary>So much of an asset that came to a place, or went from it.</summary>
internal readonly record struct Leg(Guid Place, BigInteger Amount);

/// <summary>So much that went from one own place to another, with the part of the fee that is counted there.</summary>
internal readonly record struct MoveLeg(Guid From, Guid To, BigInteger Amount, BigInteger Fee);

/// <summary>
/// What a transaction did to one asset of one's own: what moved between own places, what came from outside and what went there, and what it
/// cost. Never both came and went: what is both is a move.
/// </summary>
internal sealed record OwnShare(
    string Asset, IReadOnlyList<MoveLeg> Moves, IReadOnlyList<Leg> Came, IReadOnlyList<Leg> Went, IReadOnlyList<Leg> Fees)
{
    /// <summary>The shares of a transaction, by asset. Its fee is a transfer's where nothing came from outside or went there.</summary>
    public static IReadOnlyList<OwnShare> Of(LedgerTransaction transaction, string native)
    {
        var shares = transaction.Changes.GroupBy(change => change.Asset).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => Split(group.Key, [.. group], group.Key == native ? transaction.Fee : 0)).ToList();
        var isTransfer = shares.TrueForAll(share => share.Came.Count + share.Went.Count == 0) && shares.Exists(share => share.Moves.Count > 0);
        return isTransfer ? shares.ConvertAll(WithFeesMoved) : shares;
    }

    // First the fee, then what others of one's own got, then what went outside, from each in turn.
    private static OwnShare Split(string asset, IReadOnlyList<LedgerChange> changes, BigInteger fee)
    {
        var gave = new Queue<Leg>(changes.Where(change => change.Delta.Sign < 0).Select(change => new Leg(change.Place, -change.Delta)));
        var got = new Queue<Leg>(changes.Where(change => change.Delta.Sign > 0).Select(change => new Leg(change.Place, change.Delta)));
        var (given, gotten) = (Sum(gave), Sum(got));
        // What nobody but the payer lost must cover it; otherwise it is not known to be ours.
        var fees = fee <= given ? Take(gave, fee) : [];
        var shared = BigInteger.Min(gotten, Sum(gave));
        var (from, to) = (Take(gave, shared), Take(got, shared));
        return new(asset, Paired(from, to), [.. got], [.. gave], fees);
    }

    private static OwnShare WithFeesMoved(OwnShare share)
    {
        if (share.Fees.Count == 0) return share;
        var moves = share.Moves.ToList();
        foreach (var fee in share.Fees)
        {
            var same = moves.FindIndex(move => move.From == fee.Place);
            if (same >= 0) moves[same] = moves[same] with { Fee = moves[same].Fee + fee.Amount };
            else moves.Add(new(fee.Place, fee.Place, 0, fee.Amount));
        }

        return share with { Moves = moves, Fees = [] };
    }

    private static List<MoveLeg> Paired(List<Leg> from, List<Leg> to)
    {
        var (moves, rest) = (new List<MoveLeg>(), new Queue<Leg>(to));
        foreach (var leg in from) moves.AddRange(Take(rest, leg.Amount).Select(part => new MoveLeg(leg.Place, part.Place, part.Amount, 0)));
        return moves;
    }

    private static List<Leg> Take(Queue<Leg> legs, BigInteger wanted)
    {
        var taken = new List<Leg>();
        while (wanted.Sign > 0 && legs.TryDequeue(out var leg))
        {
            var part = BigInteger.Min(leg.Amount, wanted);
            taken.Add(leg with { Amount = part });
            wanted -= part;
            if (leg.Amount == part) continue;

            // The rest stays the first.
            var others = legs.ToList();
            legs.Clear();
            legs.Enqueue(leg with { Amount = leg.Amount - part });
            others.ForEach(legs.Enqueue);
        }

        return taken;
    }

    private static BigInteger Sum(IEnumerable<Leg> legs) => legs.Aggregate(BigInteger.Zero, (sum, leg) => sum + leg.Amount);
}
