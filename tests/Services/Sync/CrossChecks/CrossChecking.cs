using System.Text.Json;
using ChainSimulator.Serving;
using Chains;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Shouldly;
using Sync.Chains;
using Sync.CrossChecks;
using Sync.Ledgers;
using Xunit;

namespace Services.Sync;

/// <summary>A verified address is compared with a second provider: both are named, with the first transaction that differs.</summary>
public sealed class CrossChecking(BothDialects sync) : IClassFixture<BothDialects>, IAsyncLifetime
{
    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await sync.Forget();
        await sync.Execute("update ledgers set cross_check_due = now() + interval '1 day'");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task two_that_agree_are_recorded_once_a_day_and_nothing_changes()
    {
        var (wallet, address) = await Verified(120);
        var before = await sync.Execute("select count(*) from mt_events");

        (await Checker().CheckOneAsync(ct)).ShouldBeTrue();
        (await Checker().CheckOneAsync(ct)).ShouldBeFalse("it was compared");

        (await Shown(wallet)).ShouldSatisfyAllConditions(
            shown => shown.GetProperty("agrees").GetBoolean().ShouldBeTrue(),
            shown => shown.GetProperty("provider").GetString().ShouldBe(BothDialects.Info),
            shown => shown.GetProperty("by").GetString().ShouldBe(BothDialects.Esplora),
            shown => shown.GetProperty("transactions").GetInt64().ShouldBe(120),
            shown => shown.GetProperty("firstTxid").ValueKind.ShouldBe(JsonValueKind.Null));
        (await sync.Execute("select count(*) from mt_events")).ShouldBe((long)before! + 1);
        await sync.ShouldBeTrue(address);
    }

    [Fact]
    public async Task the_first_transaction_that_differs_is_told_with_both_names()
    {
        var (wallet, address) = await Verified(120);
        await sync.Script.SetFaultAsync(new(FaultKind.Omit, Replica: BothDialects.Esplora, Every: 6, Route: $"/address/{address}/*"), ct);

        (await Checker().CheckOneAsync(ct)).ShouldBeTrue();

        var first = await OldestLeftOut(address);
        var shown = await Shown(wallet);
        shown.GetProperty("agrees").GetBoolean().ShouldBeFalse();
        shown.GetProperty("firstKind").GetString().ShouldBe(FirstDifference.NotTold);
        shown.GetProperty("firstTxid").GetString().ShouldBe(first);
        (await sync.Execute(
            "select data ->> 'Provider' || ' ' || (data ->> 'By') || ' ' || (data ->> 'FirstTxid') from mt_events where type = 'cross_checked' and " +
            "stream_id = $1",
            $"{LedgerEvent.Category}-{await sync.LedgerOf(address)}"))
                .ShouldBe($"{BothDialects.Info} {BothDialects.Esplora} {shown.GetProperty("firstTxid").GetString()}");
        await sync.ShouldBeTrue(address);
    }

    [Fact]
    public async Task a_second_that_fails_or_lags_says_nothing_and_is_asked_later()
    {
        var (wallet, address) = await Verified(30);
        await sync.Script.SetFaultAsync(new(FaultKind.Lag, Replica: BothDialects.Esplora, By: 3), ct);
        (await Checker().CheckOneAsync(ct)).ShouldBeTrue();
        (await Shown(wallet)).ValueKind.ShouldBe(JsonValueKind.Null);
        (await sync.Execute(
            "select cross_check_due between now() + interval '50 minutes' and now() + interval '70 minutes' from ledgers where address = $1",
            address)).ShouldBe(true);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(100, 12)]
    public async Task only_the_share_that_is_asked_for_is_compared(int percent, int expected)
    {
        var (wallet, _) = await sync.NewWallet(1, addresses: 12);
        await sync.Mine();
        await sync.Sync(wallet);
        var compared = 0;
        while (await Checker(percent).CheckOneAsync(ct)) compared++;
        compared.ShouldBe(expected);
    }

    private CrossChecker Checker(int percent = 100) => new(
        sync.Database.DataSource, sync.Store, sync.Adapters, Options.Create(new CrossCheckOptions { Percent = percent }), TimeProvider.System,
        NullLogger<CrossChecker>.Instance);

    private async Task<(Guid Wallet, string Address)> Verified(int transactions)
    {
        var (wallet, addresses) = await sync.NewWallet(transactions);
        await sync.Mine(15);
        await sync.Sync(wallet);
        await sync.ShouldBeTrue(addresses[0]);
        return (wallet, addresses[0]);
    }

    // Of the truth, what the second one never tells.
    private async Task<string> OldestLeftOut(string address)
    {
        var second = sync.Network.Named(BothDialects.Esplora);
        var told = new HashSet<string>();
        for (Position? after = null; await second.PageAsync((Address)Addresses.Parse(sync.Network.Network, address), after,
            ct) is { Transactions.Count: > 0 } page; after = page.PositionAt(page.Transactions.Count - 1))
            told.UnionWith(page.Transactions.Select(transaction => transaction.Txid));
        return (await sync.Script.TruthAsync(SyncParts.Bitcoin, address, summary: false, ct)).Transactions!.Last(line =>
            !told.Contains(line.Txid)).Txid;
    }

    private async Task<JsonElement> Shown(Guid wallet)
    {
        await using var api = await SyncApi.Start(sync);
        using var owner = api.As(await sync.OwnerOf(wallet));
        return JsonElement.Parse(await owner.GetStringAsync($"/api/v1/wallets/{wallet}/sync", ct)).GetProperty("addresses")[0]
            .GetProperty("crossCheck");
    }
}
