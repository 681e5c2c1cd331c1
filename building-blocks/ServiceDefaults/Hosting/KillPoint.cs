using System.Diagnostics;

namespace ServiceDefaults;

/// <summary>
/// A named place where a test may have the process killed: <c>KILL_AT=name:n</c> ends it with SIGKILL when the place is
/// reached for the n-th time, in the environment <c>Testing</c> only.
/// </summary>
public static class KillPoint
{
    private const string Variable = "KILL_AT";
    private static readonly Target? Armed = IsTesting ? Parse(Environment.GetEnvironmentVariable(Variable)) : null;
    private static int reached;

    /// <summary>Says that the place was reached. Costs one comparison when nothing is armed.</summary>
    public static void Reach(string name)
    {
        if (Armed is null || Armed.Name != name || Interlocked.Increment(ref reached) != Armed.Count)
            return;
        using var self = Process.GetCurrentProcess();
        self.Kill();
        // The signal may take a moment; nothing after this point may happen meanwhile.
        Thread.Sleep(Timeout.Infinite);
    }

    /// <summary>Why the service must not start with the variable as it is set, or null.</summary>
    internal static string? Refusal()
    {
        var value = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrEmpty(value))
            return null;
        if (!IsTesting)
            return $"{Variable} is a test's variable; it is refused outside the environment Testing.";
        return Parse(value) is null ? $"{Variable} must be name:n with n from 1." : null;
    }

    private static bool IsTesting =>
        "Testing" == (Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT") ?? Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT"));

    private static Target? Parse(string? value) =>
        value?.LastIndexOf(':') is > 0 and var colon && int.TryParse(value.AsSpan(colon + 1), out var count) && count > 0
            ? new Target(value[..colon], count)
            : null;

    private sealed record Target(string Name, int Count);
}
