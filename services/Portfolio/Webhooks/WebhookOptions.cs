using System.Net;
using ServiceDefaults;

namespace Portfolio.Webhooks;

/// <summary>Where messages may be sent and how long it is tried, at <c>Webhooks</c>.</summary>
internal sealed class WebhookOptions : IValidated
{
    public const string Section = "Webhooks";

    /// <summary>Whether this process sends; endpoints can be kept and messages put in line all the same.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>How many endpoints a user may have.</summary>
    public int MostPerUser { get; set; } = 20;

    /// <summary>An endpoint that has not answered for so long has failed.</summary>
    public int TimeoutSeconds { get; set; } = 15;

    /// <summary>Requests to one endpoint at the same time, for what just happened and for what waits already, each.</summary>
    public int AtOnce { get; set; } = 4;

    /// <summary>Requests that one process has under way.</summary>
    public int MostAtOnce { get; set; } = 256;

    /// <summary>An endpoint that failed for so long without a success is disabled.</summary>
    public int DisableAfterDays { get; set; } = 5;

    /// <summary>What was sent is listed for so long.</summary>
    public int KeepDays { get; set; } = 30;

    /// <summary>
    /// Hosts and networks (<c>10.0.0.0/8</c>) that may be sent to although they are private, without TLS too: receivers that run beside.
    /// </summary>
    public List<string> AllowedTargets { get; set; } = [];

    internal TimeSpan Timeout => TimeSpan.FromSeconds(TimeoutSeconds);

    public IEnumerable<string> Errors()
    {
        if (MostPerUser is < 1 or > 1_000) yield return "MostPerUser must be 1 to 1000.";
        if (TimeoutSeconds is < 1 or > 60) yield return "TimeoutSeconds must be 1 to 60.";
        if (AtOnce is < 1 or > 64) yield return "AtOnce must be 1 to 64.";
        if (MostAtOnce < 2 * AtOnce || MostAtOnce > 10_000) yield return "MostAtOnce must be at least twice AtOnce, and at most 10000.";
        if (DisableAfterDays is < 1 or > 365) yield return "DisableAfterDays must be 1 to 365.";
        if (KeepDays is < 1 or > 3_650) yield return "KeepDays must be 1 to 3650.";
        foreach (var target in AllowedTargets.Where(target => !IsTarget(target)))
            yield return $"AllowedTargets: '{target}' is neither a host name nor an IP address or network.";
    }

    private static bool IsTarget(string target) =>
        target.Contains('/', StringComparison.Ordinal) ? IPNetwork.TryParse(target, out _) : Uri.CheckHostName(target) != UriHostNameType.Unknown;
}
