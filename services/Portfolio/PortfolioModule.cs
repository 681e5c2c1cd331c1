using System.Reflection;
using Chains;
using EventSourcing;
using Marten;
using Messaging;
using Metrics;
using Portfolio.Balances;
using Portfolio.Clusters;
using Portfolio.Deposits;
using Portfolio.Exports;
using Portfolio.Feed;
using Portfolio.Feed.Channels;
using Portfolio.History;
using Portfolio.Issues;
using Portfolio.Ledgers;
using Portfolio.Performance;
using Portfolio.Prices;
using Portfolio.Sharing;
using Portfolio.Statements;
using Portfolio.Transactions;
using Portfolio.Valuation;
using Portfolio.Wallets;
using Portfolio.Webhooks;
using Providers;
using ServiceDefaults;

namespace Portfolio;

/// <summary>
/// What the service is made of: two inboxes that fill the read model, the queries that read it, the announcer that tells what changes in
/// it, and the channels and webhooks that bring that to people.
/// </summary>
internal static class PortfolioModule
{
    /// <summary>Whose numbered scripts make this service's schema.</summary>
    public static IReadOnlyList<Assembly> Migrations { get; } =
        [MessagingModule.Assembly, BudgetedProviders.Assembly, typeof(PortfolioModule).Assembly];

    /// <summary>What its log holds: what users are told.</summary>
    public static EventTypes Events { get; } = EventTypes.Of(typeof(FeedMessage));

    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.AddServiceDefaults("portfolio").AddPortfolio();
        return builder.Build();
    }

    public static Task ServeAsync(WebApplication app)
    {
        app.MapServiceDefaults();
        app.MapReadModel();
        return app.ServeAsync(Migrations);
    }

    public static WebApplicationBuilder AddPortfolio(this WebApplicationBuilder builder)
    {
        builder.AddReadModel().AddSendingWebhooks().AddKeepingPrices().AddMessaging("portfolio", messaging => messaging
            .Receives<WalletsInbox>("wallets")
            .Receives<SyncInbox>("sync"));
        builder.Services.AddHostedService<Announcer>();
        builder.Services.AddHostedService<AnnouncerLag>();
        return builder;
    }

    public static WebApplicationBuilder AddReadModel(this WebApplicationBuilder builder)
    {
        builder.Services.RequireConfiguration("ConnectionStrings:Database", "the PostgreSQL connection string of this service's database");
        builder.Services.AddSingleton(provider => GenericPlans.DataSource(
            provider.GetRequiredService<IConfiguration>().GetConnectionString("Database") ?? "", provider.GetRequiredService<ILoggerFactory>()));
        builder.Services.AddNetworks(builder.Configuration);
        builder.Services.AddMarten().AddEventStore(Events);
        builder.Services.AddMetricCatalogue(PortfolioMetrics.Catalogue);
        builder.Services.AddValidatedOptions<DepositOptions>(DepositOptions.Section);
        builder.Services.AddOptions<DepositOptions>().Configure<NetworkCatalogue>((options, networks) => options.Networks = networks);
        builder.Services.AddSingleton<WalletAccess>();
        builder.Services.AddSingleton<KnownAssets>();
        builder.Services.AddValuation();
        builder.Services.AddSingleton<GetShared>();
        builder.Services.AddSingleton<BalanceTotals>();
        builder.Services.AddSingleton<ImmatureCoins>();
        builder.Services.AddSingleton<GetWalletBalances>();
        builder.Services.AddSingleton<GetWalletHistory>();
        builder.Services.AddSingleton<SaidOfTransactions>();
        builder.Services.AddSingleton<OwnAddresses>();
        builder.Services.AddSingleton<ListTransactions>();
        builder.Services.AddSingleton<GetTransaction>();
        builder.Services.AddValidatedOptions<ExportOptions>(ExportOptions.Section);
        builder.Services.AddSingleton<TransactionHistory>();
        builder.Services.AddSingleton<ExportTransactions>();
        builder.Services.AddFeedChannels();
        builder.AddIdempotencyKeys();
        builder.AddWebhooks();
        builder.AddPrices();
        builder.Services.AddPerformance().AddClusters();
        builder.Services.AddStatements();
        builder.Services.AddSingleton<ListDeposits>();
        builder.Services.AddSingleton<GetDeposit>();
        builder.Services.AddSingleton<BalanceIssues>();
        builder.Services.AddSingleton<ListIssues>();
        builder.Services.AddSingleton<RequiredConfirmations>();
        builder.Services.AddSingleton<DepositNews>();
        builder.Services.AddSingleton<DepositImport>();
        builder.Services.AddSingleton<BalanceNews>();
        builder.Services.AddSingleton<SyncNews>();
        builder.Services.AddSingleton<Announcing>();
        return builder;
    }

    public static void MapReadModel(this IEndpointRouteBuilder app)
    {
        ListTransactions.Map(app);
        GetTransaction.Map(app);
        ExportTransactions.Map(app);
        ListDeposits.Map(app);
        GetDeposit.Map(app);
        GetWalletBalances.Map(app);
        GetWalletHistory.Map(app);
        app.MapValuation();
        ListIssues.Map(app);
        GetShared.Map(app);
        app.MapPerformance();
        app.MapClusters();
        app.MapStatements();
        app.MapWebhooks();
        app.MapPrices();
        Erasure.Map(app);
        app.MapFeedChannels();
    }
}
