using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Npgsql;
using Postgres;

namespace Messaging;

/// <summary>The rows of one kind of saga, made by <c>create_saga_table</c>. Loading locks the row until the transaction ends.</summary>
internal sealed class SagaTable<TSaga>(string table) where TSaga : class, IStoredSaga, new()
{
    private static readonly JsonSerializerOptions Json = new()
    {
        Converters = { new JsonStringEnumConverter() },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { WithoutColumns } },
    };

    public string Table => table;

    public async Task<TSaga?> LoadAsync(NpgsqlConnection connection, Guid id, CancellationToken ct)
    {
        var row = await connection.QueryFirstOrDefaultAsync<Row>(
            $"select state, due_at, data from {table} where correlation_id = @id for update", new { id }, ct);
        if (row is null) return null;

        var saga = JsonSerializer.Deserialize<TSaga>(row.Data, Json)!;
        saga.CorrelationId = id;
        saga.State = row.State;
        saga.DueAt = row.DueAt;
        return saga;
    }

    public async Task InsertAsync(NpgsqlConnection connection, TSaga saga, CancellationToken ct)
    {
        var inserted = await connection.ExecuteAsync($"""
            insert into {table} (correlation_id, state, due_at, data, version) values (@Id, @State, @DueAt, @Data, 1)
            on conflict (correlation_id) do nothing
            """, Columns(saga), ct);
        if (inserted == 0) throw new SagaRaceException(table, saga.CorrelationId);
    }

    public Task UpdateAsync(NpgsqlConnection connection, TSaga saga, CancellationToken ct) => connection.ExecuteAsync($"""
        update {table} set state = @State, due_at = @DueAt, data = @Data, version = version + 1, woken_at = null where correlation_id = @Id
        """, Columns(saga), ct);

    public Task DeleteAsync(NpgsqlConnection connection, Guid id, CancellationToken ct) =>
        connection.ExecuteAsync($"delete from {table} where correlation_id = @id", new { id }, ct);

    private static object Columns(TSaga saga) => new
    {
        Id = saga.CorrelationId,
        State = saga.State ?? "Initial",
        saga.DueAt,
        Data = Sql.Jsonb(JsonSerializer.SerializeToUtf8Bytes(saga, Json)),
    };

    private static void WithoutColumns(JsonTypeInfo type)
    {
        if (type.Type != typeof(TSaga)) return;
        for (var i = type.Properties.Count - 1; i >= 0; i--)
        {
            if (type.Properties[i].Name is nameof(IStoredSaga.CorrelationId) or nameof(IStoredSaga.State) or nameof(IStoredSaga.DueAt))
                type.Properties.RemoveAt(i);
        }
    }

    private sealed record Row(string State, DateTimeOffset? DueAt, string Data);
}
