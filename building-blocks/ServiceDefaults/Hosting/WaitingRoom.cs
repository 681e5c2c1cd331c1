using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace ServiceDefaults;

/// <summary>
/// Answers in a service's place, at its addresses, while that waits for what it cannot start without: <c>/health/live</c> as
/// ever, <c>/health/ready</c> with what is waited for, everything else with 503.
/// </summary>
public sealed class WaitingRoom : IAsyncDisposable
{
    private readonly IConfiguration configuration;
    private readonly string check;
    private readonly CancellationTokenSource stop = new();
    private WebApplication? room;
    private volatile string waitsFor = "";

    private WaitingRoom(IConfiguration configuration, string check)
    {
        this.configuration = configuration;
        this.check = check;
    }

    /// <summary>
    /// Does what must be done before the service starts; whenever that says what it waits for, readiness says so under the
    /// check's name. False where the process was asked to stop meanwhile.
    /// </summary>
    public static async Task<bool> WhileAsync(WebApplication app, string check, Func<WaitingRoom, CancellationToken, Task> work)
    {
        await using var room = new WaitingRoom(app.Configuration, check);
        try
        {
            await work(room, room.stop.Token);
            return true;
        }
        catch (OperationCanceledException) when (room.stop.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Says what is waited for; opens the room with the first word.</summary>
    public async Task SayAsync(string what)
    {
        waitsFor = what;
        if (room is not null) return;

        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddConfiguration(configuration);
        builder.Logging.ClearProviders();
        builder.Services.AddHealthChecks().AddCheck(check, () => HealthCheckResult.Unhealthy(waitsFor));
        room = builder.Build();
        room.MapHealth();
        room.MapFallback(context =>
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers.RetryAfter = "1";
            return Task.CompletedTask;
        });
        room.Lifetime.ApplicationStopping.Register(stop.Cancel);
        await room.StartAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (room is not null) await room.DisposeAsync();
        stop.Dispose();
    }
}
