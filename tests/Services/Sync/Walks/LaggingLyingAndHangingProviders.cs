using System.Text.Json;
using ChainSimulator.Serving;
using Shouldly;
using Sync.Ledgers;
using Sync.Walks;
using Xunit;

namespace Services.Sync;

/// <summary>One provider lags, one lies, one hangs: the wallet holds what the honest chain says, and who lied is named.</summary>
public sealed class LaggingLyingAndHangingProviders(FourProviders sync) : IClassFixture<FourProviders>, IAsyncLifetime
{
    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await sync.Forget();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task within_two_polls_only_the_honest_chain_counts(bool fromTheBeginning)
    {
        await sync.Execute("delete from provider_contradictions");
        var (wallet, addresses) = await sync.NewWallet(60, addresses: 2);
        await sync.Mine(15);
        if (!fromTheBeginning) await sync.Sync(wallet, Triggers.Import);
        await sync.Script.SetFaultAsync(new(FaultKind.Lag, Replica: FourProviders.Lagging, By: 3), ct);
        await sync.Script.SetFaultAsync(new(FaultKind.Hang, Replica: FourProviders.Hanging), ct);
        await sync.Script.SetFaultAsync(new(FaultKind.Lie, Replica: FourProviders.Lying, Balance: 7, Route: "/address/*"), ct);
        await sync.Script.SetFaultAsync(new(FaultKind.Omit, Replica: FourProviders.Lying, Every: 5, Route: "/address/*/txs/*"), ct);
        await sync.Mine(2, 6, [.. addresses]);

        for (var poll = 0; poll < 2; poll++) await Poll(wallet);
        foreach (var address in addresses) await sync.ShouldBeTrue(address);

        // A third one asks neither who hangs, nor who lags for more than his tip.
        await sync.Script.ResetCountersAsync(ct);
        await sync.Mine(1, 3, [.. addresses]);
        await Poll(wallet);
        foreach (var address in addresses) await sync.ShouldBeTrue(address);
        var asked = await sync.Script.LastRequestsAsync(ct);
        asked.ShouldNotContain(request => request.Replica == FourProviders.Hanging);
        asked.Where(request => request.Replica == FourProviders.Lagging).ShouldAllBe(request => request.Path.Contains("/block"));
        asked.ShouldContain(request => request.Replica == FourProviders.Honest);

        (await sync.Execute(
            "select string_agg(distinct data ->> 'Provider', ',') from mt_events where type = 'provider_contradicted' and stream_id = any($1)",
            (object)await Streams(addresses))).ShouldBe(FourProviders.Lying);
        (await sync.Execute("select string_agg(distinct provider, ',') from provider_contradictions")).ShouldBe(FourProviders.Lying);
        await sync.ShouldHoldNoEventTwice();
    }

    [Fact]
    public async Task while_none_is_left_the_last_truth_is_told_with_its_age()
    {
        var (wallet, addresses) = await sync.NewWallet(60);
        await sync.Mine(15);
        await sync.Sync(wallet, Triggers.Import);
        var truth = await sync.ShouldBeTrue(addresses[0]);
        (await Progress(wallet)).GetProperty("staleSince").ValueKind.ShouldBe(JsonValueKind.Null);
        foreach (var replica in (string[])[FourProviders.Lagging, FourProviders.Lying, FourProviders.Honest])
            await sync.Script.SetFaultAsync(new(FaultKind.Lag, Replica: replica, By: 3), ct);
        await sync.Script.SetFaultAsync(new(FaultKind.Hang, Replica: FourProviders.Hanging), ct);
        await sync.Mine(2, 6, addresses[0]);
        // The last check is as long ago as a missed one makes it, and the import longer.
        await sync.Execute("update ledger_trackers set tracked_at = now() - interval '1 hour' where wallet_id = $1", wallet);
        await sync.Execute("update ledgers set checked_at = now() - interval '4 minutes' where address = $1", addresses[0]);
        var last = (DateTime)(await sync.Execute("select checked_at from ledgers where address = $1", addresses[0]))!;

        for (var poll = 0; poll < 2; poll++) await Poll(wallet, tries: 1);

        var progress = await Progress(wallet);
        progress.GetProperty("staleSince").GetDateTimeOffset().UtcDateTime.ShouldBe(last);
        var told = progress.GetProperty("addresses")[0];
        told.GetProperty("staleSince").GetDateTimeOffset().UtcDateTime.ShouldBe(last);
        told.GetProperty("verdict").GetString().ShouldBe("verified", "as of then");
        told.GetProperty("found").GetInt64().ShouldBe(truth.Count);
        (await Events("ledger_fell_behind", addresses[0])).ShouldBe(1, "told once");

        await sync.Forget();
        await sync.LetTimePass(wallet);
        await Poll(wallet);
        await sync.ShouldBeTrue(addresses[0]);
        (await Progress(wallet)).GetProperty("staleSince").ValueKind.ShouldBe(JsonValueKind.Null);
        (await Events("ledger_caught_up", addresses[0])).ShouldBe(1);
    }

    // What the clock would set off.
    private async Task Poll(Guid wallet, int tries = 20)
    {
        await sync.Execute(
            "update ledgers set wanted_at = clock_timestamp() from ledger_trackers t where t.ledger_id = ledgers.ledger_id and t.wallet_id = $1",
            wallet);
        await sync.Sync(wallet, Triggers.Scheduled, tries);
        await sync.Execute("update chain_tips set compared_at = null");
        await sync.Tips.LookAsync(ct);
    }

    private async Task<JsonElement> Progress(Guid wallet)
    {
        await using var api = await SyncApi.Start(sync);
        using var owner = api.As(await sync.OwnerOf(wallet));
        return JsonElement.Parse(await owner.GetStringAsync($"/api/v1/wallets/{wallet}/sync", ct));
    }

    private async Task<long> Events(string type, string address) => (long)(await sync.Execute(
        "select count(*) from mt_events where type = $1 and stream_id = $2", type, $"{LedgerEvent.Category}-{await sync.LedgerOf(address)}"))!;

    private async Task<string[]> Streams(IEnumerable<string> addresses)
    {
        var streams = new List<string>();
        foreach (var address in addresses) streams.Add($"{LedgerEvent.Category}-{await sync.LedgerOf(address)}");
        return [.. streams];
    }
}
