namespace Providers;

/// <summary>The statuses by which providers refuse what is beyond their limits, and how long they are left alone where they do not say.</summary>
public static class Refusals
{
    // Those from 430 on are Blockchair's. Whoever goes on asking beyond a quota is blocked.
    private static readonly Dictionary<int, (string Reason, TimeSpan Wait)> ByStatus = new()
    {
        [402] = ("quota used up", TimeSpan.FromMinutes(15)),
        [429] = ("rate limited", TimeSpan.FromSeconds(30)),
        [430] = ("blocked for a while", TimeSpan.FromHours(1)),
        [434] = ("blocked for a while", TimeSpan.FromHours(1)),
        [435] = ("rate limited", TimeSpan.FromSeconds(30)),
        [436] = ("rate limited", TimeSpan.FromSeconds(30)),
        [437] = ("rate limited", TimeSpan.FromSeconds(30)),
    };

    /// <summary>The same statuses, as outcomes of requests are counted.</summary>
    public static string[] Outcomes { get; } = [.. ByStatus.Keys.Select(status => $"{status}")];

    /// <summary>Null where the status is none of them.</summary>
    public static (string Reason, TimeSpan Wait)? Of(int status) => ByStatus.TryGetValue(status, out var limit) ? limit : null;
}
