using System.Text.Json;
using Npgsql;
using Postgres;
using Sync.Chains;

namespace Sync.Ledgers;

/// <summary>The rows of what a reading of the whole history tells otherwise, kept until its round is concluded.</summary>
internal static class RetoldTransactions
{
    public static Task WriteAsync(NpgsqlConnection connection, PageContext at, IReadOnlyList<ChainTransaction> told, CancellationToken ct) =>
        connection.ExecuteAsync("""
            insert into ledger_retold (ledger_id, txid, round, told)
            select @LedgerId, n.txid, @Round, n.told::jsonb from unnest(@txids, @told) as n (txid, told)
            on conflict (ledger_id, txid) do update set round = excluded.round, told = excluded.told
            """, new
        {
            at.LedgerId, at.Round, txids = told.Select(transaction => transaction.Txid).ToArray(),
            told = told.Select(transaction => JsonSerializer.Serialize(transaction)).ToArray(),
        }, ct);

    /// <summary>Those of a round.</summary>
    public static async Task<IReadOnlyList<RetoldTransaction>> ReadAsync(
        NpgsqlConnection connection, Guid ledgerId, long round, CancellationToken ct)
    {
        var told = (await connection.QueryAsync<(string Txid, string Told)>(
            "select txid, told::text from ledger_retold where ledger_id = @ledgerId and round = @round order by txid", new { ledgerId, round }, ct))
            .ToDictionary(each => each.Txid, each => JsonSerializer.Deserialize<ChainTransaction>(each.Told)!);
        if (told.Count == 0) return [];
        var rows = await TransactionRows.KnownAsync(connection, ledgerId, [.. told.Keys], ct);
        return [.. rows.Values.Where(row => !row.Orphaned && row.SeenRound == round).Select(row => new RetoldTransaction(row, told[row.Txid]))];
    }

    public static Task ForgetAsync(NpgsqlConnection connection, Guid ledgerId, CancellationToken ct) =>
        connection.ExecuteAsync("delete from ledger_retold where ledger_id = @ledgerId", new { ledgerId }, ct);
}
