using EventSourcing;
using Messaging;
using RabbitMQ.Client;
using Testing;

namespace Services.Messages;

/// <summary>A source of notes, a reader of them, a database each, and the broker between them.</summary>
internal sealed class NoteSystem(Func<Uri> broker, Func<Task<TestDatabase>> newDatabase) : IAsyncDisposable
{
    public const string Queue = "reader-inbox-wallets-quorum";
    private readonly List<Node> nodes = [];
    private readonly int sourcePort = FreePort.Next();
    private TestDatabase? sourceDatabase;
    private TestDatabase? readerDatabase;

    public NoteSystem(TestBroker broker) : this(() => broker.Uri, () => TestDatabase.Create())
    {
    }

    public NoteSystem(PrivateServers servers) : this(() => servers.AmqpUri, () => TestDatabase.Create(servers))
    {
    }

    public async Task<TestDatabase> SourceDatabase() => sourceDatabase ??= await newDatabase();

    public async Task<TestDatabase> ReaderDatabase()
    {
        if (readerDatabase is not null) return readerDatabase;
        readerDatabase = await newDatabase();
        await using var create = readerDatabase.DataSource.CreateCommand("create table applied (number bigserial primary key, text text not null)");
        await create.ExecuteNonQueryAsync();
        return readerDatabase;
    }

    /// <summary>The source, at the address the reader knows, or beside it as a second process of the same service.</summary>
    public async Task<Node> StartSource(bool another = false) =>
        Add(await (await Node.Start("wallets", await SourceDatabase(), broker(), m => m.Publishes<NoteMap>(), port: another ? null : sourcePort))
            .Connected());

    /// <summary>A reader that has compared itself with the source, so that from then on it hears by the bus.</summary>
    public async Task<Node> StartReader(string pullEvery = "01:00:00", bool sourceIsThere = true)
    {
        var node = Add(await (await Node.Start(
            "reader", await ReaderDatabase(), broker(), m => m.Receives<NoteInbox>("wallets"),
            new Dictionary<string, string?> { ["Services:wallets"] = $"http://127.0.0.1:{sourcePort}", ["Messaging:PullEvery"] = pullEvery }))
                .Connected());
        if (sourceIsThere) await Eventually.Is(() => node.Get<Inbox>().State.Waiting is null, "the reader has compared itself with the source");
        return node;
    }

    public static async Task Tell(Node source, params IEnumerable<string> texts)
    {
        foreach (var chunk in texts.Chunk(100))
            await source.Store.AppendAsync("note", Guid.NewGuid(),
                [.. chunk.Select(text => NewEvent.Fresh(new NoteEvent.NoteTold(Guid.NewGuid(), text)))]);
    }

    public static Task Keep(Node source, string text) =>
        source.Store.AppendAsync("note", Guid.NewGuid(), [NewEvent.Fresh(new NoteEvent.NoteKept(text))]);

    public async Task<string[]> Applied()
    {
        await using var select = (await ReaderDatabase()).DataSource.CreateCommand(
            "select coalesce(array_agg(text order by number), '{}') from applied");
        return (string[])(await select.ExecuteScalarAsync())!;
    }

    /// <summary>Waits until the reader has applied just these, in this order.</summary>
    public Task<string[]> UntilApplied(params IEnumerable<string> texts)
    {
        var expected = texts.ToArray();
        return Eventually.Get(Applied, applied => applied.SequenceEqual(expected), $"{expected.Length} notes are applied, in order");
    }

    public static Task UntilPublished(Node source) => Eventually.Is(
        async () => (await source.Get<PublisherCheckpoint>().LagAsync(CancellationToken.None)).Positions == 0, "everything is published");

    public async Task OnBroker(Func<IChannel, Task> act)
    {
        await using var connection = await new ConnectionFactory { Uri = broker() }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        await act(channel);
    }

    public static async Task<long> Execute(TestDatabase database, string sql)
    {
        await using var command = database.DataSource.CreateCommand(sql);
        return await command.ExecuteScalarAsync() as long? ?? 0;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in nodes) await node.DisposeAsync();
        await OnBroker(async channel =>
        {
            await channel.QueueDeleteAsync(Queue);
            await channel.QueueDeleteAsync(Queue + "-dead");
        });
        if (sourceDatabase is not null) await sourceDatabase.DisposeAsync();
        if (readerDatabase is not null) await readerDatabase.DisposeAsync();
    }

    private Node Add(Node node)
    {
        nodes.Add(node);
        return node;
    }
}
