using System.Reflection;
using Chains;
using EventSourcing;
using Marten;
using Messaging;
using Metrics;
using Microsoft.Extensions.Options;
using Postgres;
using ServiceDefaults;
using Sync.CrossChecks;
using Sync.Following;
using Sync.Ledgers;
using Sync.Networks;
using Sync.Proofs;
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

    /// <summary>Whose numbered scripts make this service's schema.</summary>
    public static IReadOnlyList<Assembly> Migrations { get; } = [MessagingModule.Assembly, typeof(SyncModule).Assembly, BudgetedProviders.Assembly];

    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.AddServiceDefaults("sync");
        builder.AddSync();
        return builder.Build();
    }

    public static Task ServeAsync(WebApplication app)
    {
        app.MapServiceDefaults();
        app.MapSync();
        return app.ServeAsync(Migrations);
    }

    public static void AddSync(this WebApplicationBuilder builder)
    {
        Sql.AddText(text => Amount.Parse(text));
        var services = builder.Services;
        services.RequireConfiguration("ConnectionStrings:Database", "the PostgreSQL connection string of this service's database");
        services.AddValidatedOptions<SyncOptions>(SyncOptions.Section);
        services.AddOptions<SyncOptions>().Configure(options => options.Configured = ConfiguredIn(builder.Configuration));
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
        services.AddProofs();
        services.AddHostedService<Backlog>();
        services.AddFollowing();
        services.AddMetricCatalogue(SyncMetrics.Catalogue, KnownLabels);

        services.AddSingleton(new ConfigurationSummary(Summary));

        // Queues are declared before options can be asked for; what is not valid has the start refused.
        var section = builder.Configuration.GetSection(SyncOptions.Section);
        var slicesAtOnce = int.TryParse(section[nameof(SyncOptions.SlicesAtOnce)], out var given) && given > 0
            ? given : new SyncOptions().SlicesAtOnce;
        var only = section.GetSection(nameof(SyncOptions.Networks)).Get<string[]>() ?? [];
        var consumed = SyncOptions.Consumed(ConfiguredIn(builder.Configuration), only);
        builder.AddMessaging("sync", messaging =>
        {
            messaging.Publishes<SyncContractMap>();
            messaging.Receives<WalletsInbox>("wallets");
            messaging.Saga<WalletSyncStateMachine, WalletSync>(SyncQueues.WalletSync, "wallet_syncs", id => new WalletSyncDue(id));
            foreach (var network in ConfiguredIn(builder.Configuration)) messaging.Holds(FollowService.LeaseOf(network));
            foreach (var network in networks.All.Where(network => consumed.Contains(network.Slug)))
            {
                foreach (var priority in SyncQueues.Priorities)
                    messaging.Consumes<FetchPagesConsumer>(SyncQueues.Fetch(network.Slug, priority), SyncQueues.AtOnce(priority, slicesAtOnce));
            }
        });
    }

    private static IEnumerable<IReadOnlyDictionary<string, string>> KnownLabels(IServiceProvider services) => ProviderMetrics.KnownLabels(
        services.GetRequiredService<IOptions<ChainsOptions>>().Value.Providers, services.GetRequiredService<RequestBudgets>());

    public static void MapSync(this WebApplication app)
    {
        app.MapFeed("wallets", "portfolio");
        GetErasure.Map(app);
        TellProofs.Map(app);
        ListNetworks.Map(app);
        ListCoins.Map(app);
        GetProgress.Map(app);
        ListSyncIssues.Map(app);
        ListSyncRuns.Map(app);
        GetSyncRun.Map(app);
        GetUsage.Map(app);
    }

    private static string[] ConfiguredIn(ConfigurationManager configuration) =>
        [.. configuration.GetSection("Chains").GetChildren().Select(network => network.Key)];

    private static IEnumerable<string> Summary(IServiceProvider services)
    {
        var consumed = services.GetRequiredService<IOptions<SyncOptions>>().Value.Consumes;
        foreach (var (network, options) in services.GetRequiredService<IOptions<ChainsOptions>>().Value.OrderBy(entry => entry.Key))
        {
            var providers = string.Join(", ", options.Providers.Select(provider => $"{provider.Name} ({provider.Kind})"));
            yield return $"{network}: asks {providers}; its slices are {(consumed.Contains(network) ? "fetched here" : "left to others")}";
        }
    }
}
