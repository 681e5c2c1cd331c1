using Yarp.ReverseProxy.Configuration;

namespace Gateway;

/// <summary>Which service answers what. Services map their endpoints at these very paths; what is not listed is not reachable from outside.</summary>
internal static class Routes
{
    public const string Wallets = "wallets";
    public const string Sync = "sync";
    public const string Portfolio = "portfolio";
    // A file of 20 MB and what a form has around it; the service says what it takes of that.
    private const long LargestUpload = 21L * 1024 * 1024;
    private const string CostKey = "cost";
    private const string StreamKey = "stream";
    private const string SocketPath = "/ws";

    public static IReadOnlyList<string> Services { get; } = [Wallets, Sync, Portfolio];

    private static readonly Entry[] Table =
    [
        new(Wallets, "/api/v1/users/{**rest}"),
        new(Wallets, "/api/v1/api-keys/{**rest}"),
        new(Wallets, "/api/v1/audit"),
        new(Wallets, "/api/v1/shares/{**rest}"),
        new(Wallets, "/api/v1/wallets"),
        new(Wallets, "/api/v1/wallets/{id}"),
        new(Wallets, "/api/v1/wallets/{id}/addresses/{**rest}"),
        new(Wallets, "/api/v1/wallets/{id}/sources/{**rest}", Cost: 5),
        new(Wallets, "/api/v1/inspect", "POST"),
        new(Wallets, "/api/v1/wallets/{id}/sync", "POST", Cost: 5),
        new(Wallets, "/api/v1/wallets/{id}/fetch", "POST", Cost: 5),
        new(Wallets, "/api/v1/wallets/{id}/sync", "DELETE", Cost: 5),
        new(Wallets, "/api/v1/wallets/import", "POST", Cost: 20, Upload: true),
        new(Wallets, "/api/v1/imports/{**rest}"),
        new(Wallets, "/api/v1/labels", "GET", Cost: 5),
        new(Wallets, "/api/v1/labels/import", "POST", Cost: 20, Upload: true),
        new(Wallets, "/api/v1/labels/transactions/{network}/{txid}"),
        new(Sync, "/api/v1/networks/{**rest}"),
        new(Sync, "/api/v1/wallets/{id}/sync", "GET"),
        new(Sync, "/api/v1/wallets/{id}/syncs/{**rest}"),
        new(Sync, "/api/v1/usage"),
        new(Sync, "/api/v1/issues/sync", "GET"),
        new(Sync, "/api/v1/addresses/{id}/utxos", "GET", Cost: 5),
        new(Portfolio, "/api/v1/wallets/{id}/balances/{**rest}"),
        new(Portfolio, "/api/v1/wallets/{id}/transactions/{**rest}"),
        new(Portfolio, "/api/v1/wallets/{id}/transactions.csv", "GET", Cost: 10),
        new(Portfolio, "/api/v1/export/transactions", "GET", Cost: 10),
        new(Portfolio, "/api/v1/wallets/{id}/history/{**rest}"),
        new(Portfolio, "/api/v1/wallets/{id}/statement", "GET", Cost: 5),
        new(Portfolio, "/api/v1/statement-keys", "GET"),
        new(Portfolio, "/api/v1/wallets/{id}/suggested-addresses", "GET", Cost: 5),
        new(Portfolio, "/api/v1/clusters/{**rest}", "GET", Cost: 5),
        new(Portfolio, "/api/v1/transactions"),
        new(Portfolio, "/api/v1/transactions/{chain}/{txid}"),
        new(Portfolio, "/api/v1/deposits/{**rest}"),
        // Counted from a user's whole history.
        new(Portfolio, "/api/v1/issues", "GET", Cost: 5),
        new(Portfolio, "/api/v1/portfolio/gains", Cost: 5),
        new(Portfolio, "/api/v1/portfolio/gains.csv", Cost: 5),
        new(Portfolio, "/api/v1/portfolio/performance", Cost: 5),
        new(Portfolio, "/api/v1/portfolio/history", Cost: 5),
        new(Portfolio, "/api/v1/portfolio/explain", Cost: 5),
        new(Portfolio, "/api/v1/portfolio/{**rest}"),
        new(Portfolio, "/api/v1/balances/{**rest}"),
        new(Portfolio, "/api/v1/assets/{**rest}"),
        new(Portfolio, "/api/v1/prices/{**rest}"),
        new(Portfolio, "/api/v1/currencies"),
        new(Portfolio, "/api/v1/shared", "GET", Cost: 10, ForShares: true),
        // What it costs to begin; nothing that comes by it costs more.
        new(Portfolio, "/api/v1/events", "GET", Cost: 5, IsStream: true),
        new(Portfolio, "/api/v1/events/history", "GET"),
        new(Portfolio, SocketPath, Cost: 5, IsStream: true),
        new(Portfolio, "/api/v1/webhooks/{**rest}"),
    ];

