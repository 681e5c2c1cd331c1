using EventSourcing;
using Marten;
using Messaging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Providers;
using ServiceDefaults;
using Services.Portfolio;
using Sync;
using Sync.Ledgers;
using Sync.Networks;
using Sync.Proofs;
using Sync.Providers.Budgets;
using Sync.WalletSyncs;
using Sync.WalletSyncs.Runs;

namespace Services.Sync;

/// <summary>What the service answers, over a fixture's database; each is a replica of its own.</summary>
internal sealed class SyncApi : IAsyncDisposable
{
    private readonly TestIdentity identity = new("sync");
    private readonly WalletsFeed walletsFeed = new();
    private readonly WebApplication app;

    private SyncApi(SyncParts sync)
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseTestServer();
        builder.Configuration.AddInMemoryCollection(identity.SettingsWith(
            ("ConnectionStrings:Database", sync.Database.ConnectionString), ("Services:wallets", "http://wallets")).Select(entry =>
                KeyValuePair.Create(entry.Key, (string?)entry.Value)));
        builder.AddServiceDefaults("sync");
        builder.Services.AddMarten().AddEventStore(SyncModule.Events);
        builder.Services.AddSingleton(sync.Adapters).AddSingleton(sync.Networks).AddSingleton(sync.Chains).AddSingleton(sync.Budgets)
            .AddSingleton(sync.Usage);
        builder.Services.AddSingleton<BudgetStates>().AddSingleton<GetUsage>().AddSingleton<BudgetWatch>();
        builder.Services.AddProofs();
        builder.Services.AddSingleton<WalletAccess>();
        builder.Services.AddServiceClient("wallets").ConfigurePrimaryHttpMessageHandler(() => walletsFeed);
        builder.Services.AddSingleton<FeedClient>();
        builder.Services.AddSingleton(provider => new Inbox(
            "wallets", new global::Sync.WalletSyncs.WalletsInbox(), provider.GetRequiredService<EventStore>(),
            provider.GetRequiredService<FeedClient>(),
            new DueSignal(), 500, TimeProvider.System, NullLogger.Instance));
        builder.Services.AddSingleton(provider => new InboxCatchUp(provider.GetServices<Inbox>(), NullLogger<InboxCatchUp>.Instance));
        builder.Logging.ClearProviders();
        app = builder.Build();
        app.MapServiceDefaults();
        GetProgress.Map(app);
        ListSyncIssues.Map(app);
        ListNetworks.Map(app);
        ListCoins.Map(app);
        TellProofs.Map(app);
        ListSyncRuns.Map(app);
        GetSyncRun.Map(app);
        GetUsage.Map(app);
    }

    /// <summary>What watches the budgets, without its timer.</summary>
    public BudgetWatch Watch => app.Services.GetRequiredService<BudgetWatch>();

    public static async Task<SyncApi> Start(SyncParts sync)
    {
        var api = new SyncApi(sync);
        await api.app.StartAsync();
        return api;
    }

    /// <summary>A client of that person.</summary>
    public HttpClient As(Guid user, IReadOnlySet<Guid>? wallets = null, params string[] scopes)
    {
        var handler = identity.As(new Caller(user, Guid.CreateVersion7(), (scopes is [] ? [Scopes.WalletsRead] : scopes).ToHashSet(), wallets));
        handler.InnerHandler = app.GetTestServer().CreateHandler();
        return new HttpClient(handler) { BaseAddress = new Uri("http://sync.test") };
    }

    /// <summary>A client that is another service.</summary>
    public HttpClient AsService(string other)
    {
        var handler = identity.AsService(other);
        handler.InnerHandler = app.GetTestServer().CreateHandler();
        return new HttpClient(handler) { BaseAddress = new Uri("http://sync.test") };
    }

    /// <summary>A client without a key.</summary>
    public HttpClient Anonymous() => new(app.GetTestServer().CreateHandler()) { BaseAddress = new Uri("http://sync.test") };

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        walletsFeed.Dispose();
        identity.Dispose();
    }
}
