using ServiceDefaults;

namespace Portfolio.History;

/// <summary>Days, weeks (from Monday) or months in a row, by the calendar of one time zone.</summary>
internal sealed class Intervals
{
    /// <summary>Days of 27 years, longer than any chain has run.</summary>
    public const int Most = 10_000;

    private readonly TimeZoneInfo zone;
    private readonly string unit;

    private Intervals(string unit, TimeZoneInfo zone, DateOnly first, int count) => (this.unit, this.zone, First, Count) = (unit, zone, first, count);

    /// <summary>The first day of the oldest one.</summary>
    public DateOnly First { get; }

    public int Count { get; }

    /// <summary>Those that hold the days from <paramref name="from"/> to <paramref name="to"/>.</summary>
    /// <exception cref="DomainException"><c>range-too-wide</c>.</exception>
    public static Intervals Between(string unit, TimeZoneInfo zone, DateOnly from, DateOnly to)
    {
        var count = CountOf(unit, from, to);
        return count <= Most
            ? new(unit, zone, StartOf(unit, from), count)
            : throw new DomainException(
                "range-too-wide", $"From {from:yyyy-MM-dd} to {to:yyyy-MM-dd} there are {count} intervals of a {unit}; at most {Most} are told of " +
                    "at once.", "?from");
    }

    /// <summary>How many of them hold the days of a range.</summary>
    public static int CountOf(string unit, DateOnly from, DateOnly to) => Difference(unit, StartOf(unit, from), StartOf(unit, to)) + 1;

    /// <summary>The first day of the interval of that number; the one behind the last has one too.</summary>
    public DateOnly DayOf(int number) => unit switch
    {
        "day" => First.AddDays(number),
        "week" => First.AddDays(7 * number),
        _ => First.AddMonths(number),
    };

    /// <summary>The number of the interval that holds that day; of those outside it is below 0 or at least <see cref="Count"/>.</summary>
    public int NumberAt(DateOnly day) => Difference(unit, First, StartOf(unit, day));

    /// <summary>The number of the interval that begins on that day, if one does.</summary>
    public int? NumberOf(DateOnly day)
    {
        var number = Difference(unit, First, day);
        return number >= 0 && number < Count && DayOf(number) == day ? number : null;
    }

    /// <summary>The instant at which the interval of that number begins.</summary>
    public DateTimeOffset EdgeOf(int number) => StartOf(DayOf(number), zone);

    /// <summary>
    /// The first instant of a day: its midnight, the first one where clocks go back over it, where they skip it the end
    /// of the day before.
    /// </summary>
    public static DateTimeOffset StartOf(DateOnly day, TimeZoneInfo zone)
    {
        var midnight = day.ToDateTime(TimeOnly.MinValue);
        if (zone.IsAmbiguousTime(midnight)) return new DateTimeOffset(midnight, zone.GetAmbiguousTimeOffsets(midnight).Max()).ToUniversalTime();

        var before = midnight;
        while (zone.IsInvalidTime(before)) before = before.AddHours(-1);
        return new DateTimeOffset(midnight, zone.GetUtcOffset(before)).ToUniversalTime();
    }

    private static DateOnly StartOf(string unit, DateOnly day) => unit switch
    {
        "day" => day,
        "week" => day.AddDays(-(((int)day.DayOfWeek + 6) % 7)),
        _ => new DateOnly(day.Year, day.Month, 1),
    };

    private static int Difference(string unit, DateOnly first, DateOnly last) => unit switch
    {
        "day" => last.DayNumber - first.DayNumber,
        "week" => (last.DayNumber - first.DayNumber) / 7,
        _ => ((last.Year - first.Year) * 12) + last.Month - first.Month,
    };
}
