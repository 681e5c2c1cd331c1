using Fractions;

namespace Portfolio.Performance;

/// <summary>
/// So much of an asset, acquired at once, with what it cost. <paramref name="Missing"/> says why some of the cost is not known: <c>unpriced</c>
/// where the day of the acquisition has no price, <c>noHistory</c> where no acquisition is known; <paramref name="Cost"/> is then what is known
/// of it. <paramref name="Number"/> tells lots of one instant apart, in the order in which they came.
/// </summary>
internal sealed record Lot(DateTimeOffset? AcquiredAt, long Number, Fraction Quantity, Fraction Cost, Fraction? Price, string? Missing = null);

/// <summary>
/// The lots of one place, taken out in a method's order. Of lots that the method has no preference for, the one acquired first is taken, and of
/// those of one instant the one that came first; those without a price come last where prices decide.
/// </summary>
internal sealed class LotPool(LotMethod method)
{
    /// <summary>Digits behind the point that a share of a cost is rounded to; the rest keeps the remainder, so sums are exact.</summary>
    public const int Digits = 30;

    private readonly PriorityQueue<Lot, (bool, Fraction, long, long)> lots = new();
    private Fraction quantity = Fraction.Zero;
    private Fraction cost = Fraction.Zero;
    private string? missing;

    public IEnumerable<Lot> Open =>
        lots.UnorderedItems.Select(item => item.Element).OrderBy(lot => lot.AcquiredAt).ThenBy(lot => lot.Number).Select(lot => lot with
        {
            Cost = method is LotMethod.Average ? Share(cost, lot.Quantity, quantity) : lot.Cost,
            Missing = method is LotMethod.Average ? missing : lot.Missing,
        });

    /// <summary>What is held.</summary>
    public Fraction Quantity => quantity;

    /// <summary>What is known of what it cost.</summary>
    public Fraction Cost => cost;

    public void Add(Lot lot)
    {
        if (lot.Quantity.IsZero) return;
        quantity += lot.Quantity;
        cost += lot.Cost;
        // An average of which a part is not known is not known, until all of it is gone.
        missing ??= lot.Missing;
        lots.Enqueue(lot, Order(lot));
    }

    /// <summary>Takes so much out; what is not there comes as a lot that nobody knows the acquisition of.</summary>
    public IReadOnlyList<Lot> Take(Fraction wanted)
    {
        var taken = new List<Lot>();
        while (wanted.IsPositive)
        {
            if (!lots.TryPeek(out var lot, out var order))
            {
                taken.Add(new(null, 0, wanted, Fraction.Zero, null, "noHistory"));
                break;
            }

            var part = lot.Quantity <= wanted ? lot.Quantity : wanted;
            var whole = part == lot.Quantity;
            var of = method is LotMethod.Average
                ? part == quantity ? cost : Share(cost, part, quantity)
                : whole ? lot.Cost : Share(lot.Cost, part, lot.Quantity);
            taken.Add(lot with { Quantity = part, Cost = of, Missing = method is LotMethod.Average ? missing : lot.Missing });
            if (whole) lots.Dequeue();
            else lots.DequeueEnqueue(lot with { Quantity = lot.Quantity - part, Cost = lot.Cost - of }, order);
            (quantity, cost, wanted) = (quantity - part, cost - of, wanted - part);
            if (quantity.IsZero) missing = null;
        }

        return taken;
    }

    /// <summary>The share of an amount that falls to a part of a whole, so that numbers do not grow with every split.</summary>
    public static Fraction Share(Fraction amount, Fraction part, Fraction whole) => Fraction.Round(amount * part / whole, Digits);

    private (bool, Fraction, long, long) Order(Lot lot)
    {
        var at = lot.AcquiredAt?.UtcTicks ?? 0;
        return method switch
        {
            LotMethod.Lifo => (false, Fraction.Zero, -at, -lot.Number),
            LotMethod.Hifo => (lot.Price is null, -(lot.Price ?? Fraction.Zero), at, lot.Number),
            LotMethod.Lofo => (lot.Price is null, lot.Price ?? Fraction.Zero, at, lot.Number),
            _ => (false, Fraction.Zero, at, lot.Number),
        };
    }
}
