using System.Net;
using System.Numerics;
using System.Text.Json.Nodes;
using Chains;
using ChainSimulator.Script;
using ChainSimulator.Serving;
using Services.Portfolio;
using Services.Wallets;
using Shouldly;
using Xunit;

namespace Services.Sync;

public sealed class ListingCoins(SyncParts sync) : IClassFixture<SyncParts>, IAsyncLifetime
{
    private SyncApi api = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => api = await SyncApi.Start(sync);

    public ValueTask DisposeAsync() => api.DisposeAsync();

    [Fact]
    public async Task the_coins_in_blocks_make_the_balance_and_those_that_wait_what_is_pending()
    {
        var (client, path, address) = await Verified();
        await sync.Script.AddAsync(new AddTransactions(SyncParts.Bitcoin, [address], Held: true), Cancellation);
        var truth = await sync.Script.TruthAsync(SyncParts.Bitcoin, address, summary: true, Cancellation);

        var coins = await client.GetOk(path);
        ((string)coins["hash"]!).ShouldBe(truth.TipHash);
        var data = coins["data"]!.AsArray();
        var summary = await sync.Network.Named(null).SummaryAsync((Address)Addresses.Parse(Networks.Bitcoin, address), Cancellation);
        summary.Confirmed.Value.ShouldBe(BigInteger.Parse(truth.Balance, null));
        Sum(data).ShouldBe(summary.Confirmed.Value + summary.Pending.Value);
        Sum(data.Where(coin => coin!["height"] is not null)).ShouldBe(Lists.Amount(coins["confirmed"])!.Value);
        Sum(data.Where(coin => coin!["height"] is null)).ShouldBe(Lists.Amount(coins["pending"])!.Value);
        data.ShouldContain(coin => coin!["height"] == null);
        data.Select(coin => ((string)coin!["txid"]!, (long)coin["vout"]!)).ShouldBeUnique();
        data.ShouldAllBe(coin => (long)coin!["confirmations"]! == (coin["height"] == null ? 0 : truth.TipHeight - (long)coin["height"]! + 1));
    }

    [Fact]
    public async Task the_next_provider_is_asked_where_one_fails_and_where_all_do_that_is_said()
    {
        var (client, path, _) = await Verified();
        await sync.Script.SetFaultAsync(new(FaultKind.Html, Route: "*/utxo", Count: 1), Cancellation);
        ((string)(await client.GetOk(path))["provider"]!).ShouldBe(SyncParts.Second);
        await sync.Script.SetFaultAsync(new(FaultKind.Html, Route: "*/utxo"), Cancellation);
        using var refused = await client.GetAsync(path, Cancellation);
        refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        refused.Headers.RetryAfter.ShouldNotBeNull();
        await sync.Script.ClearFaultsAsync(Cancellation);
        await client.GetOk(path);
    }

    [Fact]
    public async Task another_persons_address_and_one_of_a_wallet_the_key_may_not_see_is_not_found()
    {
        var (_, path, _) = await Verified();
        var address = Guid.Parse(path.Split('/')[4]);
        using var stranger = api.As(Guid.CreateVersion7());
        using (var answer = await stranger.GetAsync(path, Cancellation)) answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using var narrow = api.As(await OwnerOf(address), new HashSet<Guid> { Guid.CreateVersion7() });
        using (var answer = await narrow.GetAsync(path, Cancellation)) answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    private async Task<Guid> OwnerOf(Guid address) => (Guid)(await sync.Execute(
        "select w.owner_id from wallets w join ledger_trackers t using (wallet_id) where t.address_id = $1", address))!;

    private async Task<(HttpClient Client, string Path, string Address)> Verified()
    {
        var (wallet, addresses) = await sync.NewWallet(30);
        await sync.Sync(wallet);
        var id = (Guid)(await sync.Execute("select address_id from ledger_trackers where wallet_id = $1", wallet))!;
        return (api.As(await sync.OwnerOf(wallet)), $"/api/v1/addresses/{id}/utxos", addresses[0]);
    }

    private static BigInteger Sum(IEnumerable<JsonNode?> coins) =>
        coins.Aggregate(BigInteger.Zero, (sum, coin) => sum + Lists.Amount(coin!["value"])!.Value);
}
