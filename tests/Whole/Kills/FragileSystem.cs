using ChainSimulator;
using Testing;
using Xunit;

namespace Whole.Kills;

/// <summary>One system for all tests that kill, purge and delete: each leaves it running for the next.</summary>
public sealed class FragileSystem : IAsyncLifetime
{
    private WholeSystem? whole;

    public WholeSystem Whole => whole ?? throw new InvalidOperationException("The system is not started yet.");

    public async ValueTask InitializeAsync() => whole = await WholeSystem.Start(system =>
    {
        // Short slices, so that a kill finds every phase; one at a time and few messages on their way, so that a purge finds some in the queues.
        system.Settings["sync"] = new()
        {
            ["Sync__SliceSeconds"] = "1",
            // Longer than any test waits: what goes on after a crash does so because the broker hands it out again.
            ["Sync__AnswerSeconds"] = "600",
            ["Sync__RetrySeconds"] = "1",
            ["Sync__SlicesAtOnce"] = "1",
            ["RabbitMq__InboxPrefetch"] = "1",
            // A gate holds requests for as long as a test needs it.
            ["Chains__bitcoin__Providers__0__TimeoutSeconds"] = "120",
        };
        // What makes good for lost messages, and what sees deleted wallets out, comes round more often than in production.
        system.Settings["portfolio"] = new() { ["RabbitMq__InboxPrefetch"] = "1", ["Messaging__PullEvery"] = "00:00:03" };
        system.Settings["wallets"] = new() { ["Erasing__LongestPause"] = "00:00:02" };
    });

    /// <summary>Mends what an earlier test left broken, which must not break this one.</summary>
    public async Task UntilWhole()
    {
        await new SimulatorClient(Whole.Script).ClearFaultsAsync(TestContext.Current.CancellationToken);
        await Task.WhenAll(Whole.Processes.Where(process => !process.IsRunning).Select(process => process.Start()));
    }

    public ValueTask DisposeAsync() => whole?.DisposeAsync() ?? ValueTask.CompletedTask;
}

/// <summary>Tests that share a system they break, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class KillsCollection : ICollectionFixture<FragileSystem>
{
    public const string Name = "kills";
}
