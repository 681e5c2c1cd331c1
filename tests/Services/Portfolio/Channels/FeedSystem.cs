using System.Text.Json;
using Contracts;
using EventSourcing;
using Messaging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Portfolio;
using Portfolio.Feed;
using Portfolio.Feed.Channels;
using Portfolio.Wallets;
using ServiceDefaults;
using Testing;
using Xunit;

namespace Services.Portfolio.Channels;

/// <summary>Replicas of the Portfolio service on one real database, each at a port of its own, without the bus.</summary>
internal sealed class FeedSystem : IAsyncDisposable
{
    private readonly TestIdentity identity = new("portfolio");
    private readonly TestDatabase database = new() { Schema = Schemas.Portfolio };
    private readonly WalletsFeed walletsFeed = new();
    private readonly List<WebApplication> replicas = [];
    private readonly (string Key, string Value)[] settings;
    private EventStore? store;
    private NpgsqlDataSource? source;

    private FeedSystem((string Key, string Value)[] settings) => this.settings = settings;

    public EventStore Store => store!;

    public NpgsqlDataSource Database => source!;

    /// <summary>Where the replicas that run are.</summary>
    public IReadOnlyList<Uri> Addresses
    {
        get
        {
            lock (replicas) return [.. replicas.Select(replica => new Uri(replica.Urls.First()))];
        }
    }

    public Uri Address => Addresses[0];

    public static async Task<FeedSystem> StartAsync(params (string Key, string Value)[] settings)
    {
        var system = new FeedSystem(settings);
        await system.database.InitializeAsync();
        await system.StartReplicaAsync();
        // A process of its own, as the announcer's may be.
        system.source = NpgsqlDataSource.Create(system.database.ConnectionString);
        system.store = new EventStore(system.source, PortfolioModule.Events, new LogSignal());
        return system;
    }

    public async Task StartReplicaAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(identity.SettingsWith(
            ("ConnectionStrings:Database", database.ConnectionString), ("Services:wallets", "http://wallets"))
            .Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        builder.AddServiceDefaults("portfolio").AddReadModel();
        builder.Services.AddServiceClient("wallets").ConfigurePrimaryHttpMessageHandler(() => walletsFeed);
        builder.Services.AddSingleton<FeedClient>();
        builder.Services.AddSingleton(provider => new Inbox(
            "wallets", new WalletsInbox(), provider.GetRequiredService<EventStore>(), provider.GetRequiredService<FeedClient>(),
            new DueSignal(), 500, TimeProvider.System, NullLogger.Instance));
        builder.Services.AddSingleton(provider => new InboxCatchUp(provider.GetServices<Inbox>(), NullLogger<InboxCatchUp>.Instance));
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.MapServiceDefaults();
        app.MapReadModel();
        await app.StartAsync(TestContext.Current.CancellationToken);
        lock (replicas) replicas.Add(app);
    }

    /// <summary>Stops the oldest replica, as an orchestrator does that has started another one.</summary>
    public async Task StopReplicaAsync()
    {
        WebApplication oldest;
        lock (replicas)
        {
            oldest = replicas[0];
            replicas.RemoveAt(0);
        }

        await oldest.StopAsync(TestContext.Current.CancellationToken);
        await oldest.DisposeAsync();
    }

    /// <summary>What a caller's requests are signed with by the gateway.</summary>
    public string Token(Caller caller) => identity.TokenOf(caller);

    /// <summary>One that was signed some time ago.</summary>
    public string TokenOf(Caller caller, TimeSpan ago) => identity.TokenOf(caller, ago);

    /// <summary>How many streams a caller's key has open at the first replica.</summary>
    public int OpenStreamsOf(Caller caller) => replicas[0].Services.GetRequiredService<OpenStreams>().Of(caller.KeyId);

    /// <summary>Deletes what is no longer kept; how many messages that is.</summary>
    public Task<int> TrimAsync() => replicas[0].Services.GetRequiredService<FeedRetention>().TrimAsync(TestContext.Current.CancellationToken);

    public static Caller Someone(Guid? user = null, IReadOnlySet<Guid>? wallets = null) =>
        new(user ?? Guid.CreateVersion7(), Guid.CreateVersion7(), new HashSet<string> { Scopes.PortfolioRead }, wallets);

