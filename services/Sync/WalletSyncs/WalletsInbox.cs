using Contracts;
using Dapper;
using EventSourcing;
using Messaging;
using Postgres;
using Sync.Ledgers;
using Sync.Networks;
using Sync.WalletSyncs.Runs;

namespace Sync.WalletSyncs;

/// <summary>What wallets say decides which ledgers there are. Applied in the transaction that moves the inbox's checkpoint.</summary>
internal sealed class WalletsInbox : IInbox
{
    public async Task ApplyAsync(Work work, IReadOnlyList<Contract> contracts, CancellationToken ct)
    {
        foreach (var contract in contracts)
        {
            await (contract switch
            {
                WalletCreated e => work.Connection.ExecuteAsync(
                    "insert into wallets (wallet_id, owner_id) values (@WalletId, @OwnerId) on conflict do nothing", e, ct),
                AddressImported e => TrackAsync(work, e, ct),
                AddressRemoved e => UntrackAsync(work, e.WalletId, e.AddressId, e.At, ct),
                SyncRequested e => SyncPause.ResumeAsync(work.Connection, e.WalletId, ct),
                SyncCancelRequested e => SyncPause.PauseAsync(work.Connection, e.WalletId, ct),
                WalletDeleted e => EraseAsync(work, e, ct),
                _ => Task.CompletedTask,
            });
        }
    }

    private static async Task TrackAsync(Work work, AddressImported imported, CancellationToken ct)
    {
        // Made of the import's own id: a fresh one for each tracking period, and the same when the import is applied again.
        var fresh = FactId.Of("ledger", imported.AddressId.ToString("N"));
        var ledgerId = await work.Connection.ScalarAsync<Guid>("""
            insert into ledgers (ledger_id, network, address, opened_at, wanted_at) values (@fresh, @Network, @Address, @At, clock_timestamp())
            on conflict (network, address) do update set wanted_at = clock_timestamp()
            returning ledger_id
            """, new { fresh, imported.Network, imported.Address, imported.At }, ct);
        // A larger wallet is another whole: what was shown of the smaller one is no floor for its percentage.
        await work.Connection.ExecuteAsync("""
            update wallets set shown_run = null, shown_percent = null where wallet_id = @WalletId;
            insert into ledger_trackers (ledger_id, wallet_id, address_id, tracked_at)
            select ledger_id, @WalletId, @AddressId, wanted_at from ledgers where ledger_id = @ledgerId on conflict do nothing
            """, new { ledgerId, imported.WalletId, imported.AddressId }, ct);
        await SyncSchedule.StartAsync(work.Connection, imported.WalletId, ct);
        work.Append(LedgerEvent.Category, ledgerId, [NewEvent.Fresh(new LedgerEvent.LedgerTracked(
            ledgerId, imported.WalletId, imported.AddressId, imported.Network, imported.Address, imported.At))]);
    }

    private static async Task UntrackAsync(Work work, Guid walletId, Guid addressId, DateTimeOffset at, CancellationToken ct)
    {
        var ledgerId = await work.Connection.ScalarAsync<Guid?>(
            "select l.ledger_id from ledgers l join ledger_trackers t using (ledger_id) where t.wallet_id = @walletId and t.address_id = " +
            "@addressId for update of l",
            new { walletId, addressId }, ct);
        if (ledgerId is not { } ledger) return;

        // The saga may have a slice of it in flight that nobody will answer. The wallet's row is locked before its trackers' by whoever writes them.
        await work.Connection.ExecuteAsync(
            "select from wallets where wallet_id = @walletId for update", new { walletId }, ct);
        await SyncSchedule.WakeAsync(work.Connection, walletId, ct);
        var others = await work.Connection.ScalarAsync<long>("""
            delete from ledger_trackers where ledger_id = @ledger and address_id = @addressId;
            select count(*) from ledger_trackers where ledger_id = @ledger
            """, new { ledger, addressId }, ct);
        if (others > 0)
        {
            // Nobody waits for this wallet's slice any more.
            await Planner.ReleaseAsync(work.Connection, walletId, [ledger], ct);
            work.Append(LedgerEvent.Category, ledger, [NewEvent.Fresh(new LedgerEvent.LedgerUntracked(ledger, walletId, addressId, at))]);
            return;
        }

        await work.Connection.ExecuteAsync(NodeScans.Forget, new { ledger }, ct);
        await work.Connection.ExecuteAsync(new CommandDefinition("""
            delete from walks where ledger_id = @ledger;
            delete from ledger_transactions where ledger_id = @ledger;
            delete from ledger_assets where ledger_id = @ledger;
            delete from ledger_untold where ledger_id = @ledger;
            delete from ledgers where ledger_id = @ledger
            """, new { ledger }, commandTimeout: 0, cancellationToken: ct));
        await work.PurgeAsync(LedgerEvent.Category, ledger, ct);
        work.Append(LedgerEvent.Category, ledger, [NewEvent.Fresh(new LedgerEvent.LedgerClosed(ledger, at))]);
    }

    private static async Task EraseAsync(Work work, WalletDeleted deleted, CancellationToken ct)
    {
        await SyncSchedule.EndAsync(work.Connection, deleted.WalletId, ct);
        await work.Connection.ExecuteAsync("delete from wallets where wallet_id = @WalletId", deleted, ct);
        var addresses = await work.Connection.QueryAsync<Guid>(
            "select address_id from ledger_trackers where wallet_id = @WalletId", deleted, ct);
        foreach (var addressId in addresses) await UntrackAsync(work, deleted.WalletId, addressId, deleted.At, ct);
        await work.PurgeAsync(SyncEvent.Category, deleted.WalletId, ct);
        var erased = new SyncEvent.SyncErased(deleted.WalletId, deleted.At);
        await SyncRuns.WriteAsync(work.Connection, erased, ct);
        work.Append(SyncEvent.Category, deleted.WalletId, [NewEvent.Fresh(erased)]);
    }
}
