using Fractions;

namespace Portfolio.Performance;

/// <summary>What counting the lots of one asset tells of a movement, in the order of the movements.</summary>
internal abstract record LotEntry(string Id, DateTimeOffset At, Guid Place, Fraction Quantity)
{
    /// <summary>Something earned; a null value is that of a day without a price.</summary>
    internal sealed record Income(string Id, DateTimeOffset At, Guid Place, Fraction Quantity, string Kind, Fraction? Value)
        : LotEntry(Id, At, Place, Quantity);

    /// <summary>Something disposed of, from one lot or several.</summary>
    internal sealed record Disposal(
        string Id, DateTimeOffset At, Guid Place, Fraction Quantity, string Kind, Fraction? Proceeds, IReadOnlyList<LotFraction> Fractions)
        : LotEntry(Id, At, Place, Quantity)
    {
        /// <summary>
        /// <c>known</c>, <c>partial</c> where a part of the cost is not known, or <c>assumedZero</c> where that part was to count as nothing.
        /// </summary>
        public string Basis => Fractions.All(fraction => fraction.Missing is null) ? "known"
            : Fractions.Any(fraction => fraction.Cost is null) ? "partial" : "assumedZero";

        /// <summary>What it had cost; null where a part of that is not known.</summary>
        public Fraction? Cost => Sum(fraction => fraction.Cost);

        /// <summary>What it brought beyond its cost; null where either is not known.</summary>
        public Fraction? Gain => Sum(fraction => fraction.Gain);

        private Fraction? Sum(Func<LotFraction, Fraction?> of) =>
            Fractions.Aggregate((Fraction?)Fraction.Zero, (sum, fraction) => sum + of(fraction));
    }

    /// <summary>A transfer's fee that was to be ignored, with what it had cost.</summary>
    internal sealed record Ignored(string Id, DateTimeOffset At, Guid Place, Fraction Quantity, Fraction Cost) : LotEntry(Id, At, Place, Quantity);
}

/// <summary>
/// The part of a disposal that came from one lot. <paramref name="Missing"/> says why its cost is not known; <paramref name="Cost"/> is null
/// then, unless it was to count as nothing.
/// </summary>
internal sealed record LotFraction(DateTimeOffset? AcquiredAt, Fraction Quantity, Fraction? Proceeds, Fraction? Cost, string Term, string? Missing)
{
    public Fraction? Gain => Proceeds - Cost;
}
