using System.Diagnostics;
using ChainSimulator.Serving;
using Chains;
using Contracts;
using Providers;
using Shouldly;
using Sync.Following;
using Sync.Ledgers;
using Sync.Networks;
using Sync.Walks;
using Xunit;

namespace Services.Sync;

/// <summary>One follower of a chain of coins: what its blocks touch is checked, nothing else is, and nothing is passed over.</summary>
public sealed class FollowingBlocks(SyncParts sync) : IClassFixture<SyncParts>
{
    // More than that many addresses make it cheaper to read a block than to ask for each.
    private const int Several = 3;

    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_block_has_checked_what_it_touches_and_nothing_else()
    {
        var (wallet, addresses) = await Followed();
        await sync.Script.ResetCountersAsync(ct);

        await sync.Mine(1, 2, addresses[1]);
        (await sync.Follower().Look()).ShouldBeTrue();

        (await sync.Touched()).ShouldBe([addresses[1]]);
        (await sync.FollowerState()).Coverage.ShouldBe(Coverage.Whole);
        (await sync.Execute("select count(*) from wallet_syncs where due_at <= now() and correlation_id = $1", wallet)).ShouldBe(1L);
        var answers = await sync.Check(wallet);
        answers.Count.ShouldBe(1, "one address is checked");
        foreach (var address in addresses) await sync.ShouldBeTrue(address);
    }

    [Fact]
    public async Task a_block_that_touches_nobody_moves_the_place_only()
    {
        await Followed();
        var tip = await sync.Mine(2);
        await sync.Follower().Look();
        (await sync.Touched()).ShouldBeEmpty();
        var state = await sync.FollowerState();
        (state.Height, state.Hash, state.TipHeight).ShouldBe((tip.Height, tip.Hash, tip.Height));
        (await sync.Execute("select asked_at > advanced_at from followers")).ShouldNotBe(true);
    }

    [Fact]
    public async Task looking_again_at_the_same_tip_says_that_it_stands_there()
    {
        await Followed();
        var before = await sync.FollowerState();
        await sync.Follower().Look();
        var state = await sync.FollowerState();
        state.CaughtUpAt.ShouldBeGreaterThan(before.CaughtUpAt);
        (state.Height, state.AdvancedAt).ShouldBe((before.Height, before.AdvancedAt));
    }

    [Fact]
    public async Task reorganisations_of_any_depth_end_with_the_truth()
    {
        var (wallet, addresses) = await Followed();
        await sync.Mine(25, 4, [.. addresses]);
        for (var n = 0; n < 24; n++) await sync.Mine(1, 1, addresses[n % addresses.Count]);
        await sync.Follower().Look();
        await sync.Check(wallet);
        for (var depth = 1; depth <= 20; depth++)
        {
            var moved = await sync.Script.ReorganiseAsync(
                new(SyncParts.Bitcoin, depth, DropPercent: 20, MovePercent: 30, ReplacePercent: 15, UnconfirmPercent: 10, Addresses: addresses,
                    Transactions: 2, Seed: (ulong)depth), ct);
            await sync.Follower().Look();
            // A second look where the first one only went back.
            await sync.Follower().Look();
            (await sync.FollowerState()).Hash.ShouldBe(moved.TipHash, $"{depth} deep");
            await sync.Check(wallet);
            foreach (var address in addresses) await sync.ShouldBeTrue(address);
            await sync.Script.ReleaseAsync(new(SyncParts.Bitcoin), ct);
            await sync.Mine(1);
            await sync.Follower().Look();
            await sync.Check(wallet);
            foreach (var address in addresses) await sync.ShouldBeTrue(address);
        }

        await sync.ShouldHoldNoEventTwice();
    }

    [Fact]
    public async Task a_reorganisation_to_a_shorter_chain_is_one_all_the_same()
    {
        var (wallet, addresses) = await Followed();
        for (var n = 0; n < 6; n++) await sync.Mine(1, 1, addresses[0]);
        await sync.Follower().Look();
        await sync.Check(wallet);
        var moved = await sync.Script.ReorganiseAsync(new(SyncParts.Bitcoin, 5, Blocks: 3, DropPercent: 100), ct);
        // Whoever is known to be higher is believed until nobody has seen it for a while.
        await sync.Execute("update chain_tips set lower_since = now() - interval '1 hour'");
        await sync.Follower().Look();
        (await sync.FollowerState()).Hash.ShouldBe(moved.TipHash);
        (await sync.Touched()).ShouldContain(addresses[0]);
        await sync.Check(wallet);
        await sync.ShouldBeTrue(addresses[0]);
    }

