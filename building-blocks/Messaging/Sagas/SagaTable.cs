using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Npgsql;
using NpgsqlTypes;

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
        await using var command = new NpgsqlCommand(
            $"select state, due_at, data from {table} where correlation_id = $1 for update", connection);
        command.Parameters.Add(new() { Value = id });
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return null;

        var saga = JsonSerializer.Deserialize<TSaga>(reader.GetString(2), Json)!;
        saga.CorrelationId = id;
        saga.State = reader.GetString(0);
        saga.DueAt = reader.IsDBNull(1) ? null : reader.GetFieldValue<DateTimeOffset>(1);
        return saga;
    }

    public async Task InsertAsync(NpgsqlConnection connection, TSaga saga, CancellationToken ct)
    {
        await using var command = Write(connection, saga, $"""
            insert into {table} (correlation_id, state, due_at, data, version) values ($1, $2, $3, $4, 1)
            on conflict (correlation_id) do nothing
            """);
        if (await command.ExecuteNonQueryAsync(ct) == 0) throw new SagaRaceException(table, saga.CorrelationId);
    }

    public async Task UpdateAsync(NpgsqlConnection connection, TSaga saga, CancellationToken ct)
    {
        await using var command = Write(connection, saga, $"""
            update {table} set state = $2, due_at = $3, data = $4, version = version + 1, woken_at = null where correlation_id = $1
            """);
        await command.ExecuteNonQueryAsync(ct);
    }

    public async Task DeleteAsync(NpgsqlConnection connection, Guid id, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"delete from {table} where correlation_id = $1", connection);
        command.Parameters.Add(new() { Value = id });
        await command.ExecuteNonQueryAsync(ct);
    }

    private static NpgsqlCommand Write(NpgsqlConnection connection, TSaga saga, string sql) => new(sql, connection)
    {
        Parameters =
        {
            new() { Value = saga.CorrelationId },
            new() { Value = saga.State ?? "Initial" },
            new() { Value = (object?)saga.DueAt?.ToUniversalTime() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz },
            new() { Value = JsonSerializer.SerializeToUtf8Bytes(saga, Json), NpgsqlDbType = NpgsqlDbType.Jsonb },
        },
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
}
