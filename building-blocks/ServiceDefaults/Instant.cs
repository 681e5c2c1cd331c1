using System.Globalization;

namespace ServiceDefaults;

/// <summary>Reads instants and days of queries; what is not exactly one is refused, never guessed.</summary>
public static class Instant
{
    private const string Whole = "yyyy-MM-dd'T'HH:mm:ss";

    // No chain is older, and the database's calendar ends where ours does.
    private static readonly DateTimeOffset Earliest = new(1900, 1, 1, 0, 0, 0, TimeSpan.Zero);

    // Clocks differ a little.
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(1);

    /// <summary>An RFC 3339 instant with its offset.</summary>
    /// <exception cref="DomainException"><c>invalid-parameter</c>.</exception>
    public static DateTimeOffset Read(string text, string name)
    {
        var zoned = text.EndsWith('Z') || (text.Length > 6 && text[^6] is '+' or '-' && text[^3] is ':');
        if (!zoned || !DateTimeOffset.TryParseExact(
            text, [$"{Whole}K", $"{Whole}.FFFFFFFK"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var instant))
        {
            throw Invalid(name, "is an RFC 3339 instant such as 2026-01-31T12:00:00Z; a + is written %2B in a URL.");
        }

        return instant >= Earliest ? instant.ToUniversalTime() : throw Invalid(name, "is before 1900; no chain is so old.");
    }

    /// <summary>An instant that has come.</summary>
    /// <exception cref="DomainException"><c>invalid-parameter</c>: also one in the future, of which nothing is known.</exception>
    public static DateTimeOffset ReadPast(string text, string name, TimeProvider time)
    {
        var instant = Read(text, name);
        return instant <= time.GetUtcNow() + Tolerance ? instant : throw Invalid(name, "is in the future; what will be is not known.");
    }

    /// <summary>A day as <c>yyyy-MM-dd</c>.</summary>
    /// <exception cref="DomainException"><c>invalid-parameter</c>.</exception>
    public static DateOnly ReadDay(string text, string name) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year >= Earliest.Year
            ? day
            : throw Invalid(name, "is a day from 1900-01-01 on, such as 2026-01-31.");

    /// <summary>The refusal of a parameter, by the rule that it breaks.</summary>
    public static DomainException Invalid(string name, string rule) => new("invalid-parameter", $"'{name}' {rule}", $"?{name}");
}