    [Fact]
    public async Task away_for_five_hundred_blocks_it_catches_up_without_loss()
    {
        var (wallet, addresses) = await Followed();
        for (var n = 0; n < 100; n++)
        {
            await sync.Mine(1, 1, addresses[n % addresses.Count]);
            await sync.Mine(4);
        }

        await sync.Follower().Look();
        (await sync.FollowerState()).Height.ShouldBe((await sync.Script.TipAsync(SyncParts.Bitcoin, ct)).Height);
        (await sync.Touched()).ShouldBe(addresses, ignoreOrder: true);
        await sync.Check(wallet);
        foreach (var address in addresses) await sync.ShouldBeTrue(address);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task what_no_provider_tells_any_more_or_what_is_too_much_has_every_address_checked(bool isPruned)
    {
        var (wallet, addresses) = await Followed();
        await sync.Mine(1, 5, [.. addresses]);
        await sync.Mine(1_000);
        if (isPruned) await sync.Script.SetFaultAsync(new(FaultKind.Pruned, By: 288), ct);

        await sync.Follower(FollowedChain.Options(isPruned ? 5_000 : 500)).Look();

        (await sync.FollowerState()).Height.ShouldBe((await sync.Script.TipAsync(SyncParts.Bitcoin, ct)).Height);
        (await sync.Touched()).ShouldBeEmpty("no block was read");
        var answers = await sync.Sync(wallet, Triggers.Scheduled);
        answers.Count.ShouldBe(Several, "every address is due");
        foreach (var address in addresses) await sync.ShouldBeTrue(address);
        // And goes on from there.
        await sync.Mine(1, 1, addresses[2]);
        await sync.Follower().Look();
        (await sync.Touched()).ShouldBe([addresses[2]]);
        await sync.Check(wallet);
    }

    [Theory]
    [InlineData(18)]
    [InlineData(25)]
    public async Task a_fork_below_all_that_is_kept_has_every_address_checked(int depth)
    {
        var (wallet, addresses) = await Followed();
        var options = FollowedChain.Options(tail: 10);
        for (var n = 0; n < 30; n++) await sync.Mine(1, 1, addresses[n % addresses.Count]);
        await sync.Follower(options).Look();
        await sync.Check(wallet);
        var moved = await sync.Script.ReorganiseAsync(new(SyncParts.Bitcoin, depth, DropPercent: 50, Seed: 5), ct);
        await sync.Follower(options).Look();
        (await sync.FollowerState()).Hash.ShouldBe(moved.TipHash);
        await sync.Sync(wallet, Triggers.Scheduled);
        foreach (var address in addresses)
        {
            await sync.ShouldBeTrue(address);
            // As far below what is kept as is kept it is read again at once; further down the sums tell.
            if (depth < 20) await ShouldHaveNoRepair(address);
        }
    }

    [Fact]
    public async Task what_comes_to_stand_in_blocks_that_counted_as_settled_is_read_at_once()
    {
        const int Depth = 15;
        var (wallet, addresses) = await Followed();
        for (var n = 0; n < Depth; n++)
        {
            await sync.Mine(1);
            await sync.Follower().Look();
        }

        await sync.Sync(wallet, Triggers.Scheduled);
        await sync.Script.ReorganiseAsync(new(SyncParts.Bitcoin, Depth, Addresses: [addresses[0]], Transactions: 1, Seed: 5), ct);
        await sync.Follower().Look();
        await sync.Check(wallet);
        await sync.ShouldBeTrue(addresses[0]);
        await ShouldHaveNoRepair(addresses[0]);
    }

    // A difference of sums would have it read again as a whole, by one provider after the other.
    private async Task ShouldHaveNoRepair(string address) =>
        (await sync.EventsOf(address)).OfType<LedgerEvent.WalkStarted>().ShouldAllBe(walk => walk.Kind != "repair");

    [Fact]
    public async Task a_node_that_is_behind_moves_nothing()
    {
        var (_, addresses) = await Followed();
        await sync.Mine(1, 1, addresses[0]);
        await sync.Follower().Look();
        var before = await sync.FollowerState();
        await sync.Script.SetFaultAsync(new(FaultKind.Lag, By: 1), ct);
        await Should.ThrowAsync<ProviderException>(() => sync.Follower().Look());
        (await sync.FollowerState()).ShouldBe(before);
    }

    [Fact]
    public async Task where_asking_costs_less_every_address_is_checked_for_a_block_and_no_more_often_than_usual()
    {
        var (wallet, addresses) = await Followed(1, reads: false);
        await sync.Execute("update followers set asked_at = now() - interval '1 hour'");
        // More than three pages of transactions, of which none is anybody's.
        var others = await sync.Script.CreateAsync(new(SyncParts.Bitcoin, 0, 1), ct);
        await sync.Mine(1, 100, [.. others]);
        await sync.Follower().Look();
        (await sync.Touched()).ShouldBeEmpty();
        (await sync.Execute("select asked_at > now() - interval '1 minute' from followers")).ShouldBe(true);
        (await sync.Sync(wallet, Triggers.Scheduled)).Count.ShouldBe(1);

        var state = await sync.FollowerState();
        await sync.Mine(1, 100, [.. others]);
        await sync.Follower().Look();
        (await sync.FollowerState()).Height.ShouldBe(state.Height, "not before the usual pace of checks has passed");
        await sync.Execute("update followers set asked_at = now() - interval '1 hour'");
        await sync.Follower().Look();
        (await sync.FollowerState()).Height.ShouldBe(state.Height + 1);
        await sync.ShouldBeTrue(addresses[0]);
    }

    [Fact]
    public async Task where_the_lease_is_lost_nothing_is_stored_and_the_next_one_does_it_once()
    {
        var (wallet, addresses) = await Followed();
        var before = await sync.FollowerState();
        await sync.Mine(1, 1, addresses[0]);
        var passed = 0;
        // The tip is noted; the block's own transaction finds the lease gone.
        await Should.ThrowAsync<InvalidOperationException>(() => sync.Follower().LookAsync(
            (_, _) => ++passed > 1 ? throw new InvalidOperationException("lost") : Task.CompletedTask, ct));
        (await sync.FollowerState()).ShouldBe(before);
        (await sync.Touched()).ShouldBeEmpty();

        await sync.Follower().Look();
        (await sync.Touched()).ShouldBe([addresses[0]]);
        await sync.Check(wallet);
        await sync.Follower().Look();
        (await sync.Touched()).ShouldBeEmpty("a block is taken once");
        await sync.ShouldBeTrue(addresses[0]);
    }

    [Fact]
    public async Task an_address_that_is_imported_between_two_blocks_is_followed_from_the_next_on()
    {
        await Followed();
        var (wallet, fresh) = await sync.NewWallet(2);
        await sync.Sync(wallet);
        await sync.Mine(1, 1, fresh[0]);
        await sync.Follower().Look();
        (await sync.Touched()).ShouldBe(fresh);
        await sync.Check(wallet);
        await sync.ShouldBeTrue(fresh[0]);
    }

    [Fact]
    public async Task where_nobody_tracks_anything_nobody_is_asked()
    {
        await sync.Unfollow();
        await Forget();
        await sync.Script.ResetCountersAsync(ct);
        (await sync.Follower().Look()).ShouldBeFalse();
        (await sync.Script.LastRequestsAsync(ct)).ShouldBeEmpty();
    }

    [Fact]
    public async Task followed_addresses_are_asked_about_a_fraction_as_often()
    {
        var (wallet, addresses) = await Followed();
        var paces = await Paces();
        paces.Every.ShouldBe(TimeSpan.FromSeconds(1_800));
        var saga = SyncParts.SagaOf(wallet, Triggers.Scheduled);
        await sync.Execute("update followers set asked_at = null");
        await sync.Execute("update ledgers set checked_at = now() - interval '10 minutes', wanted_at = now() - interval '1 hour', touched_at = null");
        (await sync.Plan(saga)).Slices.ShouldBeEmpty("ten minutes are nothing while blocks are followed");

        // What a day costs: a tip every fifteen seconds, every block (of 3,000 transactions: 120 pages and its facts, or a check of each address
        // where that is less), and a few checks, beside a check every two minutes.
        await sync.Script.ResetCountersAsync(ct);
        await sync.Resync(wallet);
        var perCheck = (await sync.Script.LastRequestsAsync(ct)).Count / (double)addresses.Count;
        var (before, tips) = (720 * perCheck, 5_760.0);
        foreach (var tracked in new[] { 10, 100, 1_000, 10_000 })
        {
            var blocks = 144 * (FollowRules.ScanOrAsk(120, tracked, ChainFamily.Utxo) is BlockReading.Scan ? 121 : 1 + (tracked * perCheck));
            var now = tips + blocks + (tracked * 48 * perCheck);
            TestContext.Current.TestOutputHelper!.WriteLine(
                $"{tracked} addresses: {before * tracked:0} requests a day by checks alone, {now:0} with a follower, " +
                $"{now + (tracked * 720):0} with a mempool looked through one by one too");
            // Of few addresses the tips cost most.
            if (tracked >= 100) now.ShouldBeLessThan(before * tracked / 5);
        }

        // Late, the usual pace holds, from where it stood.
        await sync.Execute("update followers set late_since = now(), caught_up_at = now() - interval '5 minutes'");
        paces = await Paces();
        paces.Every.ShouldBe(TimeSpan.FromSeconds(120));
        paces.Covered.ShouldBeInRange(DateTimeOffset.UtcNow.AddMinutes(-6), DateTimeOffset.UtcNow.AddMinutes(-4));
        await sync.Execute("update ledgers set checked_at = now() - interval '10 minutes', wanted_at = now() - interval '1 hour', touched_at = null");
        (await sync.Plan(SyncParts.SagaOf(wallet, Triggers.Scheduled))).Slices.Count.ShouldBe(addresses.Count);

        async Task<CheckPace> Paces()
        {
            return await CheckPaces.ReadAsync(sync.Database.DataSource, SyncParts.Bitcoin, new(), ct);
        }
    }

    [Fact]
    public async Task what_a_block_costs_to_match_does_not_grow_with_what_is_tracked()
    {
        await Followed(1, reads: false);
        var block = Enumerable.Range(0, 6_000).Select(n => $"somebody {n}").ToList();
        var medians = new List<double>();
        foreach (var (from, to) in ((int, int)[])[(0, 100), (100, 1_000), (1_000, 10_000), (10_000, 100_000)])
            medians.Add(await MatchAsync(from, to));
        // An index a thousand times as large is a level deeper.
        medians[^1].ShouldBeLessThan((5 * medians[0]) + 50);

        async Task<double> MatchAsync(int from, int to)
        {
            await sync.Execute("""
                insert into ledgers (ledger_id, network, address, opened_at, wanted_at)
                select gen_random_uuid(), $1, 'other ' || n, now(), now() from generate_series($2 + 1, $3) n
                """, SyncParts.Bitcoin, from, to);
            await sync.Execute("analyze ledgers");
            var times = new List<double>();
            for (var n = 0; n < 9; n++)
            {
                await using var work = await sync.Store.BeginAsync(ct);
                var began = Stopwatch.GetTimestamp();
                (await FollowerStore.TouchAsync(work.Connection, SyncParts.Bitcoin, [.. block, $"other {to}"], ct)).ShouldBe(1);
                times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }

            var median = times.Order().ElementAt(times.Count / 2);
            TestContext.Current.TestOutputHelper!.WriteLine($"{to} tracked: a block of {block.Count} addresses is matched in {median:0.0} ms");
            return median;
        }
    }

    // A wallet whose addresses are verified, and a follower at the tip; nobody else is there.
    private async Task<(Guid Wallet, IReadOnlyList<string> Addresses)> Followed(int addresses = Several, bool reads = true)
    {
        await sync.Unfollow();
        await Forget();
        await sync.Script.ClearFaultsAsync(ct);
        var (wallet, made) = await sync.NewWallet(4, addresses);
        await sync.Sync(wallet);
        await sync.Follower().Look();
        await sync.Sync(wallet, Triggers.Scheduled);
        foreach (var address in made) await sync.ShouldBeTrue(address);
        // So many that reading is always cheaper than asking.
        if (reads)
            await sync.Execute("""
                insert into ledgers (ledger_id, network, address, opened_at, wanted_at)
                select gen_random_uuid(), $1, 'other ' || n, now(), now() from generate_series(1, 1000) n
                """, SyncParts.Bitcoin);
        return (wallet, made);
    }

    private async Task Forget()
    {
        await sync.Execute("delete from ledgers where address like 'other %'");
        foreach (var wallet in (Guid[])(await sync.Execute("select coalesce(array_agg(wallet_id), '{}') from wallets"))!)
            await sync.Tell(new WalletDeleted(wallet, DateTimeOffset.UtcNow));
    }
}
