using System.IO.Compression;
using ChainSimulator.Serving;
using Contracts;
using Shouldly;
using Sync.Ledgers;
using Sync.Walks;
using Xunit;

namespace Services.Sync;

/// <summary>
/// What providers told is not asked again where it cannot have changed, and never believed where it can: an address that is
/// imported after everybody had let go of it.
/// </summary>
public sealed class ReadingAgain(SyncParts sync) : IClassFixture<SyncParts>, IAsyncLifetime
{
    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await sync.Forget();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task at_the_same_tip_nothing_but_the_tip_is_asked()
    {
        var address = await ReadAndLetGo(180);

        var wallet = await Import(address);
        (await sync.Sync(wallet, Triggers.Import)).Sum(answer => answer.Requests).ShouldBe(2);

        await sync.ShouldBeTrue(address);
        (await Asked()).ShouldAllBe(path => path.EndsWith("/blocks/tip/hash"));
        (await sync.Execute(
            "select count(distinct data #>> '{Transaction,Provider}') from mt_events where type = 'transaction_observed' and stream_id = $1",
            $"{LedgerEvent.Category}-{await sync.LedgerOf(address)}")).ShouldBe(1L, "who told it is still named");
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(13, 3)]
    [InlineData(20, 30)]
    public async Task after_new_blocks_only_what_is_young_is_asked(int blocks, int transactions)
    {
        var address = await ReadAndLetGo(400);
        await sync.Mine(blocks, transactions, address);
        await sync.Script.ResetCountersAsync(ct);

        await sync.Sync(await Import(address), Triggers.Import);

        await sync.ShouldBeTrue(address);
        (await sync.Script.RequestsAsync(ct)).PageCalls[address]
            .ShouldBeLessThanOrEqualTo(2 + ((transactions + 20) / 24), "pages of a history of some seventeen");
    }

    [Fact]
    public async Task two_who_import_an_address_at_once_cost_its_history_once()
    {
        var (one, addresses) = await sync.NewWallet(180);
        var other = await Import(addresses[0]);
        var slice = await sync.NextSlice(one);
        (await sync.Plan(SyncParts.SagaOf(other))).ShouldSatisfyAllConditions(plan => plan.Slices.ShouldBeEmpty(), plan => plan.Waiting.ShouldBe(1));

        await sync.Runner.RunAsync(slice, redelivered: false, ct);
        await sync.Sync(other, Triggers.Import);

        await sync.ShouldBeTrue(addresses[0]);
        (await sync.Script.RequestsAsync(ct)).PageCalls[addresses[0]].ShouldBe(8);
    }

    [Fact]
    public async Task what_a_reorganisation_took_back_is_not_told_again()
    {
        var (wallet, addresses) = await sync.NewWallet(180);
        var address = addresses[0];
        await sync.Mine(3, 4, address);
        await sync.Sync(wallet, Triggers.Import);
        await LetGo(address);
        await sync.Script.ReorganiseAsync(new(SyncParts.Bitcoin, 4, Blocks: 4, DropPercent: 30, MovePercent: 30), ct);

        await sync.Sync(await Import(address), Triggers.Import);

        await sync.ShouldBeTrue(address);
    }

    [Fact]
    public async Task who_asks_for_a_sync_gets_the_sum_afresh()
    {
        var address = await ReadAndLetGo(60);
        await sync.Sync(await Import(address), Triggers.Requested);
        await sync.ShouldBeTrue(address);
        (await Asked()).ShouldContain(path => path.EndsWith($"/address/{address}"));
    }

    [Fact]
    public async Task a_lie_that_was_kept_does_not_outlive_its_discovery()
    {
        var address = await ReadAndLetGo(180);
        // Somebody's page that leaves out a transaction in the middle, as if it had been told so.
        var spoilt = (string)(await sync.Execute(
            "select after_txid from cached_pages where address = $1 and tip_hash is null order by bottom limit 1", address))!;
        var body = (byte[])(await sync.Execute("select body from cached_pages where address = $1 and after_txid = $2", address, spoilt))!;
        await sync.Execute("update cached_pages set body = $3 where address = $1 and after_txid = $2", address, spoilt, WithoutOne(body));

        await sync.Sync(await Import(address), Triggers.Import);
        await sync.ShouldBeTrue(address);
        (await sync.Script.RequestsAsync(ct)).PageCalls[address].ShouldBeGreaterThanOrEqualTo(8, "the whole history is read afresh");

        // And what is kept from then on is the truth.
        await LetGo(address);
        await sync.Sync(await Import(address), Triggers.Import);
        await sync.ShouldBeTrue(address);
        (await sync.Execute("select rounds from walks join ledgers using (ledger_id) where address = $1", address)).ShouldBe(1);
    }

