namespace Portfolio.Prices;

/// <summary>
/// What one whole coin of an asset cost. An asset has one price for each day, by UTC: that of the day's end; of the present day the latest
/// one known. Whatever moved or was held at any time of a day is valued by it, so that every figure can be redone by hand.
/// </summary>
/// <param name="Value">In the currency that was asked for; where it was converted, rounded to 15 significant digits before anything is valued
/// by it.</param>
/// <param name="Source">Who told it: <c>manual</c>, or the source's name; <c>coingecko × ecb</c> where it was converted.</param>
/// <param name="At">The instant that it is of.</param>
/// <param name="Stale">Whether it is older than a price of its day should be, because nobody tells a newer one.</param>
/// <param name="Note">What a reader should know, such as that a weekend's rate is Friday's; null for most.</param>
internal sealed record Price(decimal Value, string Source, DateTimeOffset At, bool Stale = false, string? Note = null);
