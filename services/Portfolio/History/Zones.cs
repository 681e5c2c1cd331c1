using System.Text.RegularExpressions;
using ServiceDefaults;

namespace Portfolio.History;

/// <summary>Time zones by whose calendar days begin.</summary>
internal static partial class Zones
{
    /// <summary>The zone of that IANA name; UTC where none is given.</summary>
    /// <exception cref="DomainException"><c>invalid-parameter</c>.</exception>
    public static TimeZoneInfo Read(string? name) =>
        name is null ? TimeZoneInfo.Utc
        : ZoneName().IsMatch(name) && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone
        : throw Instant.Invalid("tz", "is an IANA time zone such as Europe/Berlin.");

    // The system would also take the names of files.
    [GeneratedRegex("^(UTC|[A-Za-z]+(/[A-Za-z0-9_+-]+)+)$")]
    private static partial Regex ZoneName();
}
