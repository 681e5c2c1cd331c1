using EventSourcing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using Shouldly;
using Sync;
using Sync.Ledgers;
using Sync.WalletSyncs;
using Testing;
using Xunit;

namespace Services.Sync;

/// <summary>A check that is late makes an address stale whatever kept it, once, until one is carried out.</summary>
public sealed class TellingLateChecks(SyncParts sync) : IClassFixture<SyncParts>
{
    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task an_address_that_nobody_checks_is_stale_from_its_last_check_until_the_next()
    {
        var (wallet, _) = await sync.NewWallet(3);
        await sync.Sync(wallet);
        var ledger = (Guid)(await sync.Execute("select ledger_id from ledger_trackers where wallet_id = $1", wallet))!;
        await sync.Execute("update ledgers set checked_at = now() - interval '1 hour' where ledger_id = $1", ledger);

        // Two processes look, again and again.
        using var one = Looking();
        using var other = Looking();
        await Task.WhenAll(one.StartAsync(ct), other.StartAsync(ct));
        await Eventually.Is(
            async () => await sync.Execute("select stale_since = checked_at from ledgers where ledger_id = $1", ledger) is true, "it is late");
        await Task.WhenAll(one.StopAsync(ct), other.StopAsync(ct));
        (await Told(ledger)).ShouldBe(["LedgerFellBehind"]);

        await sync.Resync(wallet);
        (await sync.Execute("select stale_since is null from ledgers where ledger_id = $1", ledger)).ShouldBe(true);
        (await Told(ledger)).ShouldBe(["LedgerFellBehind", "LedgerCaughtUp"]);
    }

    [Fact]
    public async Task a_slice_that_is_claimed_while_it_is_looked_for_says_itself_how_it_went()
    {
        var (wallet, _) = await sync.NewWallet(3);
        await sync.Sync(wallet);
        var ledger = (Guid)(await sync.Execute("select ledger_id from ledger_trackers where wallet_id = $1", wallet))!;
        // Whoever looks stands between having begun and having locked anything until the gate is opened.
        await sync.Execute("""
            alter table ledger_trackers rename to trackers;
            create function pass() returns boolean language plpgsql as $$
            begin
                perform pg_advisory_lock_shared(42);
                perform pg_advisory_unlock_shared(42);
                return true;
            end $$;
            create view ledger_trackers as select * from trackers where pass()
            """);
        try
        {
            await using var gate = await sync.Database.DataSource.OpenConnectionAsync(ct);
            await Gate(gate, "select pg_advisory_lock(42)");
            await sync.Execute("update ledgers set checked_at = now() - interval '1 hour' where ledger_id = $1", ledger);
            using var looking = Looking();
            await looking.StartAsync(ct);
            await Eventually.Is(async () => await sync.Execute(
                "select exists (select from pg_locks where locktype = 'advisory' and objid = 42 and not granted)") is true, "it is looked for");
            await sync.Execute(
                "update walks set active = true, slice_done = false, leased_until = now() + interval '1 minute' where ledger_id = $1", ledger);
            await Gate(gate, "select pg_advisory_unlock(42)");

            await Eventually.Is(async () => await sync.Execute(
                "select exists (select from pg_locks where locktype = 'advisory' and objid = 42)") is false, "the gate is passed");
            await looking.StopAsync(ct);
        }
        finally
        {
            await sync.Execute("drop view ledger_trackers; drop function pass; alter table trackers rename to ledger_trackers");
        }

        (await sync.Execute("select stale_since is null from ledgers where ledger_id = $1", ledger)).ShouldBe(true);
        (await Told(ledger)).ShouldBeEmpty();
        await sync.Execute("update walks set active = false, slice_done = true where ledger_id = $1", ledger);
    }

    private async Task Gate(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }

    private LateChecks Looking() => new(
        sync.Store, Options.Create(new SyncOptions { CheckSeconds = 4 }), TimeProvider.System, NullLogger<LateChecks>.Instance);

    private async Task<string[]> Told(Guid ledger)
    {
        var names = new List<string>();
        await foreach (var stored in sync.Store.ReadStreamAsync(StreamName.Of(LedgerEvent.Category, ledger), ct))
            if (stored.Data is LedgerEvent.LedgerFellBehind or LedgerEvent.LedgerCaughtUp) names.Add(stored.Data.GetType().Name);
        return [.. names];
    }
}
