using Testing;
using Xunit;

namespace Services.Messages;

/// <summary>A broker or a database that goes away costs time only; the processes stay up and go on by themselves.</summary>
public sealed class LosingServers : IAsyncLifetime
{
    private PrivateServers servers = null!;
    private NoteSystem system = null!;

    public async ValueTask InitializeAsync()
    {
        servers = await PrivateServers.Start();
        system = new NoteSystem(servers);
    }

    public async ValueTask DisposeAsync()
    {
        await system.DisposeAsync();
        await servers.DisposeAsync();
    }

    [Fact]
    public async Task everything_stored_meanwhile_arrives_once_the_servers_are_back()
    {
        var source = await system.StartSource();
        var reader = await system.StartReader();
        await NoteSystem.Tell(source, "before");
        await system.UntilApplied("before");

        await servers.KillRabbit();
        foreach (var node in new[] { source, reader })
            await Eventually.Get(node.Ready, ready => ready.Contains("degraded", StringComparison.Ordinal), "readiness shows it");
        await NoteSystem.Tell(source, "without a broker");
        // A process that starts without one waits for it.
        await using var late = await Node.Start("late", await system.ReaderDatabase(), servers.AmqpUri, _ => { });
        await servers.StartRabbit();
        await system.UntilApplied("before", "without a broker");
        await late.Connected();

        await servers.KillPostgres();
        await servers.StartPostgres();
        await Eventually.Is(
            async () =>
            {
                await NoteSystem.Tell(source, "after");
                return true;
            },
            "the source stores again");
        await system.UntilApplied("before", "without a broker", "after");
        await Eventually.Is(async () => (await reader.Ready()).Contains("{\"status\":\"ready\"", StringComparison.Ordinal),
            "the reader is ready again");
    }
}
