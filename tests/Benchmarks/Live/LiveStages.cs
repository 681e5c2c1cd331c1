using Npgsql;
using Testing;

namespace Benchmarks.Live;

/// <summary>Where the time of a payment goes: what the services' rows say of when each step was done, by this machine's one clock.</summary>
internal sealed class LiveStages
{
    private readonly Dictionary<string, (DateTime Seen, DateTime Told)> payments = [];

    public void Add(string txid, DateTime seen, DateTime told) => payments.Add(txid, (seen, told));

    /// <summary>For each step, the milliseconds since the one before.</summary>
    public async Task<IReadOnlyList<(string Stage, List<double> Took)>> ReadAsync(WholeSystem system)
    {
        var txids = payments.Keys.ToArray();
        var steps = payments.ToDictionary(payment => payment.Key, payment => new List<DateTime> { payment.Value.Seen });
        await using (var sync = NpgsqlDataSource.Create(system.DatabaseOf("sync")))
        {
            await using var command = sync.CreateCommand("""
                select t.txid, l.touched_at, w.started_at, min(e.timestamp) from ledger_transactions t
                join ledgers l using (ledger_id) join walks w using (ledger_id)
                join mt_events e on e.stream_id = 'ledger-' || t.ledger_id and e.type = 'transaction_observed'
                    and e.data -> 'Transaction' ->> 'Txid' = t.txid
                where t.txid = any($1) group by 1, 2, 3
                """);
            command.Parameters.Add(new() { Value = txids });
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
                steps[reader.GetString(0)].AddRange([reader.GetDateTime(1), reader.GetDateTime(2), reader.GetDateTime(3)]);
        }

        await using (var portfolio = NpgsqlDataSource.Create(system.DatabaseOf("portfolio")))
        {
            await using var command = portfolio.CreateCommand(
                "select data ->> 'Txid', min(timestamp) from mt_events where type = 'deposit_update' and data ->> 'Txid' = any($1) group by 1");
            command.Parameters.Add(new() { Value = txids });
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync()) steps[reader.GetString(0)].Add(reader.GetDateTime(1));
        }

        foreach (var (txid, payment) in payments) steps[txid].Add(payment.Told);
        return
        [
            .. ((string[])["the block is matched", "the wallet's saga takes the address up", "the transaction is in the ledger",
                "the message is in the feed", "the client has it"])
                .Select((name, i) => (name, steps.Values.Select(times => (times[i + 1] - times[i]).TotalMilliseconds).ToList()))
        ];
    }
}
