using EventSourcing;
using Npgsql;
using Postgres;
using ServiceDefaults;

namespace Sync.WalletSyncs;

/// <summary>Tells the wallets service whether a deleted wallet has left no row and no stream here.</summary>
internal static class GetErasure
{
    /// <summary><paramref name="Position"/> is where the log ends; whoever has heard it to there has heard that the wallet's ledgers are
    /// closed.</summary>
    public sealed record View(bool Erased, long Position);

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/internal/erasures/{walletId:guid}",
            async (Guid walletId, long position, NpgsqlDataSource dataSource, EventStore store, CancellationToken ct) =>
        {
            await using var connection = await dataSource.OpenConnectionAsync(ct);
            var erased = await connection.ScalarAsync<bool>("""
                select coalesce((select read_to from inbox_checkpoints where source = 'wallets'), 0) >= @position
                   and not exists (select from wallets where wallet_id = @walletId)
                   and not exists (select from ledger_trackers where wallet_id = @walletId)
                   and not exists (select from wallet_syncs where correlation_id = @walletId)
                   and not exists (select from sync_runs where wallet_id = @walletId)
                """, new { walletId, position }, ct);
            return new View(erased, await store.HeadAsync(ct));
        }).InternalOnly("wallets");
}
