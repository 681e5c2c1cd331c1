using EventSourcing;
using Portfolio.Balances;
using Portfolio.Ledgers;
using Portfolio.Transactions;
using Portfolio.Wallets;
using ServiceDefaults;

namespace Portfolio;

/// <summary>What the service is made of: two inboxes that fill the read model, and the queries that read it.</summary>
internal static class PortfolioModule
{
    public static WebApplicationBuilder AddPortfolio(this WebApplicationBuilder builder)
    {
        builder.Services.RequireConfiguration("ConnectionStrings:Database", "the Portfolio service's own PostgreSQL database");
        builder.Services.AddEventStore(EventTypes.Of());
        builder.Services.AddSingleton<WalletsInbox>();
        builder.Services.AddSingleton<SyncInbox>();
        builder.Services.AddSingleton<WalletAccess>();
        builder.Services.AddSingleton<BalanceTotals>();
        builder.Services.AddSingleton<GetWalletBalances>();
        builder.Services.AddSingleton<ListTransactions>();
        return builder;
    }

    public static void MapPortfolio(this IEndpointRouteBuilder app)
    {
        ListTransactions.Map(app);
        GetWalletBalances.Map(app);
        GetPortfolio.Map(app);
        Erasure.Map(app);
    }
}
