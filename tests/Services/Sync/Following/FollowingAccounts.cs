using ChainSimulator.Evm;
using ChainSimulator.Serving;
using Messaging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Shouldly;
using Sync;
using Sync.Following;
using Sync.Networks;
using Testing;
using Xunit;

namespace Services.Sync;

/// <summary>Followers of chains of accounts: by whatever a block touches an account, and through feeds that tell of blocks by themselves.</summary>
public sealed class FollowingAccounts(EvmParts sync) : IClassFixture<EvmParts>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);
    private static readonly string Token = EvmProvider.Account("followed token");
    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_payment_a_token_and_a_withdrawal_touch_and_the_ledger_is_the_truth()
    {
        var account = EvmProvider.Account("followed");
        var stranger = EvmProvider.Account("stranger");
        await sync.Script.KnowAsync(new(EvmParts.Ethereum, Token, "FLW", 6), ct);
        await sync.Script.MineEvmAsync(new(EvmParts.Ethereum, [new EvmTransaction(stranger, account, "1000000000000000000")]), ct);
        var (wallet, address) = await sync.Track(account);
        await sync.Sync(wallet);
        var follower = sync.Follower(network: EvmParts.Ethereum);
        await follower.Look();
        await sync.Sync(wallet);
        (await sync.FollowerState(EvmParts.Ethereum)).Coverage.ShouldBe(Coverage.Part);

        foreach (var block in (EvmMine[])
        [
            new(EvmParts.Ethereum, [new EvmTransaction(stranger, account, "7")]),
            new(EvmParts.Ethereum, [new EvmTransaction(stranger, Token, Input: "0xa9059cbb", Moves: [new(Token, stranger, account, "25000000")])]),
            new(EvmParts.Ethereum, [new EvmTransaction(account, stranger, "3")]),
            new(EvmParts.Ethereum, Gifts: [new EvmGift(account, "1000000000")]),
        ])
        {
            await sync.Script.MineEvmAsync(block, ct);
            await follower.Look();
            (await sync.Execute("select touched_at > checked_at from ledgers where address = $1", address)).ShouldBe(true);
            await sync.Check(wallet);
            await sync.ShouldBeTrueOf(account, address);
        }

        await sync.Script.MineEvmAsync(new(EvmParts.Ethereum, [new EvmTransaction(stranger, EvmProvider.Account("somebody"), "7")]), ct);
        await follower.Look();
        (await sync.Execute("select touched_at > checked_at from ledgers where address = $1", address)).ShouldBe(false);

        await sync.Script.ReorganiseEvmAsync(new(EvmParts.Ethereum, 3), ct);
        await follower.Look();
        (await sync.Execute("select touched_at > checked_at from ledgers where address = $1", address)).ShouldBe(true);
        await sync.Check(wallet);
        await sync.ShouldBeTrueOf(account, address);
    }

    [Fact]
    public async Task two_candidates_follow_once_and_one_goes_on_where_the_other_ends()
    {
        var account = EvmProvider.Account("followed by two");
        var (wallet, address) = await sync.Track(account);
        await sync.Sync(wallet);
        using var one = Service();
        using var other = Service();
        await one.StartAsync(ct);
        await Eventually.Is(AtTheTip, "the first one follows", Soon);
        await other.StartAsync(ct);

        await Pay(1);
        await Eventually.Is(AtTheTip, "a block is taken", Soon);
        await one.StopAsync(ct);
        await Pay(2);
        await Eventually.Is(AtTheTip, "the second one goes on", Soon);
        await other.StopAsync(ct);
        await sync.Sync(wallet);
        await sync.ShouldBeTrueOf(account, address);
        await sync.ShouldHoldNoEventTwice();

        Task Pay(int value) => sync.Script.MineEvmAsync(
            new(EvmParts.Ethereum, [new EvmTransaction(EvmProvider.Account("stranger"), account, $"{value}")]), ct);
    }

    [Fact]
    public async Task a_pushed_block_is_taken_long_before_it_would_be_asked_for_and_a_silent_feed_is_noticed()
    {
        // On a network that nobody follows here: how many blocks it takes is up to the moment, and would be missed by the others.
        const string network = "bsc";
        var heard = 0;
        var feed = new PushedHeads(network, "etherscan", new Uri(sync.Script.EvmPushUrl(network)),
            () => Interlocked.Increment(ref heard), TimeProvider.System, NullLogger.Instance);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var listening = feed.ListenAsync(stop.Token);
        await Eventually.Is(async () =>
        {
            await sync.Script.MineEvmAsync(new(network), ct);
            return heard > 0;
        }, "a block is heard of", Soon);
        feed.Found().ShouldBeFalse("it was told");

        await sync.Script.SetFaultAsync(new(FaultKind.Silent), ct);
        await sync.Script.MineEvmAsync(new(network, Blocks: 3), ct);
        // Of the third block that is found by asking, whether or not the one before these was.
        new[] { feed.Found(), feed.Found(), feed.Found() }.Count(isSilent => isSilent).ShouldBe(1);
        await sync.Script.ClearFaultsAsync(ct);
        var before = heard;
        await Eventually.Is(async () =>
        {
            await sync.Script.MineEvmAsync(new(network), ct);
            return heard > before;
        }, "it is opened anew and heard again", Soon);
        await stop.CancelAsync();
        await listening;
    }

    [Fact]
    public async Task blocks_that_are_told_of_are_followed_at_once()
    {
        var account = EvmProvider.Account("told of by push");
        var (wallet, address) = await sync.Track(account);
        await sync.Sync(wallet);
        var options = sync.Chains.Value[EvmParts.Ethereum].Providers[0];
        options.Push = sync.Script.EvmPushUrl(EvmParts.Ethereum);
        try
        {
            using var service = Service(pollSeconds: 600);
            await service.StartAsync(ct);
            await Eventually.Is(AtTheTip, "it follows", Soon);
            // Polls are twelve seconds apart: no five blocks in a row would be found by them so soon. The feed may not be open at first.
            await Eventually.Is(async () =>
            {
                for (var n = 0; n < 5; n++)
                {
                    await sync.Script.MineEvmAsync(
                        new(EvmParts.Ethereum, [new EvmTransaction(EvmProvider.Account("stranger"), account, "4")]), ct);
                    await Eventually.Is(AtTheTip, "it is taken as soon as it is told of", TimeSpan.FromSeconds(3));
                }

                return true;
            }, "five blocks in a row are taken at once", TimeSpan.FromMinutes(2));
            await service.StopAsync(ct);
        }
        finally
        {
            options.Push = null;
        }

        await sync.Sync(wallet);
        await sync.ShouldBeTrueOf(account, address);
    }

    [Fact]
    public async Task a_follower_that_is_late_has_its_addresses_checked_at_the_usual_pace_at_once()
    {
        var account = EvmProvider.Account("late");
        var (wallet, _) = await sync.Track(account);
        await sync.Sync(wallet);
        await sync.Follower(network: EvmParts.Ethereum).Look();
        await sync.Execute("update followers set caught_up_at = now() - interval '1 hour', late_since = null");
        await sync.Execute("update wallet_syncs set due_at = now() + interval '30 minutes' where correlation_id = $1", wallet);
        using var fast = new FollowerWatch(sync.Database.DataSource, sync.Store, sync.Adapters, Options.Create(new SyncOptions { CheckSeconds = 8 }),
            new DueSignal(), TimeProvider.System, NullLogger<FollowerWatch>.Instance);
        await fast.StartAsync(ct);
        await Eventually.Is(async () => await sync.Execute(
            "select late_since is not null from followers where network = $1", EvmParts.Ethereum) is true, "it is late", Soon);
        await fast.StopAsync(ct);
        (await sync.Execute("select due_at <= now() from wallet_syncs where correlation_id = $1", wallet)).ShouldBe(true);

        await sync.Script.MineEvmAsync(new(EvmParts.Ethereum), ct);
        await sync.Follower(network: EvmParts.Ethereum).Look();
        (await sync.FollowerState(EvmParts.Ethereum)).LateSince.ShouldBeNull();
    }

    private async Task<bool> AtTheTip()
    {
        var tip = await sync.Script.EvmTruthAsync(EvmParts.Ethereum, EvmProvider.Account("nobody"), ct);
        return (await sync.FollowerState(EvmParts.Ethereum)).Hash == tip.TipHash;
    }

    private FollowService Service(int pollSeconds = 1) => new(
        sync.Adapters, sync.Database.DataSource, sync.Store, new Leases(sync.Database.DataSource, TimeProvider.System, NullLogger<Leases>.Instance),
        sync.Budgets, sync.Chains, Options.Create(new SyncOptions { Follow = new() { MostPollSeconds = pollSeconds, MempoolSeconds = 0 } }),
        new DueSignal(), TimeProvider.System, NullLoggerFactory.Instance);
}
