using Fractions;

namespace Portfolio.Performance;

/// <summary>
/// What one transaction did to one asset, in whole coins; values are in one currency and null where the day has no price.
/// <paramref name="Place"/> is the wallet that holds it.
/// </summary>
internal abstract record LotMovement(string Id, DateTimeOffset At, Guid Place, Fraction Quantity)
{
    /// <summary>
    /// It came in and cost <paramref name="Cost"/>; <paramref name="Price"/> of one coin is what HIFO and LOFO go by, and what income is worth.
    /// </summary>
    internal sealed record Acquired(
        string Id, DateTimeOffset At, Guid Place, Fraction Quantity, Fraction? Cost, Fraction? Price, string Kind, bool IsIncome = false)
        : LotMovement(Id, At, Place, Quantity);

    /// <summary>It went out for <paramref name="Proceeds"/>.</summary>
    internal sealed record Disposed(string Id, DateTimeOffset At, Guid Place, Fraction Quantity, Fraction? Proceeds, string Kind)
        : LotMovement(Id, At, Place, Quantity);

    /// <summary>
    /// It went to another place of one's own, and <paramref name="Fee"/>, worth <paramref name="FeeProceeds"/>, went to get it there.
    /// </summary>
    internal sealed record Moved(
        string Id, DateTimeOffset At, Guid Place, Guid To, Fraction Quantity, Fraction Fee, Fraction? FeeProceeds)
        : LotMovement(Id, At, Place, Quantity);
}
