using Testing;
using Xunit;

namespace Whole.Kills;

/// <summary>One system for all tests that kill, purge and delete: each leaves it running for the next.</summary>
public sealed class FragileSystem : IAsyncLifetime
{
    /// <summary>A wait that only ends by a time-out lasts as long as in production, so that it shows in the figures.</summary>
    public const int AnswerSeconds = 30;

    private WholeSystem? whole;

    public WholeSystem Whole => whole ?? throw new InvalidOperationException("The system is not started yet.");

    public async ValueTask InitializeAsync() => whole = await WholeSystem.Start(system =>
    {
        // Short slices, so that a kill finds every phase; one at a time and few messages on their way, so that a purge finds some in the queues.
        system.Settings["sync"] = new()
        {
            ["Sync__SliceSeconds"] = "1",
            ["Sync__AnswerSeconds"] = $"{AnswerSeconds}",
            ["Sync__RetrySeconds"] = "1",
            ["Sync__SlicesAtOnce"] = "1",
            ["RabbitMq__InboxPrefetch"] = "1",
            // A gate holds requests for as long as a test needs it.
            ["Chains__bitcoin__Providers__0__TimeoutSeconds"] = "120",
        };
        system.Settings["portfolio"] = new() { ["RabbitMq__InboxPrefetch"] = "1" };
    });

    /// <summary>Starts what an earlier test left dead.</summary>
    public Task UntilWhole() => Task.WhenAll(Whole.Processes.Where(process => !process.IsRunning).Select(process => process.Start()));

    public ValueTask DisposeAsync() => whole?.DisposeAsync() ?? ValueTask.CompletedTask;
}

/// <summary>Tests that share a system they break, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class KillsCollection : ICollectionFixture<FragileSystem>
{
    public const string Name = "kills";
}
