using EventSourcing;
using Npgsql;

namespace Messaging;

/// <summary>How far the log is published: the last position read, and where the last published contract ends.</summary>
internal readonly record struct Published(long ReadTo, long UpTo);

/// <summary>The publisher's row. Only the lease's holder moves it.</summary>
internal sealed class PublisherCheckpoint(NpgsqlDataSource dataSource, EventStore store)
{
    public async Task<Published> ReadAsync(CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand("select read_to, published_to from publisher_checkpoint");
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return new Published(reader.GetInt64(0), reader.GetInt64(1));
    }

    /// <exception cref="LeaseLostException">Another process publishes by now.</exception>
    public async Task MoveAsync(Lease lease, long readTo, long publishedTo, CancellationToken ct)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await lease.GuardAsync(connection, ct);
        await using (var command = new NpgsqlCommand(
            "update publisher_checkpoint set read_to = $1, published_to = $2, updated_at = now()", connection))
        {
            command.Parameters.Add(new() { Value = readTo });
            command.Parameters.Add(new() { Value = publishedTo });
            await command.ExecuteNonQueryAsync(ct);
        }

        await transaction.CommitAsync(ct);
    }

    public async Task<long> LagAsync(CancellationToken ct) => await store.HeadAsync(ct) - (await ReadAsync(ct)).ReadTo;
}
