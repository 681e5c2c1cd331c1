using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Diagnostics;
using EventSourcing;
using Npgsql;
using Portfolio;
using Portfolio.Feed;
using Testing;
using static Benchmarks.Figures;

namespace Benchmarks.Live;

/// <summary>
/// Many clients of one user's feed at the gateway: how many messages a second reach all of them, how late they are at a pace that is kept up
/// with, and what a client that only waits holds of memory.
/// </summary>
internal static class LiveFeed
{
    private const int Clients = 500;
    private const int ClientsWaiting = 2_000;
    private const int WarmUp = 200;
    private const int Flood = 4_000;
    private const int FloodAtOnce = 50;
    private const int Paced = 200;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);

    public static async Task RunAsync(WholeSystem system)
    {
        // Somebody to whom nothing else is told.
        var user = await system.NewUser();
        await using var database = NpgsqlDataSource.Create(system.DatabaseOf("portfolio"));
        var feed = new EventStore(database, PortfolioModule.Events, new LogSignal());
        var clients = new List<Listener>();
        long told = 0;
        await ConnectAsync(system, user, clients, Clients);
        await TellAsync(WarmUp, FloodAtOnce);
        await UntilAllAsync();

        var sent = new ConcurrentDictionary<long, long>();
        var late = new ConcurrentBag<double>();
        foreach (var client in clients) client.Heard = seq => late.Add(Stopwatch.GetElapsedTime(sent[seq]).TotalMilliseconds);
        for (var message = 0; message < Paced; message++)
        {
            sent[told + 1] = Stopwatch.GetTimestamp();
            await TellAsync(1, 1);
            await Task.Delay(Pace);
        }

        await UntilAllAsync();
        foreach (var client in clients) client.Heard = null;

        var (before, clock) = (Used.By(system), Stopwatch.StartNew());
        await TellAsync(Flood, FloodAtOnce);
        await UntilAllAsync();
        var (took, after) = (clock.Elapsed, Used.By(system));
        var deliveries = (double)Flood * Clients;

        Console.WriteLine();
        Say(Invariant, $"{Clients} clients of one feed at the gateway: {Flood / took.TotalSeconds:0} messages/s to each, "
            + $"{deliveries / took.TotalSeconds:N0} in all; CPU µs a message and client: Portfolio {Cpu("portfolio"):0.0}, "
            + $"Gateway {Cpu("gateway"):0.0} (the clients share the machine)");
        Say(Invariant, $"    at {1000 / Pace.TotalMilliseconds:0} messages/s each, from before it is stored to the client: "
            + $"p50 {Percentile(late, 50):0.0} ms, p99 {Percentile(late, 99):0.0} ms, at most {late.Max():0.0}");

        await QuietAsync();
        var few = Held();
        await ConnectAsync(system, user, clients, ClientsWaiting - Clients);
        await QuietAsync();
        var many = Held();
        Say(Invariant, $"    memory of a client that waits, from {Clients} to {ClientsWaiting:N0} of them: Portfolio {PerClient(0):0} kB, "
            + $"Gateway {PerClient(1):0} kB");
        foreach (var client in clients) await client.DisposeAsync();

        double Cpu(string part) => (after[part].Cpu - before[part].Cpu) * 1_000_000 / deliveries;

        long[] Held() => [system.Portfolio.Memory, system.Gateway.Memory];

        double PerClient(int part) => (many[part] - few[part]) / 1024d / (ClientsWaiting - Clients);

        async Task TellAsync(int messages, int atOnce)
        {
            for (var end = told + messages; told < end; told += atOnce)
            {
                await feed.AppendAsync(FeedMessage.Category, user.Id, [.. Enumerable.Range(0, atOnce).Select(_ => NewEvent.Fresh(Deposit()))]);
                await using var notify = database.CreateCommand("notify log_appended");
                await notify.ExecuteNonQueryAsync();
            }
        }

        async Task UntilAllAsync()
        {
            var since = Stopwatch.StartNew();
            while (clients.Exists(client => client.Seq < told))
            {
                if (since.Elapsed > TimeSpan.FromMinutes(5)) throw new TimeoutException($"Some client has not heard of {told}.");
                await Task.Delay(10);
            }
        }
    }

    private static async Task ConnectAsync(WholeSystem system, TestUser user, List<Listener> clients, int more) =>
        await Parallel.ForEachAsync(Enumerable.Range(0, more), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (_, _) =>
        {
            var listener = await Listener.ConnectAsync(system.AddressOf("gateway"), user.Key);
            lock (clients) clients.Add(listener);
        });

    // What was in use only while connecting or sending is given back.
    private static Task QuietAsync() => Task.Delay(TimeSpan.FromSeconds(20));

    private static FeedMessage.DepositUpdate Deposit() => new()
    {
        WalletId = Guid.CreateVersion7(), OccurredAt = DateTimeOffset.UtcNow, DepositId = Guid.CreateVersion7(), AddressId = Guid.CreateVersion7(),
        Network = LiveChain.Network, Address = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", Txid = $"0x{Guid.NewGuid():N}{Guid.NewGuid():N}",
        Asset = "eip155:1/slip44:60", Amount = new(1000, 18, "ETH", "0.000000000000001"), Status = "processing", Confirmations = 1, Required = 12,
        Height = 20_000_000, BlockHash = $"0x{Guid.NewGuid():N}{Guid.NewGuid():N}",
    };

    // Counts and checks the order, nothing more: it shares the machine with what is measured.
    private sealed class Listener : IAsyncDisposable
    {
        private LiveClient? client;
        private long seq;

        public Action<long>? Heard { get; set; }

        public long Seq => Volatile.Read(ref seq);

        public static async Task<Listener> ConnectAsync(Uri gateway, string key)
        {
            var listener = new Listener();
            listener.client = await LiveClient.ConnectAsync(gateway, key, listener.Hear);
            return listener;
        }

        public async ValueTask DisposeAsync()
        {
            if (client is not null) await client.DisposeAsync();
        }

        private void Hear(ReadOnlyMemory<byte> message)
        {
            if (!Utf8Parser.TryParse(message.Span["{\"seq\":".Length..], out long next, out _) || (seq > 0 && next != seq + 1))
                throw new InvalidOperationException($"After {seq} came {next}.");
            Volatile.Write(ref seq, next);
            Heard?.Invoke(next);
        }
    }
}
