using ChainSimulator;
using Microsoft.AspNetCore.Builder;
using Xunit;

namespace Services.Simulator;

/// <summary>The simulator on a port of its own; every test begins with an empty world.</summary>
public sealed class RunningSimulator : IAsyncLifetime
{
    private readonly WebApplication app = SimulatorApp.Build("--urls", "http://127.0.0.1:0");

    public HttpClient Http { get; } = new();

    public SimulatorClient Script { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await app.StartAsync();
        Http.BaseAddress = new Uri(app.Urls.Single());
        Script = new(Http);
    }

    public async ValueTask DisposeAsync()
    {
        await Script.ClearFaultsAsync(CancellationToken.None);
        Http.Dispose();
        await app.DisposeAsync();
    }
}