    public FeedFollower Follower(Caller caller, bool bySocket, string query = "", Random? random = null, bool isLean = false) => new(
        () => Addresses is { Count: > 0 } all ? all[random?.Next(all.Count) ?? 0] : new Uri("http://127.0.0.1:1"), () => Token(caller), bySocket)
    {
        Query = query,
        IsLean = isLean,
    };

    public HttpClient Client(Caller caller) => new(identity.AsWith(caller, new HttpClientHandler())) { BaseAddress = Address };

    /// <summary>Tells a user so many messages, each about a deposit.</summary>
    public async Task TellAsync(Guid user, int count, Guid? wallet = null, int perWork = 1, string address = "bc1qtold")
    {
        for (var told = 0; told < count; told += perWork)
            await TellAsync(user, [.. Enumerable.Range(0, Math.Min(perWork, count - told)).Select(_ => Deposit(wallet, address))]);
    }

    /// <summary>Tells a user this, in one transaction.</summary>
    public async Task TellAsync(Guid user, params FeedMessage[] messages)
    {
        await Store.AppendAsync(FeedMessage.Category, user, [.. messages.Select(NewEvent.Fresh)], ct: TestContext.Current.CancellationToken);
        // As the services' own announcements do, though not for each.
        await using var notify = Database.CreateCommand("notify log_appended");
        await notify.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    public static FeedMessage.DepositUpdate Deposit(Guid? wallet, string address = "bc1qtold", string? txid = null) => new()
    {
        WalletId = wallet,
        OccurredAt = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
        DepositId = Guid.CreateVersion7(),
        AddressId = Guid.CreateVersion7(),
        Network = "bitcoin",
        Address = address,
        Txid = txid ?? $"{Guid.NewGuid():N}{Guid.NewGuid():N}",
        Asset = "bip122:000000000019d6689c085ae165831e93/slip44:0",
        Amount = new(666_601, 8, "BTC", "0.00666601"),
        Status = "pending",
        Required = 6,
    };

    /// <summary>A wallet with an address, as the Wallets service tells it.</summary>
    public async Task<Guid> WalletAsync(Guid owner, string address = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa")
    {
        var (wallet, now) = (Guid.CreateVersion7(), DateTimeOffset.UtcNow);
        await using var work = await Store.BeginAsync();
        await new WalletsInbox().ApplyAsync(work,
            [new WalletCreated(wallet, owner, "watched", now), new AddressImported(wallet, Guid.CreateVersion7(), "bitcoin", address, null, now)],
            CancellationToken.None);
        await work.CommitAsync();
        return wallet;
    }

    /// <summary>The feed as it is stored: number and id.</summary>
    public async Task<List<(long Seq, Guid Id)>> StoredAsync(Guid user)
    {
        var stored = new List<(long, Guid)>();
        await foreach (var message in Store.ReadStreamAsync(StreamName.Of(FeedMessage.Category, user))) stored.Add((message.Version, message.Id));
        return stored;
    }

    /// <summary>A backup is restored in which a user's feed ends with a certain message; so does the log.</summary>
    public async Task RestoreAsync(Guid user, long version)
    {
        await using var command = Database.CreateCommand("""
            with cut as (select seq_id from mt_events where stream_id = $1 and version = $2),
                 gone as (delete from mt_events where seq_id > (select seq_id from cut) returning stream_id)
            update mt_streams set version = coalesce((
                select max(version) from mt_events where stream_id = mt_streams.id and seq_id <= (select seq_id from cut)), 0);
            """);
        command.Parameters.Add(new() { Value = StreamName.Of(FeedMessage.Category, user) });
        command.Parameters.Add(new() { Value = version });
        await command.ExecuteNonQueryAsync();
        await using var restored = Database.CreateCommand("delete from mt_streams where version = 0");
        await restored.ExecuteNonQueryAsync();
        await using var marked = Database.CreateCommand("select log_restored()");
        await marked.ExecuteNonQueryAsync();
    }

    public static (long Seq, Guid Id) Named(JsonElement message) => (message.GetProperty("seq").GetInt64(), message.GetProperty("id").GetGuid());

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in replicas)
        {
            await replica.StopAsync();
            await replica.DisposeAsync();
        }

        if (source is not null) await source.DisposeAsync();
        await database.DisposeAsync();
        walletsFeed.Dispose();
        identity.Dispose();
    }
}
