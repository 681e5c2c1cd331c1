using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Shouldly;
using Sync;
using Sync.WalletSyncs;
using Xunit;

namespace Services.Sync;

/// <summary>What waits to be read is measured by its rows, from when it was due, by the queue that it will be in.</summary>
public sealed class MeasuringTheBacklog(SyncParts sync) : IClassFixture<SyncParts>
{
    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task an_address_waits_from_its_import_to_its_slice_and_again_from_the_time_of_its_next_check_or_try()
    {
        var (wallet, addresses) = await sync.NewWallet(3);
        var ledger = await sync.LedgerOf(addresses[0]);
        await sync.Execute("update ledgers set wanted_at = now() - interval '90 s' where ledger_id = $1", ledger);
        await ShouldWait(SyncQueues.Interactive, due: 1, age: 90);

        // Sent is not yet being read: that begins when a consumer claims it.
        var command = await sync.NextSlice(wallet);
        await ShouldWait(SyncQueues.Interactive, due: 1, age: 90);
        await sync.Execute("update walks set slice_done = false, leased_until = now() + interval '30 s' where ledger_id = $1", ledger);
        (await ReadAsync()).ShouldBeEmpty("a slice of it is being read");
        await sync.Execute("update walks set slice_done = true, leased_until = now() where ledger_id = $1", ledger);
        await sync.Runner.RunAsync(command, false, ct);
        (await ReadAsync()).ShouldBeEmpty("it was read a moment ago");

        await sync.Execute("update ledgers set wanted_at = now() - interval '1 day', checked_at = now() - interval '150 s' where ledger_id = $1",
            ledger);
        await ShouldWait(SyncQueues.Background, due: 1, age: 30);

        await sync.Execute("update walks set active = true, failures = 9, retry_at = now() + interval '1 hour' where ledger_id = $1", ledger);
        await ShouldWait(SyncQueues.Retries, due: 0, age: 0, deferred: 1);
        await sync.Execute("update walks set retry_at = now() - interval '20 s' where ledger_id = $1", ledger);
        await ShouldWait(SyncQueues.Retries, due: 1, age: 20);

        await sync.Execute("delete from ledger_trackers where ledger_id = $1", ledger);
        (await ReadAsync()).ShouldBeEmpty("nobody tracks it any more");
    }

    private async Task ShouldWait(string priority, long due, double age, long deferred = 0)
    {
        var waiting = (await ReadAsync()).ShouldHaveSingleItem();
        (waiting.Network, waiting.Priority, waiting.Due, waiting.Deferred).ShouldBe((SyncParts.Bitcoin, priority, due, deferred));
        waiting.Age.ShouldBeInRange(age, age + 60);
    }

    private async Task<List<Backlog.Waiting>> ReadAsync()
    {
        using var backlog = new Backlog(sync.Database.DataSource, sync.Adapters, Options.Create(new SyncOptions { CheckSeconds = 120 }),
            TimeProvider.System, NullLogger<Backlog>.Instance);
        return await backlog.ReadAsync(ct);
    }
}