    /// <summary>The table as the proxy takes it.</summary>
    public static IReadOnlyList<RouteConfig> Configuration { get; } =
    [
        .. Table.Select((entry, index) => new RouteConfig
        {
            RouteId = $"{index}-{entry.Service}",
            ClusterId = entry.IsStream ? StreamsOf(entry.Service) : entry.Service,
            AuthorizationPolicy = entry.ForShares ? ServiceDefaults.Access.ForShares : null,
            MaxRequestBodySize = entry.Upload ? LargestUpload : null,
            Match = new RouteMatch { Path = entry.Path, Methods = entry.Method is { } method ? [method] : null },
            Metadata = new Dictionary<string, string>
            {
                [CostKey] = entry.Cost.ToString(System.Globalization.CultureInfo.InvariantCulture),
                [StreamKey] = entry.IsStream ? "yes" : "no",
            },
        }),
    ];

    /// <summary>Whether an operation of a service's OpenAPI document can be reached through the gateway.</summary>
    public static bool Publishes(string service, string path, string method) => Table.Any(entry =>
        entry.Service == service
        && (entry.Method is null || entry.Method.Equals(method, StringComparison.OrdinalIgnoreCase))
        && Covers(entry.Path.Split('/'), path.Split('/')));

    /// <summary>The same service for what lasts.</summary>
    public static string StreamsOf(string service) => $"{service}-streams";

    /// <summary>What a request to that endpoint takes from its key's allowance.</summary>
    public static int CostOf(Endpoint? endpoint) =>
        Told(endpoint, CostKey) is { } cost ? int.Parse(cost, System.Globalization.CultureInfo.InvariantCulture) : 1;

    /// <summary>Whether what is there lasts as long as the client likes.</summary>
    public static bool IsStream(Endpoint? endpoint) => Told(endpoint, StreamKey) == "yes";

    /// <summary>Whether it is a WebSocket.</summary>
    public static bool IsSocket(Endpoint? endpoint) =>
        endpoint?.Metadata.GetMetadata<Yarp.ReverseProxy.Model.RouteModel>()?.Config.Match.Path == SocketPath;

    private static string? Told(Endpoint? endpoint, string key) =>
        endpoint?.Metadata.GetMetadata<Yarp.ReverseProxy.Model.RouteModel>()?.Config.Metadata?.GetValueOrDefault(key);

    private static bool Covers(ReadOnlySpan<string> pattern, ReadOnlySpan<string> path)
    {
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i].StartsWith("{**", StringComparison.Ordinal))
                return true;
            if (i >= path.Length || !(pattern[i].StartsWith('{') || pattern[i].Equals(path[i], StringComparison.OrdinalIgnoreCase)))
                return false;
        }
        return pattern.Length == path.Length;
    }

    private sealed record Entry(
        string Service, string Path, string? Method = null, int Cost = 1, bool IsStream = false, bool Upload = false, bool ForShares = false);
}
