using ChainSimulator.Serving;
using Shouldly;
using Xunit;

namespace Services.Sync;

/// <summary>Worlds that move while they are read: new blocks, reorganisations, pages that start in the wrong place.</summary>
public sealed class WalkingWhileTheChainMoves(SyncParts sync) : IClassFixture<SyncParts>
{
    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    /// <summary>Every seed makes another world and moves it otherwise.</summary>
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, Environment.GetEnvironmentVariable("WHOLE_FULL") is "1" ? 200 : 20)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public Task whatever_shifts_during_walks_every_ledger_ends_with_the_truth(int seed) =>
        sync.MoveAndWalk(seed, new(FaultKind.PageDrift, By: seed % 8 == 3 ? 2 : -2, Percent: 25, Count: 6, Route: "/address/*/txs/chain/*"));

    [Fact]
    public async Task a_chain_that_reorganises_away_and_back_is_told_truly()
    {
        var (wallet, addresses) = await sync.NewWallet(60);
        await sync.Sync(wallet);
        var before = await sync.ShouldBeTrue(addresses[0]);

        // The second provider stays on the branch that the first leaves for one as long: a shorter one would only lag.
        await sync.Script.SetFaultAsync(new(FaultKind.Stop, Network: SyncParts.Bitcoin, Replica: SyncParts.Second), cancellation);
        await sync.Script.ReorganiseAsync(new(SyncParts.Bitcoin, 4, Blocks: 4, DropPercent: 50, MovePercent: 50, Addresses: addresses,
            Transactions: 2), cancellation);
        await sync.Resync(wallet);
        var after = await sync.ShouldBeTrue(addresses[0]);
        after.Transactions!.SequenceEqual(before.Transactions!).ShouldBeFalse();

        for (var n = 0; n < 3; n++)
        {
            await sync.Script.SetFaultAsync(new(FaultKind.RateLimit, Id: "away", Replica: "main"), cancellation);
            await sync.Resync(wallet);
            await sync.ShouldBeTrue(addresses[0], before);

            await sync.Script.ClearFaultsAsync(cancellation, "away");
            await sync.Execute("delete from provider_pauses");
            await Testing.Eventually.Get(async () => (await sync.Resync(wallet),
                Told: await sync.Execute("select tip_hash from ledgers where address = $1", addresses[0])).Told as string,
                tip => tip == after.TipHash, "the first provider is asked again");
            await sync.ShouldBeTrue(addresses[0]);
        }

        await sync.ShouldHoldNoEventTwice();
    }

    [Fact]
    public async Task a_page_that_starts_too_late_is_asked_again_and_nothing_is_skipped()
    {
        var (wallet, addresses) = await sync.NewWallet(120);
        await sync.Script.SetFaultAsync(new(FaultKind.PageDrift, By: 3, Skip: 2, Count: 1, Route: $"/address/{addresses[0]}/txs/chain*"),
            cancellation);

        (await sync.Sync(wallet)).ShouldHaveSingleItem().Found.ShouldBe(120);

        await sync.ShouldBeTrue(addresses[0]);
        var counts = await sync.Script.RequestsAsync(cancellation);
        // One page more than there are, and no repair.
        counts.PageCalls[addresses[0]].ShouldBe(counts.DistinctPages + 1);
    }

    [Fact]
    public async Task a_page_that_starts_too_early_tells_nothing_twice()
    {
        var (wallet, addresses) = await sync.NewWallet(120);
        await sync.Script.SetFaultAsync(new(FaultKind.PageDrift, By: -4, Route: $"/address/{addresses[0]}/txs/chain/*"), cancellation);

        (await sync.Sync(wallet)).Sum(answer => answer.Found).ShouldBe(120);

        await sync.ShouldBeTrue(addresses[0]);
        await sync.ShouldHoldNoEventTwice();
    }
}
