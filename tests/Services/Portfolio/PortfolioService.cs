using Contracts;
using EventSourcing;
using Messaging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Portfolio;
using Portfolio.Feed;
using Portfolio.Ledgers;
using Portfolio.Wallets;
using ServiceDefaults;
using Testing;
using Xunit;

namespace Services.Portfolio;

/// <summary>The Portfolio service on a real database, without the bus: a test hands it contracts and asks it over HTTP.</summary>
public class PortfolioService : IAsyncLifetime
{
    private static readonly string[] Tables =
    [
        "wallets", "addresses", "ledgers", "ledger_trackers", "balances", "transactions", "transaction_details", "pending_transactions",
        "balance_days", "balance_spans", "balance_stretches", "chain_tips", "assets", "transaction_labels",
    ];

    private static readonly string[] Records =
        ["deposits", "told_balances", "address_imports", "feed_marks", "feed_facts", "feed_goings", "mt_events", "mt_streams"];

    private readonly TestIdentity identity = new("portfolio");
    private readonly TestDatabase database = new() { Schema = Schemas.Portfolio };
    private readonly WalletsFeed walletsFeed = new();
    private WebApplication? app;

    public NpgsqlDataSource Database => App.Services.GetRequiredService<NpgsqlDataSource>();

    public string ConnectionString => database.ConnectionString;

    internal EventStore Events => App.Services.GetRequiredService<EventStore>();

    internal IServiceProvider Services => App.Services;

    private WebApplication App => app ?? throw new InvalidOperationException("The service is not started yet.");

    /// <summary>What else is configured.</summary>
    protected virtual Task<(string Key, string Value)[]> SettingsAsync() => Task.FromResult<(string, string)[]>([]);

    /// <summary>Whom else it talks to.</summary>
    protected virtual void AddMore(IServiceCollection services)
    {
    }

