using Fractions;

namespace Portfolio.Performance;

/// <summary>
/// The lots of one asset: movements go in by their order in the chain, at one instant what comes in before what goes out, and each disposal
/// comes out with the lots it was taken from. At every moment the lots sum up to the balance, and what was paid is what disposals cost, what
/// ignored fees had cost and what open lots cost together, exactly.
/// </summary>
internal sealed class Lots(LotRules rules)
{
    private readonly Dictionary<Guid, LotPool> pools = [];
    private long count;

    /// <summary>The lots still held, oldest first in each place.</summary>
    public IEnumerable<(Guid Place, Lot Lot)> Open =>
        pools.OrderBy(pool => pool.Key).SelectMany(pool => pool.Value.Open, (pool, lot) => (pool.Key, lot));

    public Fraction Quantity => pools.Values.Aggregate(Fraction.Zero, (sum, pool) => sum + pool.Quantity);

    public Fraction Cost => pools.Values.Aggregate(Fraction.Zero, (sum, pool) => sum + pool.Cost);

    public IReadOnlyList<LotEntry> Apply(LotMovement movement) => movement switch
    {
        LotMovement.Acquired acquired => Acquire(acquired),
        LotMovement.Disposed disposed =>
            [Dispose(disposed.Id, disposed.At, disposed.Place, disposed.Quantity, disposed.Proceeds, disposed.Kind)],
        LotMovement.Moved moved => Move(moved),
        _ => throw new System.Diagnostics.UnreachableException($"Lots do not know {movement.GetType().Name}."),
    };

    /// <summary>Whether so much time between two instants is a long term.</summary>
    public static string Term(DateTimeOffset? acquired, DateTimeOffset disposed, int? longTermDays) =>
        acquired is { } from && longTermDays is { } days && (disposed.UtcDateTime.Date - from.UtcDateTime.Date).Days > days ? "long" : "short";

    private LotEntry[] Acquire(LotMovement.Acquired a)
    {
        PoolOf(a.Place).Add(new(a.At, ++count, a.Quantity, a.Cost ?? Fraction.Zero, a.Price, a.Cost is null ? "unpriced" : null));
        return a.IsIncome ? [new LotEntry.Income(a.Id, a.At, a.Place, a.Quantity, a.Kind, a.Price * a.Quantity)] : [];
    }

    private LotEntry.Disposal Dispose(string id, DateTimeOffset at, Guid place, Fraction quantity, Fraction? proceeds, string kind)
    {
        var taken = PoolOf(place).Take(quantity);
        var fractions = new List<LotFraction>(taken.Count);
        var left = proceeds;
        foreach (var lot in taken)
        {
            var part = fractions.Count == taken.Count - 1 ? left
                : proceeds is { } all ? LotPool.Share(all, lot.Quantity, quantity) : null;
            left -= part;
            var cost = lot.Missing is null || rules.AssumeZero ? lot.Cost : (Fraction?)null;
            fractions.Add(new(lot.AcquiredAt, lot.Quantity, part, cost, Term(lot.AcquiredAt, at, rules.LongTermDays), lot.Missing));
        }

        return new(id, at, place, quantity, kind, proceeds, fractions);
    }

    // The fee goes first, so that what is moved is the same whatever becomes of the fee.
    private List<LotEntry> Move(LotMovement.Moved m)
    {
        var entries = new List<LotEntry>();
        IReadOnlyList<Lot> added = [];
        if (m.Fee.IsPositive)
        {
            if (rules.TransferFee is TransferFee.Disposal || (rules.TransferFee is TransferFee.AddToBasis && m.Quantity.IsZero))
                entries.Add(Dispose(m.Id, m.At, m.Place, m.Fee, m.FeeProceeds, "transferFee"));
            else added = PoolOf(m.Place).Take(m.Fee);
        }

        var fee = added.Aggregate(Fraction.Zero, (sum, lot) => sum + lot.Cost);
        if (added.Count > 0 && rules.TransferFee is TransferFee.Ignore)
        {
            entries.Add(new LotEntry.Ignored(m.Id, m.At, m.Place, m.Fee, fee));
            added = [];
        }

        var (from, to) = (PoolOf(m.Place), PoolOf(m.To));
        if (m.Quantity.IsZero || (from == to && added.Count == 0)) return entries;

        var carried = from.Take(m.Quantity);
        var missing = added.FirstOrDefault(lot => lot.Missing is not null)?.Missing;
        var left = added.Count > 0 ? fee : Fraction.Zero;
        for (var i = 0; i < carried.Count; i++)
        {
            var more = i == carried.Count - 1 ? left : LotPool.Share(left.IsZero ? left : fee, carried[i].Quantity, m.Quantity);
            left -= more;
            // Where nobody knows when it came to be, it is known to be here by now.
            var number = carried[i].Number == 0 ? ++count : carried[i].Number;
            to.Add(carried[i] with
            {
                AcquiredAt = carried[i].AcquiredAt ?? m.At,
                Number = number,
                Cost = carried[i].Cost + more,
                Missing = carried[i].Missing ?? missing,
            });
        }

        return entries;
    }

    private LotPool PoolOf(Guid place)
    {
        var key = rules.PerWallet ? place : Guid.Empty;
        if (!pools.TryGetValue(key, out var pool)) pools[key] = pool = new(rules.Method);
        return pool;
    }
}