    [Fact]
    public async Task a_liars_pages_are_forgotten_with_the_lie()
    {
        var (wallet, addresses) = await sync.NewWallet(180);
        await sync.Mine(15);
        await sync.Script.SetFaultAsync(new(FaultKind.Omit, Replica: "main", Every: 10, Route: $"/address/{addresses[0]}/*"), ct);

        await sync.Sync(wallet, Triggers.Import);

        await sync.ShouldBeTrue(addresses[0]);
        await sync.Pages.StoreAsync(ct);
        (await sync.Execute("select count(*) from cached_pages where address = $1 and provider = 'first'", addresses[0])).ShouldBe(0L);
    }

    [Fact]
    public async Task while_no_provider_answers_what_was_told_before_is_shown_and_nothing_concluded()
    {
        var address = await ReadAndLetGo(180);
        await sync.Mine();
        var fault = await sync.Script.SetFaultAsync(new(FaultKind.Status), ct);

        var wallet = await Import(address);
        (await sync.Sync(wallet, Triggers.Import, tries: 3)).ShouldAllBe(answer => answer.Outcome != SliceOutcome.Done);

        (await sync.Execute("select derived_count from ledgers where address = $1", address)).ShouldBe(180L);
        (await sync.Execute("select derived = reported and stale_since < now() from ledgers where address = $1", address)).ShouldBe(true);
        (await sync.VerdictOf(address)).ShouldBeNull();
        (await Told("ledger_fell_behind", address)).ShouldBe(1);

        await sync.Script.ClearFaultsAsync(ct, fault);
        await sync.Forget();
        await sync.LetTimePass(wallet);
        await sync.Sync(wallet, Triggers.Import);
        await sync.ShouldBeTrue(address);
        (await sync.Execute("select stale_since from ledgers where address = $1", address)).ShouldBe(DBNull.Value);
        (await Told("ledger_caught_up", address)).ShouldBe(1);
    }

    [Fact]
    public async Task what_was_there_is_counted()
    {
        await sync.Execute("delete from cache_usage");
        var address = await ReadAndLetGo(180);
        await sync.CacheUsage.StoreAsync(ct);
        (await Counted("transaction")).ShouldBe((0, 180 + 7), "each page repeats the last of the one before");
        (await Counted("summary")).ShouldBe((0, 1));

        await sync.Sync(await Import(address), Triggers.Import);
        await sync.CacheUsage.StoreAsync(ct);
        (await Counted("transaction")).ShouldBe((187, 187));
        (await Counted("page")).ShouldBe((8, 8));
        (await Counted("summary")).ShouldBe((1, 1));
    }

    private async Task<string> ReadAndLetGo(int transactions)
    {
        var (wallet, addresses) = await sync.NewWallet(transactions);
        await sync.Mine(15);
        await sync.Sync(wallet, Triggers.Import);
        await sync.ShouldBeTrue(addresses[0]);
        await LetGo(addresses[0]);
        return addresses[0];
    }

    private async Task<Guid> Import(string address)
    {
        var wallet = Guid.CreateVersion7();
        await sync.Tell(new WalletCreated(wallet, Guid.CreateVersion7(), "another", DateTimeOffset.UtcNow), SyncParts.Imported(wallet, address));
        return wallet;
    }

    // The last who tracks it removes it; what was to be kept is kept.
    private async Task LetGo(string address)
    {
        await sync.Pages.StoreAsync(ct);
        var wallet = (Guid)(await sync.Execute("select wallet_id from ledger_trackers join ledgers using (ledger_id) where address = $1", address))!;
        var id = (Guid)(await sync.Execute("select address_id from ledger_trackers join ledgers using (ledger_id) where address = $1", address))!;
        await sync.Tell(new AddressRemoved(wallet, id, DateTimeOffset.UtcNow));
        (await sync.Execute("select count(*) from ledgers where address = $1", address)).ShouldBe(0L);
        await sync.Script.ResetCountersAsync(ct);
    }

    private async Task<List<string>> Asked() => [.. (await sync.Script.LastRequestsAsync(ct)).Select(request => request.Path)];

    private async Task<(long Hits, long Misses)> Counted(string kind) => (
        (long)(await sync.Execute("select coalesce(sum(hits), 0)::bigint from cache_usage where kind = $1", kind))!,
        (long)(await sync.Execute("select coalesce(sum(misses), 0)::bigint from cache_usage where kind = $1", kind))!);

    private async Task<long> Told(string type, string address) => (long)(await sync.Execute(
        "select count(*) from mt_events where type = $1 and stream_id = $2", type, $"{LedgerEvent.Category}-{await sync.LedgerOf(address)}"))!;

    private static byte[] WithoutOne(byte[] body)
    {
        using var json = new MemoryStream();
        using (var packed = new DeflateStream(new MemoryStream(body), CompressionMode.Decompress)) packed.CopyTo(json);
        var page = System.Text.Json.Nodes.JsonNode.Parse(json.ToArray())!;
        page["Transactions"]!.AsArray().RemoveAt(5);
        using var spoilt = new MemoryStream();
        using (var packed = new DeflateStream(spoilt, CompressionLevel.Fastest))
            packed.Write(System.Text.Encoding.UTF8.GetBytes(page.ToJsonString()));
        return spoilt.ToArray();
    }
}
