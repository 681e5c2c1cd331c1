using Chains;
using EventSourcing;
using Marten;
using Messaging;
using Metrics;
using Microsoft.Extensions.Options;
using Postgres;
using ServiceDefaults;
using Sync.CrossChecks;
using Sync.Ledgers;
using Sync.Networks;
using Sync.Providers;
using Sync.Providers.Budgets;
using Sync.Providers.Cache;
using Sync.Walks;
using Sync.WalletSyncs;
using Sync.WalletSyncs.Runs;

namespace Sync;

/// <summary>What the service is made of.</summary>
internal static class SyncModule
{
    public static EventTypes Events { get; } = EventTypes.Of(typeof(LedgerEvent), typeof(ChainEvent), typeof(SyncEvent), typeof(ProviderEvent))
        .WrittenWith(new LoggedAmountConverter());

    public static void AddSync(this WebApplicationBuilder builder)
    {
        Sql.AddText(text => Amount.Parse(text));
        var services = builder.Services;
        services.RequireConfiguration("ConnectionStrings:Database", "the PostgreSQL connection string of this service's database");
        services.AddValidatedOptions<SyncOptions>("Sync");
        var networks = services.AddNetworks(builder.Configuration);
        services.AddMarten().AddEventStore(Events);
        services.AddCache();
        services.AddHostedService<CacheMaintenance>();
        services.AddProviders();
        services.AddSingleton<WalletAccess>();
        services.AddWalks(SyncSchedule.WakeWaitingForAsync);
        services.AddHostedService(provider => provider.GetRequiredService<TipMonitor>());
        services.AddBudgetWatch();
        services.AddValidatedOptions<CrossCheckOptions>("Sync:CrossCheck");
        services.AddHostedService<CrossChecker>();
        services.AddHostedService<LateChecks>();
        services.AddHostedService<Backlog>();
        services.AddMetricCatalogue(SyncMetrics.Catalogue, KnownLabels);

        var slicesAtOnce = builder.Configuration.GetValue("Sync:SlicesAtOnce", new SyncOptions().SlicesAtOnce);
        builder.AddMessaging("sync", messaging =>
        {
            messaging.Publishes<SyncContractMap>();
            messaging.Receives<WalletsInbox>("wallets");
            messaging.Saga<WalletSyncStateMachine, WalletSync>(SyncQueues.WalletSync, "wallet_syncs", id => new WalletSyncDue(id));
            foreach (var network in networks.All.Where(network => builder.Configuration.GetSection($"Chains:{network.Slug}").Exists()))
            {
                foreach (var priority in SyncQueues.Priorities)
                    messaging.Consumes<FetchPagesConsumer>(SyncQueues.Fetch(network.Slug, priority), SyncQueues.AtOnce(priority, slicesAtOnce));
            }
        });
    }

    private static IEnumerable<IReadOnlyDictionary<string, string>> KnownLabels(IServiceProvider services)
    {
        foreach (var (network, options) in services.GetRequiredService<IOptions<ChainsOptions>>().Value)
        {
            foreach (var provider in options.Providers)
                yield return new Dictionary<string, string> { ["network"] = network, ["provider"] = provider.Name };
        }

        foreach (var budget in services.GetRequiredService<RequestBudgets>().All)
        {
            foreach (var window in budget.Limits.Limits().Select(limit => limit.Span).Append("second"))
                yield return new Dictionary<string, string> { ["budget"] = budget.Name, ["window"] = window };
        }
    }

    public static void MapSync(this WebApplication app)
    {
        app.MapFeed();
        GetErasure.Map(app);
        ListNetworks.Map(app);
        GetProgress.Map(app);
        ListSyncRuns.Map(app);
        GetSyncRun.Map(app);
        GetUsage.Map(app);
    }

    public static Task MigrateSyncAsync(this WebApplication app) =>
        app.Services.MigrateAsync(MessagingModule.Assembly, typeof(SyncModule).Assembly);
}
