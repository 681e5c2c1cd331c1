using System.Globalization;
using System.Runtime.CompilerServices;

namespace Benchmarks;

/// <summary>What is said of many measured values.</summary>
internal static class Figures
{
    /// <summary>How numbers are written.</summary>
    public static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>Tells a line.</summary>
    public static void Say(IFormatProvider how, [InterpolatedStringHandlerArgument(nameof(how))] ref DefaultInterpolatedStringHandler line) =>
        Console.WriteLine(string.Create(how, ref line));

    /// <summary>The least of the values that so many in a hundred do not exceed.</summary>
    public static double Percentile(IEnumerable<double> values, int percent)
    {
        var sorted = values.Order().ToList();
        return sorted[Math.Max(0, (int)Math.Ceiling(sorted.Count * percent / 100d) - 1)];
    }
}
