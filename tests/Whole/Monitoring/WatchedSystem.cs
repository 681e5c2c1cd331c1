using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using ChainSimulator;
using ChainSimulator.Serving;
using Shouldly;
using Testing;
using Xunit;

namespace Whole.Monitoring;

/// <summary>
/// The system with a Prometheus that asks it every second, after something has happened in it: addresses of two networks
/// were synced, read by their owner, and a provider refused for a while.
/// </summary>
public sealed class WatchedSystem : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly string folder = Directory.CreateTempSubdirectory("prometheus-").FullName;
    private readonly int port = FreePort.Next();
    private readonly int gatewayMetrics = FreePort.Next();
    private readonly int brokerMetrics = FreePort.Next();
    private WholeSystem? system;
    private Process? prometheus;
    private HttpClient? http;

    /// <summary>From when on there is something to be shown.</summary>
    public DateTimeOffset Began { get; } = DateTimeOffset.UtcNow;

    public async ValueTask InitializeAsync()
    {
        system = await WholeSystem.Start(Configure);
        prometheus = StartPrometheus();
        http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        await Eventually.Is(async () => (await QueryAsync("sum(up)"))[0].GetProperty("value")[1].GetString() == "5",
            "Prometheus reaches the four services and the broker", Patience);
        await LetThingsHappenAsync();
    }

    /// <summary>What the page of a service says.</summary>
    public async Task<string> PageAsync(string service)
    {
        var address = service == "gateway" ? new Uri($"http://127.0.0.1:{gatewayMetrics}") : system!.AddressOf(service);
        return await http!.GetStringAsync(new Uri(address, "/metrics"), TestContext.Current.CancellationToken);
    }

    /// <summary>The series that a query returns now; one that Prometheus refuses fails.</summary>
    public async Task<IReadOnlyList<JsonElement>> QueryAsync(string expr) => await ResultAsync($"query?query={Uri.EscapeDataString(expr)}");

    /// <summary>The series that it returns for the time since the beginning.</summary>
    public async Task<IReadOnlyList<JsonElement>> QuerySinceBeginningAsync(string expr) => await ResultAsync(
        $"query_range?query={Uri.EscapeDataString(expr)}&start={Began.ToUnixTimeSeconds()}&end={DateTimeOffset.UtcNow.ToUnixTimeSeconds()}&step=2");

    /// <summary>The rules as Prometheus has read them.</summary>
    public async Task<IReadOnlyList<JsonElement>> RulesAsync() =>
        [.. (await AskAsync("rules")).GetProperty("groups").EnumerateArray().SelectMany(group => group.GetProperty("rules").EnumerateArray())];

    public async ValueTask DisposeAsync()
    {
        http?.Dispose();
        if (prometheus is { HasExited: false }) prometheus.Kill();
        prometheus?.Dispose();
        if (system is not null) await system.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private void Configure(WholeSystem system)
    {
        system.ServerSettings["BROKER_METRICS_PORT"] = $"{brokerMetrics}";
        system.Settings["gateway"] = new()
        {
            ["ASPNETCORE_URLS"] = $"{system.AddressOf("gateway")};http://127.0.0.1:{gatewayMetrics}",
            ["Telemetry__MetricsPort"] = $"{gatewayMetrics}",
        };
        const string second = "Chains__bitcoin__Providers__1__";
        system.Settings["sync"] = new()
        {
            ["Sync__CheckSeconds"] = "10",
            ["Sync__FollowedCheckSeconds"] = "10",
            ["Sync__PartlyFollowedCheckSeconds"] = "10",
            ["Sync__Follow__MostPollSeconds"] = "1",
            ["Sync__RetrySeconds"] = "1",
            [second + "Name"] = "second",
            [second + "Kind"] = "blockchain-info",
            [second + "BaseUrl"] = new Uri(system.AddressOf("simulator"), "/second/bitcoin/api").ToString(),
            [second + "RequestsPerSecond"] = "0",
            ["Budgets__second__PerDay"] = "100000",
            ["Budgets__second__PerMonth"] = "1000000",
        };
        // As the demo is told prices.
        system.Settings["portfolio"] = system.SimulatedPrices();
        system.Settings["portfolio"]["Prices__LatestSeconds"] = "10";
    }

    private Process StartPrometheus()
    {
        var targets = ((string[])["wallets", "sync", "portfolio"]).Select(service => $"{service}=127.0.0.1:{system!.AddressOf(service).Port}");
        var start = new ProcessStartInfo(Path.Combine(Repository.Root, "deploy", "local", "monitoring.sh"),
            ["run", folder, $"{port}", $"gateway=127.0.0.1:{gatewayMetrics}", $"rabbitmq=127.0.0.1:{brokerMetrics}", .. targets]);
        start.Environment["SCRAPE_EVERY"] = "1s";
        return Process.Start(start)!;
    }

    private async Task LetThingsHappenAsync()
    {
        var (cancellation, script) = (TestContext.Current.CancellationToken, new SimulatorClient(system!.Script));
        using var user = await system.NewUser();
        var wallet = await user.CreateWallet();
        foreach (var network in (string[])["bitcoin", "bitcoin-testnet"])
        {
            foreach (var address in await script.CreateAsync(new(network, 120), cancellation)) await user.Import(wallet, address, network);
        }

        await user.UntilVerified(wallet);
        // Somebody listens, and a webhook fails: its host is this machine's own.
        using var listening = await user.Http.GetAsync("/api/v1/events", HttpCompletionOption.ResponseHeadersRead, cancellation);
        using var failing = await user.Http.PostAsJsonAsync("/api/v1/webhooks", new { url = "https://localhost:1/hooks" }, cancellation);
        failing.EnsureSuccessStatusCode();
        // A reorganisation of blocks that were followed: those that lie there when a follower begins are none of them.
        await Eventually.Is(
            async () => await IsAboveAsync("""max(sync_follower_height{network="bitcoin"})""", 0), "a follower has begun", Patience);
        var tip = await script.MineAsync(new("bitcoin", 3), cancellation);
        await Eventually.Is(
            async () => await IsAboveAsync("""max(sync_follower_height{network="bitcoin"})""", tip.Height - 1), "blocks are followed", Patience);
        await script.ReorganiseAsync(new("bitcoin", 2), cancellation);
        await Eventually.Is(async () => await IsAboveAsync("sum(sync_follower_reorganisation_depth_count)", 0), "it is noticed", Patience);
        await user.UntilVerified(wallet);
        await script.SetFaultAsync(new(FaultKind.RateLimit, RetryAfterSeconds: 1), cancellation);
        await user.Resync(wallet);
        await Eventually.Is(async () => await IsAboveAsync("sum(sync_provider_refusals_total)", 0), "a provider refused", Patience);
        await script.ClearFaultsAsync(cancellation);
        await Eventually.Is(
            async () =>
            {
                // Read while it goes on, so that rates have something to be of.
                await user.Get($"/api/v1/wallets/{wallet}/balances");
                await user.Get($"/api/v1/wallets/{wallet}/transactions?limit=5");
                return await IsAboveAsync("""min(sum by (outcome) (sync_runs_total{outcome="completed"}))""", 1);
            },
            "the run that was asked for is over", Patience);
        await user.UntilVerified(wallet);
        await Eventually.Is(
            async () => await IsAboveAsync("sum(portfolio_feed_sent_total)", 0) && await IsAboveAsync("sum(webhooks_attempts_total)", 0),
            "it is told", Patience);
    }

    private async Task<bool> IsAboveAsync(string expr, double value) =>
        await QueryAsync(expr) is [var series] && double.Parse(series.GetProperty("value")[1].GetString()!, provider: null) > value;

    private async Task<IReadOnlyList<JsonElement>> ResultAsync(string path) => [.. (await AskAsync(path)).GetProperty("result").EnumerateArray()];

    private async Task<JsonElement> AskAsync(string path)
    {
        using var response = await http!.GetAsync(new Uri($"/api/v1/{path}", UriKind.Relative), TestContext.Current.CancellationToken);
        var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
        answer.GetProperty("status").GetString().ShouldBe("success", $"{path}: {answer}");
        return answer.GetProperty("data");
    }
}
