using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using ServiceDefaults;

namespace Gateway;

/// <summary>
/// <c>/api/v1/health</c>: whether the whole answers, service by service. Open to all, so the services are asked at most
/// once a second.
/// </summary>
internal sealed class SystemHealth(IHttpClientFactory clients, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private readonly SemaphoreSlim asking = new(1);
    private volatile Reading? last;

    public static void Map(IEndpointRouteBuilder app)
    {
        foreach (var path in (string[])["/api/v1/health", "/api/v1/health/ready"])
            app.MapGet(path, ReadyAsync)
                .WithSummary("Whether every service is ready, one by one.")
                .WithDescription("Open to all and free. 503 says that something is not ready, with the same body.")
                .Produces<HealthView>()
                .Produces<HealthView>(StatusCodes.Status503ServiceUnavailable)
                .AllowAnonymous();
        app.MapGet("/api/v1/health/live", () => TypedResults.Ok(new GatewayHealthView("live", Release.Version)))
            .WithSummary("Whether the gateway answers.")
            .WithDescription("Open to all and free; asks nobody else.").AllowAnonymous();
    }

    public void Dispose() => asking.Dispose();

    private static async Task<IResult> ReadyAsync(SystemHealth health, CancellationToken ct)
    {
        var state = await health.ReadAsync(ct);
        return Results.Json(state, statusCode: state.Status == "ready" ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    private async Task<HealthView> ReadAsync(CancellationToken ct)
    {
        if (last is { } recent && time.GetElapsedTime(recent.At) < MaxAge)
            return recent.State;
        await asking.WaitAsync(ct);
        try
        {
            if (last is { } meanwhile && time.GetElapsedTime(meanwhile.At) < MaxAge)
                return meanwhile.State;
            var services = await Task.WhenAll(Routes.Services.Select(service => AskAsync(service, ct)));
            var ready = services.All(service => service.Status == "ready");
            var state = new HealthView(ready ? "ready" : "unavailable", Release.Version, services);
            last = new Reading(state, time.GetTimestamp());
            return state;
        }
        finally
        {
            asking.Release();
        }
    }

    private async Task<ServiceHealthView> AskAsync(string name, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Patience);
        try
        {
            using var client = clients.CreateClient(name);
            using var answer = await client.GetAsync("/health/ready", limit.Token);
            var told = await answer.Content.ReadFromJsonAsync<ServiceAnswer>(ApiJson.Options, limit.Token);
            return new ServiceHealthView(name, answer.IsSuccessStatusCode ? "ready" : "unavailable", told?.Version);
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException
            || exception is OperationCanceledException && !ct.IsCancellationRequested)
        {
            return new ServiceHealthView(name, "unreachable", null);
        }
    }

    private sealed record ServiceAnswer(string? Version);

    private sealed record Reading(HealthView State, long At);

    internal sealed record HealthView(
        [property: Description("Whether all of it is ready."), AllowedValues("ready", "unavailable")] string Status,
        [property: Description("The gateway's release, which is also in the header Software-Version.")] string Version,
        [property: Description("Each service behind the gateway.")] IReadOnlyList<ServiceHealthView> Services);

    internal sealed record ServiceHealthView(
        [property: Description("The service."), AllowedValues(Routes.Wallets, Routes.Sync, Routes.Portfolio)] string Name,
        [property: Description("`unavailable` where it answers and is not ready."), AllowedValues("ready", "unavailable", "unreachable")]
        string Status,
        [property: Description("The service's release; null where it does not answer.")] string? Version);

    internal sealed record GatewayHealthView([property: Description("Always the same: that it answers is what counts."),
        AllowedValues("live")] string Status, [property: Description("The gateway's release.")] string Version);
}
