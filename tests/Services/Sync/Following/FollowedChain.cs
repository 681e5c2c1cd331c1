using Messaging;
using Microsoft.Extensions.Logging.Abstractions;
using Sync;
using Sync.Following;
using Sync.Networks;
using Sync.Walks;
using Xunit;

namespace Services.Sync;

/// <summary>A follower of a fixture's chain, which looks when the test says so; the test plays the sagas.</summary>
internal static class FollowedChain
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static SyncOptions Options(int mostBlocks = 500, int tail = 500) =>
        new() { Follow = new FollowOptions { MostBlocks = mostBlocks, TailBlocks = tail } };

    public static Follower Follower(this SyncParts sync, SyncOptions? options = null, string network = SyncParts.Bitcoin) => new(
        sync.Adapters.Find(network)!, sync.Database.DataSource, sync.Store, options ?? Options(), new DueSignal(), TimeProvider.System,
        NullLogger.Instance);

    /// <summary>The follower looks once, holding its lease.</summary>
    public static Task<bool> Look(this Follower follower) => follower.LookAsync((_, _) => Task.CompletedTask, Cancellation);

    public static async Task<FollowerState> FollowerState(this SyncParts sync, string network = SyncParts.Bitcoin)
    {
        await using var connection = await sync.Database.DataSource.OpenConnectionAsync(Cancellation);
        return (await Followers.FindAsync(connection, network, Cancellation))!;
    }

    /// <summary>No follower was there before, and no address of other tests is.</summary>
    public static async Task Unfollow(this SyncParts sync)
    {
        await sync.Execute("delete from followers");
        await sync.Execute("delete from follower_blocks");
    }

    /// <summary>The addresses that are due because a block touched them.</summary>
    public static async Task<string[]> Touched(this SyncParts sync) => (string[])(await sync.Execute(
        "select coalesce(array_agg(address order by address), '{}')::text[] from ledgers where touched_at > checked_at"))!;

    /// <summary>Carries out what is due of the wallet.</summary>
    public static Task<IReadOnlyList<SliceAnswer>> Check(this SyncParts sync, Guid wallet) => sync.Sync(wallet, Triggers.Block);
}
