using EventSourcing;
using Npgsql;

namespace Store;

/// <summary>A read model that adds up, so that an event applied twice or never shows.</summary>
internal sealed class TillTotals(string table) : IProjection
{
    public string Table => table;

    /// <summary>Runs after a batch's rows are written and before the transaction ends.</summary>
    public Func<Task> AfterRows { get; set; } = () => Task.CompletedTask;

    public string Schema => $"create table {table} (till varchar primary key, moves int not null, total numeric not null)";

    public async Task ApplyAsync(NpgsqlConnection connection, IReadOnlyList<StoredEvent> events, CancellationToken ct)
    {
        foreach (var stored in events)
        {
            if (stored.Data is not TillEvent.CashMoved moved) continue;

            await using var command = new NpgsqlCommand($"""
                insert into {table} as t values ($1, 1, $2::numeric)
                on conflict (till) do update set moves = t.moves + 1, total = t.total + excluded.total
                """, connection);
            command.Parameters.Add(new() { Value = stored.StreamId });
            command.Parameters.Add(new() { Value = moved.Amount });
            await command.ExecuteNonQueryAsync(ct);
        }

        await AfterRows();
    }

    public async Task ResetAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"delete from {table}", connection);
        await command.ExecuteNonQueryAsync(ct);
    }
}
