using ChainSimulator.Serving;
using Shouldly;
using Testing;
using Xunit;

namespace Whole;

/// <summary>Somebody clicks on re-sync as fast as they can.</summary>
[Collection(nameof(SyncingSystem))]
public sealed class ManyRequests(SyncingSystem syncing)
{
    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_hundred_re_sync_requests_during_a_walk_cost_no_page_twice()
    {
        var script = syncing.Script;
        var address = (await script.CreateAsync(new(SyncingSystem.Bitcoin, 250), cancellation)).Single();
        await script.ResetCountersAsync(cancellation);
        var gate = await script.SetFaultAsync(new(FaultKind.Gate, Route: $"/address/{address}/txs/chain/*", Skip: 2, Count: 1), cancellation);

        var user = await syncing.System.NewUser();
        var wallet = await user.CreateWallet("impatient");
        await user.Import(wallet, address);
        await Eventually.Is(async () => (await script.GatesAsync(cancellation)).Count == 1, "the walk stands between two pages");
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => user.Resync(wallet)));
        (await script.GatesAsync(cancellation)).Count.ShouldBe(1);
        await script.ReleaseGateAsync(gate, null, cancellation);

        await user.UntilVerified(wallet);
        await syncing.System.UntilTrue(user, wallet, address);
        // What was asked for during the walk is checked after it, without reading a page.
        await Eventually.Is(async () => (await user.SyncProgress(wallet)).GetProperty("status").GetString() == "idle", "all requests are served");

        var counts = await script.RequestsAsync(cancellation);
        counts.PageCalls[address].ShouldBe(counts.DistinctPages);
        counts.PageCalls[address].ShouldBe(11);
        Tell.Figures($"100 re-syncs during a walk of 250 transactions: {counts.PageCalls[address]} page calls, {counts.Total} requests in all");
        await syncing.Forget(user, wallet);
    }
}