    public async ValueTask InitializeAsync()
    {
        await database.InitializeAsync();
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseTestServer();
        builder.Logging.ClearProviders();
        (string, string)[] settings =
        [
            ("ConnectionStrings:Database", database.ConnectionString), ("Services:wallets", "http://wallets"),
            // So that an export has many batches.
            ("Exports:BatchSize", "7"), .. await SettingsAsync(),
        ];
        builder.Configuration.AddInMemoryCollection(identity.SettingsWith(settings)
            .Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        builder.AddServiceDefaults("portfolio").AddReadModel();
        AddInbox(builder.Services);
        AddMore(builder.Services);
        builder.Logging.ClearProviders();
        app = builder.Build();
        app.MapServiceDefaults();
        app.MapReadModel();
        await app.StartAsync();
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (app is not null) await app.DisposeAsync();
        await database.DisposeAsync();
        walletsFeed.Dispose();
        identity.Dispose();
    }

    /// <summary>The Wallets service said this, and the bus has not brought it yet.</summary>
    public void OnItsWay(Contract contract) => walletsFeed.Say(contract);

    /// <summary>The Wallets service does not answer, or does again.</summary>
    public void WalletsAway(bool away) => walletsFeed.IsAway = away;

    /// <summary>Applies contracts of the Wallets service as the inbox does, in one transaction.</summary>
    public Task FromWallets(params IReadOnlyList<Contract> contracts) => Apply(new WalletsInbox(), contracts);

    /// <summary>Applies contracts of the Sync service as the inbox does, in one transaction.</summary>
    public Task FromSync(params IReadOnlyList<Contract> contracts) => Apply(new SyncInbox(), contracts);

    /// <summary>Tells what there is to tell, until nothing is left.</summary>
    public async Task Announce()
    {
        while (await App.Services.GetRequiredService<Announcing>().StepAsync(null, CancellationToken.None)) { }
    }

    /// <summary>An announcer of its own, as another process would have it.</summary>
    internal Announcing AnotherAnnouncer() => ActivatorUtilities.CreateInstance<Announcing>(App.Services);

    /// <summary>What a user was told, from the first message.</summary>
    public async Task<List<StoredEvent>> Feed(Guid user)
    {
        var stream = StreamName.Of(FeedMessage.Category, user);
        return await App.Services.GetRequiredService<EventStore>().ReadStreamAsync(stream).ToListAsync();
    }

    /// <summary>Moves an inbox's checkpoint without applying anything.</summary>
    public async Task Reached(string source, long position)
    {
        await using var command = Database.CreateCommand("""
            insert into inbox_checkpoints (source, position, read_to) values ($1, $2, $2)
            on conflict (source) do update set position = excluded.position, read_to = excluded.read_to
            """);
        command.Parameters.Add(new() { Value = source });
        command.Parameters.Add(new() { Value = position });
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>A client of a user whose key may see these wallets only, or all of the user's.</summary>
    public HttpClient As(Guid user, IReadOnlySet<Guid>? wallets = null, string scope = Scopes.PortfolioRead) =>
        Client(identity.As(new Caller(user, Guid.CreateVersion7(), new HashSet<string> { scope }, wallets)));

    /// <summary>A client of somebody with the link of a user's share.</summary>
    public HttpClient AsVisitor(Guid owner, bool showsAmounts, IReadOnlySet<Guid>? wallets = null, DateTimeOffset? expiresAt = null) =>
        Client(identity.As(new Caller(
            owner, Guid.CreateVersion7(), new HashSet<string>(), wallets, new ShareTerms("For the family", showsAmounts, expiresAt))));

    /// <summary>A client that is another service.</summary>
    public HttpClient AsService(string other) => Client(identity.AsService(other));

    /// <summary>Every row of the read model as text.</summary>
    public async Task<string> Rows()
    {
        var dump = new List<string>();
        foreach (var table in Tables)
        {
            await using var command = Database.CreateCommand($"select t::text from {table} t order by t::text collate \"C\"");
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync()) dump.Add($"{table} {reader.GetString(0)}");
        }

        return string.Join('\n', dump);
    }

    /// <summary>How many rows of a ledger there are in all tables together.</summary>
    public async Task<long> RowsOf(Guid ledger)
    {
        var counts = Tables.Except(["wallets", "addresses", "chain_tips", "assets", "transaction_labels"])
            .Select(table => $"(select count(*) from {table} where ledger_id = $1)");
        await using var command = Database.CreateCommand($"select {string.Join(" + ", counts)}");
        command.Parameters.Add(new() { Value = ledger });
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Applies the migrations that the database has not.</summary>
    public Task Migrate() => App.Services.MigrateAsync([.. PortfolioModule.Migrations]);

    public async Task Clear()
    {
        await using var command = Database.CreateCommand($"truncate {string.Join(", ", [.. Tables, .. Records])} cascade");
        await command.ExecuteNonQueryAsync();
    }

    private async Task Apply(IInbox inbox, IReadOnlyList<Contract> contracts)
    {
        await using var work = await App.Services.GetRequiredService<EventStore>().BeginAsync();
        await inbox.ApplyAsync(work, contracts, CancellationToken.None);
        await work.CommitAsync();
    }

    // As messaging wires it, but for the bus.
    private void AddInbox(IServiceCollection services)
    {
        services.AddServiceClient("wallets").ConfigurePrimaryHttpMessageHandler(() => walletsFeed);
        services.AddSingleton<FeedClient>();
        services.AddSingleton(provider => new Inbox(
            "wallets", new WalletsInbox(), provider.GetRequiredService<EventStore>(), provider.GetRequiredService<FeedClient>(),
            new DueSignal(), 500, TimeProvider.System, NullLogger.Instance));
        services.AddSingleton(provider => new InboxCatchUp(provider.GetServices<Inbox>(), NullLogger<InboxCatchUp>.Instance));
    }

    private HttpClient Client(DelegatingHandler signing)
    {
        signing.InnerHandler = App.GetTestServer().CreateHandler();
        return new HttpClient(signing) { BaseAddress = App.GetTestServer().BaseAddress };
    }
}
