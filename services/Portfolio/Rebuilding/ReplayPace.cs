using System.Globalization;

namespace Portfolio.Rebuilding;

/// <summary>
/// How fast a log is replayed and what is left of it. Positions are events, one after the other, but for the leap that a
/// restored log makes to positions it never used; nothing is reported that would count the leap's as events.
/// </summary>
internal sealed class ReplayPace(long from)
{
    /// <summary>More than any page of a feed holds.</summary>
    private const long MostAtOnce = 1_000;

    /// <summary>More than a log holds between two restores; a leap is to the present time in microseconds.</summary>
    private const long MostInOneLife = 1_000_000_000;

    private long readTo = from;
    private long read;

    /// <summary>A step has ended there.</summary>
    public void Reached(long position)
    {
        read += Math.Min(position - readTo, MostAtOnce);
        readTo = position;
    }

    /// <summary>Where it is and how fast it goes; how much of the whole, and how long it takes still, where that can be known.</summary>
    public string Describe(long goal, TimeSpan elapsed)
    {
        var rate = read / elapsed.TotalSeconds;
        var share = goal <= MostInOneLife ? string.Create(CultureInfo.InvariantCulture, $" ({readTo * 100.0 / goal:0} %)") : "";
        var left = goal - readTo <= MostInOneLife
            ? string.Create(CultureInfo.InvariantCulture, $", {Math.Ceiling((goal - readTo) / Math.Max(rate, 1)):N0} s left")
            : "";
        return string.Create(CultureInfo.InvariantCulture, $"{readTo:N0} of {goal:N0}{share}, {rate:N0} positions/s{left}");
    }
}
