using ChainSimulator.Serving;
using Shouldly;
using Sync.Ledgers;
using Sync.Walks;
using Testing;
using Xunit;

namespace Services.Sync;

/// <summary>
/// Who names no block tells no block's time either: both come from whoever tells them, later if need be, and then every
/// transaction's time is its block's.
/// </summary>
public sealed class PlacingTransactions(BothDialects sync) : IClassFixture<BothDialects>, IAsyncLifetime
{
    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await sync.Forget();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task what_was_told_without_its_block_gets_it_and_its_time_from_another_provider()
    {
        var (wallet, addresses) = await sync.NewWallet(120);
        await sync.Mine(15);
        await sync.Sync(wallet);
        await sync.UntilPlaced(wallet);

        var truth = await sync.ShouldBeTrue(addresses[0]);
        await sync.ShouldHoldNoEventTwice();
        var events = await EventsOf(addresses[0]);
        var observed = events.OfType<LedgerEvent.TransactionObserved>().ToList();
        observed.ShouldAllBe(e => e.Transaction.Provider == BothDialects.Info && e.Transaction.BlockHash == null);
        events.OfType<LedgerEvent.TransactionPlaced>().Count().ShouldBe(120);
        // Otherwise this shows nothing.
        var days = truth.Transactions!.ToDictionary(line => line.Txid, line => DateTimeOffset.FromUnixTimeSeconds(line.Time).UtcDateTime.Date);
        observed.ShouldContain(e => e.Transaction.BlockTime.UtcDateTime.Date != days[e.Transaction.Txid]);

        // One question tells ten blocks, and what is known is not asked again.
        var blocks = truth.Transactions!.Select(line => line.Height).Distinct().Count();
        (await BlockQuestions()).ShouldBeLessThan(blocks);
        await sync.Script.ResetCountersAsync(ct);
        await sync.Resync(wallet);
        (await BlockQuestions()).ShouldBe(0);
    }

    [Fact]
    public async Task until_somebody_tells_it_a_block_has_no_name_and_nothing_waits_for_it()
    {
        var (wallet, addresses) = await sync.NewWallet(60);
        await sync.Mine(15);
        await sync.Mine(2, 3, addresses[0]);
        await sync.Script.SetFaultAsync(new(FaultKind.Status, Replica: BothDialects.Esplora), ct);
        (await sync.Sync(wallet)).ShouldAllBe(answer => answer.Outcome == SliceOutcome.More || answer.Outcome == SliceOutcome.Done);
        await sync.ShouldBeTrue(addresses[0]);
        (await Unnamed(addresses[0])).ShouldBe(63L);

        await sync.Forget();
        await sync.Mine(15);
        await sync.UntilPlaced(wallet);
        await sync.ShouldBeTrue(addresses[0]);
    }

    [Fact]
    public async Task who_lists_a_transaction_again_names_its_block()
    {
        var (wallet, addresses) = await sync.NewWallet(60);
        await sync.Mine(15);
        await sync.Mine(2, 3, addresses[0]);
        await sync.Script.SetFaultAsync(new(FaultKind.Status, Replica: BothDialects.Esplora), ct);
        await sync.Sync(wallet);

        // Esplora reads the young blocks anew, and is not asked for blocks.
        await sync.Forget();
        await sync.Network.Backfilling.WaitAsync(ct);
        await sync.Script.SetFaultAsync(new(FaultKind.Status, Replica: BothDialects.Info), ct);
        await sync.Mine(1, 1, addresses[0]);
        await sync.Resync(wallet);

        var truth = await sync.ShouldBeTrue(addresses[0]);
        var young = truth.Transactions!.Take(3).Select(line => line.Txid).ToList();
        (await EventsOf(addresses[0])).OfType<LedgerEvent.TransactionPlaced>().Select(e => e.Transaction.Txid).Intersect(young).Count().ShouldBe(2);
        (await sync.Execute("select count(*) from ledger_transactions where ledger_id = $1 and block_hash is null and txid = any($2)",
            await sync.LedgerOf(addresses[0]), young.ToArray())).ShouldBe(0L);
        await sync.ShouldHoldNoEventTwice();
    }

    [Fact]
    public async Task while_one_asks_for_blocks_the_others_walk_on_without()
    {
        var (wallet, addresses) = await sync.NewWallet(60);
        await sync.Mine(15);
        await sync.Network.Backfilling.WaitAsync(ct);
        (await sync.Sync(wallet)).ShouldAllBe(answer => answer.Outcome == SliceOutcome.More || answer.Outcome == SliceOutcome.Done);
        await sync.ShouldBeTrue(addresses[0]);
        (await BlockQuestions()).ShouldBe(0);

        sync.Network.Backfilling.Release();
        await sync.UntilPlaced(wallet);
        await sync.ShouldBeTrue(addresses[0]);
    }

    [Fact]
    public async Task names_that_were_told_without_their_times_are_asked_for_once_more_after_an_upgrade()
    {
        var (wallet, addresses) = await sync.NewWallet(60);
        await sync.Mine(15);
        await sync.Mine(2, 3, addresses[0]);
        await sync.Sync(wallet);
        // As it was before: the young ones have names, the old ones have none, and no time is a block's.
        var ledger = await sync.LedgerOf(addresses[0]);
        await sync.Execute(
            "update ledger_transactions set block_hash = null where ledger_id = $1 and height < (select tip_height - 12 from ledgers where " +
            "ledger_id = $1)", ledger);
        (await sync.Execute("select count(*) from ledger_transactions where ledger_id = $1 and block_hash is not null", ledger)).ShouldBe(3L);
        await sync.Execute("drop index ledger_transactions_unnamed");
        await sync.Execute(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "services/Sync/Migrations/0004-placing.sql"), ct));
        (await Unnamed(addresses[0])).ShouldBe(63L);

        await sync.Mine(15);
        await sync.UntilPlaced(wallet);
        await sync.ShouldBeTrue(addresses[0]);
    }

    private Task<object?> Unnamed(string address) =>
        sync.Execute(
            "select count(*) from ledger_transactions join ledgers using (ledger_id) where address = $1 and block_hash is null and not orphaned",
            address);

    private async Task<long> BlockQuestions() =>
        (await sync.Script.RequestsAsync(ct)).Routes.Where(route => route.Route == "/blocks/{height}").Sum(route => route.Count);

    private async Task<List<LedgerEvent>> EventsOf(string address)
    {
        var events = new List<LedgerEvent>();
        await foreach (var stored in sync.Store.ReadStreamAsync($"{LedgerEvent.Category}-{await sync.LedgerOf(address)}", ct))
            if (stored.Data is LedgerEvent @event) events.Add(@event);
        return events;
    }
}
