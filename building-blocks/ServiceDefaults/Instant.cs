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
    private static DateTimeOffset Read(string text, string name)
    {
        var zoned = text.EndsWith('Z') || (text.Length > 6 && text[^6] is '+' or '-' && text[^3] is ':');
        if (!zoned || !DateTimeOffset.TryParseExact(
            text, [$"{Whole}K", $"{Whole}.FFFFFFFK"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var instant))
        {
            throw Invalid(name, "is an RFC 3339 instant such as 2026-01-31T12:00:00Z, or a day such as 2026-01-31; a + is written %2B in a URL.");
        }

        return instant >= Earliest ? instant.ToUniversalTime() : throw Early(name);
    }

    /// <summary>Where a range begins: at an instant, or with a day, in UTC.</summary>
    /// <exception cref="DomainException"><c>invalid-parameter</c>.</exception>
    public static DateTimeOffset ReadFrom(string text, string name) => IsDay(text, out var day) ? BeginningOf(day, name) : Read(text, name);

    /// <summary>What a range ends before: an instant, or the beginning of the day behind its last one, in UTC.</summary>
    /// <exception cref="DomainException"><c>invalid-parameter</c>.</exception>
    public static DateTimeOffset ReadUntil(string text, string name) => IsDay(text, out var day) ? EndOf(day, name) : Read(text, name);

    /// <summary>An instant that has come, or the end of a day that has begun, as far as it has come, in UTC.</summary>
    /// <exception cref="DomainException"><c>invalid-parameter</c>: also one in the future, of which nothing is known.</exception>
    public static DateTimeOffset ReadPast(string text, string name, TimeProvider time)
    {
        var now = time.GetUtcNow();
        var isDay = IsDay(text, out var day);
        var instant = isDay ? BeginningOf(day, name) : Read(text, name);
        if (instant > now + Tolerance) throw Invalid(name, "is in the future; what will be is not known.");
        // As fine as the database's clock.
        return !isDay ? instant : EndOf(day, name) is var end && end <= now ? end.AddMicroseconds(-1) : now.AddTicks(-(now.Ticks % 10));
    }

    /// <summary>A day, or the one that an instant is in, by the calendar of that time zone (UTC where none is given).</summary>
    /// <exception cref="DomainException"><c>invalid-parameter</c>.</exception>
    public static DateOnly ReadDay(string text, string name, TimeZoneInfo? zone = null) => IsDay(text, out var day)
        ? day.Year >= Earliest.Year ? day : throw Early(name)
        : DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(Read(text, name), zone ?? TimeZoneInfo.Utc).DateTime);

    /// <summary>The refusal of a parameter, by the rule that it breaks.</summary>
    public static DomainException Invalid(string name, string rule) => new("invalid-parameter", $"'{name}' {rule}", $"?{name}");

    private static bool IsDay(string text, out DateOnly day) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day);

    private static DateTimeOffset BeginningOf(DateOnly day, string name) =>
        day.Year >= Earliest.Year ? new(day, TimeOnly.MinValue, TimeSpan.Zero) : throw Early(name);

    private static DateTimeOffset EndOf(DateOnly day, string name) =>
        day < DateOnly.MaxValue ? BeginningOf(day, name).AddDays(1) : throw Invalid(name, "is beyond any calendar.");

    private static DomainException Early(string name) => Invalid(name, "is before 1900; no chain is so old.");
}
