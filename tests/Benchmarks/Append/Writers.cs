using System.Text.Json;
using EventSourcing;
using Marten;
using Npgsql;
using NpgsqlTypes;

namespace Benchmarks.Append;

/// <summary>Something that stores pages of events in one stream, one transaction a page.</summary>
internal interface IWriter : IAsyncDisposable
{
    Task WriteAsync(Guid ledger, IReadOnlyList<NewEvent> page);
}

/// <summary>What Marten does by itself: a session of its own a page, the same quick append; no lock, no dedup, no rows of the caller's.</summary>
internal sealed class MartenWriter(IDocumentStore marten) : IWriter
{
    public async Task WriteAsync(Guid ledger, IReadOnlyList<NewEvent> page)
    {
        await using var session = marten.LightweightSession();
        foreach (var (id, data) in page)
        {
            var @event = session.Events.BuildEvent(data);
            @event.Id = id;
            session.Events.Append(StreamName.Of("ledger", ledger), @event);
        }

        await session.SaveChangesAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>The product's way: log lock, dedup, JSON, pool, wake-up, everything as the services use it.</summary>
internal sealed class StoreWriter(EventStore store) : IWriter
{
    public Task WriteAsync(Guid ledger, IReadOnlyList<NewEvent> page) => store.AppendAsync("ledger", ledger, page);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>
/// The yardstick: the least that fills the same columns of the same tables. A connection of its own, both statements
/// prepared, one round trip and one transaction a page; no lock, no dedup, no expected version.
/// </summary>
internal sealed class RawWriter : IWriter
{
    private readonly NpgsqlConnection connection;
    private readonly NpgsqlBatch batch;

    private RawWriter(NpgsqlConnection connection)
    {
        this.connection = connection;
        batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("""
                    insert into mt_streams as s (id, type, version, timestamp, created, tenant_id, is_archived)
                    values ($1, 'ledger', $2, now(), now(), '*DEFAULT*', false)
                    on conflict (id) do update set version = s.version + excluded.version, timestamp = excluded.timestamp
                    """)
                {
                    Parameters = { new() { NpgsqlDbType = NpgsqlDbType.Varchar }, new() { NpgsqlDbType = NpgsqlDbType.Bigint } },
                },
                new("""
                    insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived)
                    select nextval('mt_events_sequence'), e.id, $1, s.version - $2 + e.ord, e.data, e.type, now(), '*DEFAULT*', e.dotnet, false
                    from unnest($3, $4, $5, $6) with ordinality as e (id, type, dotnet, data, ord),
                        (select version from mt_streams where id = $1) s
                    """)
                {
                    Parameters =
                    {
                        new() { NpgsqlDbType = NpgsqlDbType.Varchar },
                        new() { NpgsqlDbType = NpgsqlDbType.Bigint },
                        new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid },
                        new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar },
                        new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar },
                        new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb },
                    },
                },
            },
        };
    }

    public static async Task<RawWriter> OpenAsync(NpgsqlDataSource dataSource)
    {
        var writer = new RawWriter(await dataSource.OpenConnectionAsync());
        await writer.batch.PrepareAsync();
        return writer;
    }

    public async Task WriteAsync(Guid ledger, IReadOnlyList<NewEvent> page)
    {
        var ids = new Guid[page.Count];
        var aliases = new string[page.Count];
        var dotNet = new string[page.Count];
        var data = new byte[page.Count][];
        for (var i = 0; i < page.Count; i++)
        {
            ids[i] = page[i].Id;
            aliases[i] = "observed";
            dotNet[i] = "Benchmarks.Append.SampleEvent+Observed, Benchmarks";
            data[i] = JsonSerializer.SerializeToUtf8Bytes((SampleEvent.Observed)page[i].Data, EventTypes.Json);
        }

        var (upsert, insert) = (batch.BatchCommands[0].Parameters, batch.BatchCommands[1].Parameters);
        upsert[0].Value = insert[0].Value = StreamName.Of("ledger", ledger);
        upsert[1].Value = insert[1].Value = (long)page.Count;
        insert[2].Value = ids;
        insert[3].Value = aliases;
        insert[4].Value = dotNet;
        insert[5].Value = data;
        await batch.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await batch.DisposeAsync();
        await connection.DisposeAsync();
    }
}
