using System.Diagnostics;
using System.Globalization;
using Chains;
using Npgsql;
using Testing;

namespace Benchmarks.Exporting;

/// <summary>
/// What exporting costs through the real processes, a hundredth of the rows and then all of them: seconds, bytes, and the most memory that
/// Portfolio and the gateway ever held until then. The rows are put into Portfolio's read model as a finished walk would have left them.
/// </summary>
internal static class ExportBenchmark
{
    private const int Addresses = 10;

    private const string Fill = """
        insert into addresses (address_id, wallet_id, network, address, label)
        select md5(@wallet || i)::uuid, @wallet::uuid, 'bitcoin', 'bc1q' || md5(@wallet || i), 'Address ' || i from generate_series(1, @addresses) i;
        insert into ledgers (ledger_id, network, address, first_walk_done, walked_height)
        select address_id, network, address, true, 900000 from addresses where wallet_id = @wallet::uuid;
        insert into ledger_trackers (ledger_id, address_id, wallet_id)
        select address_id, address_id, wallet_id from addresses where wallet_id = @wallet::uuid;
        insert into transactions (ledger_id, txid, asset, height, position, delta, block_time, incarnation, confirmed)
        select a.address_id, encode(sha256((a.address || i)::bytea), 'hex'), @asset, i, 0, case when i % 3 = 0 then -1000 - i % 77 else 2000 + i % 91 end,
               timestamptz '2012-01-01' + i * interval '1 minute', 0, true
        from (select address_id, address from addresses where wallet_id = @wallet::uuid) a cross join generate_series(1, @rows / @addresses) i;
        insert into transaction_details (ledger_id, txid, block_hash, fee, coinbase, provider, senders, receivers)
        select x.ledger_id, x.txid, md5(x.height::text) || md5(x.height::text), 250 + x.height % 1000, false, 'bench',
               jsonb_build_array(jsonb_build_array('bc1q' || md5('s' || x.txid), abs(x.delta)::text)),
               jsonb_build_array(jsonb_build_array('bc1q' || md5('r' || x.txid), abs(x.delta)::text), jsonb_build_array(a.address, '400'))
        from transactions x join addresses a on a.address_id = x.ledger_id where a.wallet_id = @wallet::uuid;
        insert into balance_stretches (ledger_id, asset, level, stretch, change, transactions)
        select x.ledger_id, x.asset, level, x.height >> level, sum(x.delta), count(*)
        from transactions x join addresses a on a.address_id = x.ledger_id cross join generate_series(0, 32, 4) level
        where a.wallet_id = @wallet::uuid group by 1, 2, 3, 4;
        insert into balances (ledger_id, asset, derived, derived_count, reported, reported_count, reported_height)
        select x.ledger_id, x.asset, sum(x.delta), count(*), sum(x.delta), count(*), 900000
        from transactions x join addresses a on a.address_id = x.ledger_id where a.wallet_id = @wallet::uuid group by 1, 2;
        """;

    public static async Task<int> RunAsync(int rows)
    {
        await using var system = await WholeSystem.Start();
        var user = await system.NewUser();
        var (small, large) = (await FillAsync(system, user, rows / 100), await FillAsync(system, user, rows));
        Console.WriteLine("                            rows        MB   seconds    rows/s   peak MB: portfolio   gateway");
        foreach (var format in new[] { "csv", "jsonl", "xlsx", "koinly" })
        {
            await ExportAsync(system, user, format, small, rows / 100);
            await ExportAsync(system, user, format, large, rows);
        }

        return 0;
    }

    private static async Task<Guid> FillAsync(WholeSystem system, TestUser user, int rows)
    {
        var wallet = await user.CreateWallet($"{rows}");
        await Eventually.Is(
            async () => (await user.Http.GetAsync($"/api/v1/wallets/{wallet}/balances")).IsSuccessStatusCode, "Portfolio has the wallet",
            TimeSpan.FromMinutes(1));
        await using var database = NpgsqlDataSource.Create(system.DatabaseOf("portfolio"));
        await using var command = database.CreateCommand(Fill);
        command.CommandTimeout = 0;
        command.Parameters.AddWithValue("wallet", wallet.ToString());
        command.Parameters.AddWithValue("addresses", Addresses);
        command.Parameters.AddWithValue("rows", rows);
        command.Parameters.AddWithValue("asset", Networks.Bitcoin.Native.Caip19);
        await command.ExecuteNonQueryAsync();
        await using var vacuum = database.CreateCommand("vacuum analyze");
        vacuum.CommandTimeout = 0;
        await vacuum.ExecuteNonQueryAsync();
        return wallet;
    }

    private static async Task ExportAsync(WholeSystem system, TestUser user, string format, Guid wallet, int rows)
    {
        var clock = Stopwatch.StartNew();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/export/transactions?wallet={wallet}&format={format}");
        using var answer = await user.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var body = await answer.EnsureSuccessStatusCode().Content.ReadAsStreamAsync();
        var (buffer, bytes, lines) = (new byte[64 * 1024], 0L, 0L);
        while (await body.ReadAsync(buffer) is > 0 and var read)
        {
            bytes += read;
            lines += buffer.AsSpan(0, read).Count((byte)'\n');
        }

        // A packed sheet has no lines to count.
        if (format != "xlsx" && lines != rows + (format == "jsonl" ? 0 : 1))
            throw new InvalidOperationException($"{lines} lines came, of {rows} rows.");
        var seconds = clock.Elapsed.TotalSeconds;
        var (portfolio, gateway) = (system.Portfolio.PeakMemory / 1048576d, system.Gateway.PeakMemory / 1048576d);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{format,-20} {rows,11:N0} {bytes / 1e6,9:0.0} {seconds,9:0.0} {rows / seconds,9:N0} {portfolio,20:0} {gateway,9:0}"));
    }
}
