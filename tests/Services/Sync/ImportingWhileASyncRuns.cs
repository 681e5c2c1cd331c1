using ChainSimulator.Serving;
using Contracts;
using Services.Wallets;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Sync;

public sealed class ImportingWhileASyncRuns(SyncParts sync) : IClassFixture<SyncParts>, IAsyncLifetime
{
    private SagaBus bus = null!;
    private SyncApi api = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => (bus, api) = (await SagaBus.Start(sync, fetching: true), await SyncApi.Start(sync));

    public async ValueTask DisposeAsync()
    {
        await sync.Script.ClearFaultsAsync(CancellationToken.None);
        await bus.DisposeAsync();
        await api.DisposeAsync();
    }

    [Fact]
    public async Task a_hundred_percent_is_not_shown_while_an_address_imported_meanwhile_is_read()
    {
        var (wallet, _) = await sync.NewWallet(10);
        using var owner = api.As(await sync.OwnerOf(wallet));
        await bus.Due(wallet);
        await Eventually.Is(async () => await bus.State(wallet) == "Idle", "the first sync is over");
        var check = await sync.Script.SetFaultAsync(new(FaultKind.Gate, Route: "/blocks/tip/hash", Count: 1), Cancellation);
        await sync.Tell(new SyncRequested(wallet, DateTimeOffset.UtcNow));
        await bus.Due(wallet);
        await UntilAt(check);
        var before = await owner.GetOk($"/api/v1/wallets/{wallet}/sync");
        var large = (await sync.Script.CreateAsync(new("bitcoin", 480), Cancellation)).Single();
        var page = await sync.Script.SetFaultAsync(new(FaultKind.Gate, Route: $"/address/{large}/txs*", Skip: 4, Count: 1), Cancellation);
        await sync.Tell(SyncParts.Imported(wallet, large));
        await sync.Script.ReleaseGateAsync(check, null, Cancellation);
        await bus.Due(wallet);
        await UntilAt(page);

        var now = await owner.GetOk($"/api/v1/wallets/{wallet}/sync");
        var why = $"{before}\n{now}";
        await sync.Script.ReleaseGateAsync(page, null, Cancellation);
        now["status"]!.GetValue<string>().ShouldBe("syncing", why);
        now["percent"]!.GetValue<int>().ShouldBeLessThan(100, why);
    }

    private Task UntilAt(string gate) =>
        Eventually.Is(async () => (await sync.Script.GatesAsync(Cancellation)).Any(wait => wait.Gate == gate), "a request is held");
}
