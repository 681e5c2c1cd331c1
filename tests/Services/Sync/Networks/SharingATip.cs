using EventSourcing;
using Postgres;
using Providers;
using Shouldly;
using Sync.Chains;
using Sync.Networks;
using Xunit;

namespace Services.Sync;

/// <summary>All slices of a network meet its one tip: they may not queue for it.</summary>
public sealed class SharingATip(SyncParts sync) : IClassFixture<SyncParts>
{
    private static readonly ChainTip Tip = new(100, "tip");
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);
    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task who_meets_the_tip_that_is_known_waits_for_nobody()
    {
        await using (var first = await sync.Store.BeginAsync(cancellation))
        {
            await MeetAsync(first);
            await first.CommitAsync(cancellation);
        }

        await using var one = await sync.Store.BeginAsync(cancellation);
        await MeetAsync(one);
        await using var other = await sync.Store.BeginAsync(cancellation);
        await other.Connection.ExecuteAsync("set local lock_timeout = '5s'", null, cancellation);
        await MeetAsync(other);
        await other.CommitAsync(cancellation);

        // That somebody told a lower one is noted, and forgotten with the next who tells the tip.
        await using var connection = await sync.Database.DataSource.OpenConnectionAsync(cancellation);
        await Should.ThrowAsync<ProviderException>(() => ChainTips.RefuseImplausibleAsync(
            connection, sync.Network.Named(null), new(99, "lower"), Now, cancellation));
        (await LowerSinceAsync()).ShouldBe(Now.UtcDateTime);
        await ChainTips.RefuseImplausibleAsync(connection, sync.Network.Named(null), Tip, Now, cancellation);
        (await LowerSinceAsync()).ShouldBeOfType<DBNull>();
    }

    private Task<object?> LowerSinceAsync() => sync.Execute("select lower_since from chain_tips where network = $1", SyncParts.Bitcoin);

    private async Task MeetAsync(Work work)
    {
        var known = await ChainTips.RefuseImplausibleAsync(work.Connection, sync.Network.Named(null), Tip, Now, cancellation);
        await ChainTips.AdvanceAsync(work, sync.Network.Network, Tip, known, Now, cancellation);
    }
}
