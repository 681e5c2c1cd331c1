using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using Postgres;
using ServiceDefaults;

namespace Portfolio;

/// <summary>Whether nothing of a deleted wallet is left here.</summary>
public sealed record ErasureView(bool Erased);

/// <summary>Answers the Wallets service, which asks until nothing of a wallet is left anywhere.</summary>
internal static class Erasure
{
    // A ledger's rows go with LedgerClosed; until then the mark of its last tracker says whose they are. An address's deposits go before its
    // import does.
    private const string Sql = """
        select coalesce((select read_to from inbox_checkpoints where source = 'wallets'), 0) >= @position
           and coalesce((select read_to from inbox_checkpoints where source = 'sync'), 0) >= @syncPosition
           and not exists (select from wallets where wallet_id = @walletId)
           and not exists (select from addresses where wallet_id = @walletId)
           and not exists (select from ledger_trackers where wallet_id = @walletId)
           and not exists (select from webhook_deliveries where wallet_id = @walletId)
           and not exists (select from feed_goings where id = @walletId)
           and not exists (select from address_imports where wallet_id = @walletId)
           and not exists (select from feed_facts where wallet_id = @walletId)
        """;

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/internal/erasures/{walletId:guid}", async Task<Ok<ErasureView>> (
                Guid walletId, long position, long? syncPosition, NpgsqlDataSource database, CancellationToken ct) =>
                TypedResults.Ok(new ErasureView(
                    await database.ScalarAsync<bool>(Sql, new { walletId, position, syncPosition = syncPosition ?? 0 }, ct))))
            .InternalOnly("wallets");
}
