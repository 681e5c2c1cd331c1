using System.Reflection;
using EventSourcing;
using Marten;
using Messaging;
using Portfolio.Balances;
using Portfolio.Feed;
using Portfolio.History;
using Portfolio.Ledgers;
using Portfolio.Transactions;
using Portfolio.Wallets;
using Portfolio.Webhooks;
using ServiceDefaults;

namespace Portfolio;

/// <summary>What the service is made of: two inboxes that fill the read model, and the queries that read it.</summary>
internal static class PortfolioModule
{
    /// <summary>Whose numbered scripts make this service's schema.</summary>
    public static IReadOnlyList<Assembly> Migrations { get; } = [MessagingModule.Assembly, typeof(PortfolioModule).Assembly];

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

    public static WebApplicationBuilder AddPortfolio(this WebApplicationBuilder builder) =>
        builder.AddReadModel().AddSendingWebhooks().AddMessaging("portfolio", messaging => messaging
            .Receives<WalletsInbox>("wallets")
            .Receives<SyncInbox>("sync"));

    public static WebApplicationBuilder AddReadModel(this WebApplicationBuilder builder)
    {
        builder.Services.RequireConfiguration("ConnectionStrings:Database", "the PostgreSQL connection string of this service's database");
        builder.Services.AddSingleton(provider => GenericPlans.DataSource(
            provider.GetRequiredService<IConfiguration>().GetConnectionString("Database") ?? "", provider.GetRequiredService<ILoggerFactory>()));
        builder.Services.AddNetworks(builder.Configuration);
        builder.Services.AddMarten().AddEventStore(EventTypes.Of(typeof(FeedMessage)));
        builder.AddIdempotencyKeys();
        builder.AddWebhooks();
        builder.Services.AddSingleton<WalletAccess>();
        builder.Services.AddSingleton<KnownAssets>();
        builder.Services.AddSingleton<BalanceTotals>();
        builder.Services.AddSingleton<ImmatureCoins>();
        builder.Services.AddSingleton<GetWalletBalances>();
        builder.Services.AddSingleton<GetWalletHistory>();
        builder.Services.AddSingleton<ListTransactions>();
        builder.Services.AddSingleton<GetTransaction>();
        return builder;
    }

    public static void MapReadModel(this IEndpointRouteBuilder app)
    {
        ListTransactions.Map(app);
        GetTransaction.Map(app);
        GetWalletBalances.Map(app);
        GetWalletHistory.Map(app);
        GetPortfolio.Map(app);
        app.MapWebhooks();
        Erasure.Map(app);
    }
}
