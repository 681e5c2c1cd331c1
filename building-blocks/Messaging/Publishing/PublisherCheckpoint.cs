using EventSourcing;
using Npgsql;
using Postgres;

namespace Messaging;

/// <summary>How far the log is published: the last position read, and where the last published contract ends.</summary>
internal readonly record struct Published(long ReadTo, long UpTo);

/// <summary>The publisher's row. Only the lease's holder moves it.</summary>
internal sealed class PublisherCheckpoint(NpgsqlDataSource dataSource, EventStore store)
{
    public Task<Published> ReadAsync(CancellationToken ct) =>
        dataSource.QuerySingleAsync<Published>("select read_to, published_to as up_to from publisher_checkpoint", null, ct);

    /// <exception cref="LeaseLostException">Another process publishes by now.</exception>
    public async Task MoveAsync(Lease lease, long readTo, long publishedTo, CancellationToken ct)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await lease.GuardAsync(connection, ct);
        await connection.ExecuteAsync(
            "update publisher_checkpoint set read_to = @readTo, published_to = @publishedTo, updated_at = now()", new { readTo, publishedTo }, ct);
        await transaction.CommitAsync(ct);
    }

    /// <summary>Positions not read yet, and for how many seconds the oldest event of them has waited.</summary>
    public async Task<(long Positions, double Age)> LagAsync(CancellationToken ct)
    {
        var head = await store.HeadAsync(ct);
        var (readTo, age) = await dataSource.QuerySingleAsync<(long, double)>("""
            select read_to, greatest(coalesce(extract(epoch from clock_timestamp() - (
                select e.timestamp from mt_events e where e.seq_id > read_to order by e.seq_id limit 1)), 0), 0)::float8
            from publisher_checkpoint
            """, null, ct);
        return (Math.Max(head - readTo, 0), age);
    }
}
