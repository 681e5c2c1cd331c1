using Marten;
using System.Reflection;
using EventSourcing;
using Messaging;
using Metrics;
using ServiceDefaults;

namespace Wallets;

/// <summary>What the service consists of.</summary>
internal static class WalletsModule
{
    /// <summary>Whose numbered scripts make this service's schema.</summary>
    public static IReadOnlyList<Assembly> Migrations { get; } = [MessagingModule.Assembly, typeof(WalletsModule).Assembly];

    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.AddServiceDefaults("wallets");
        builder.AddWallets();
        return builder.Build();
    }

    public static Task ServeAsync(WebApplication app)
    {
        app.MapServiceDefaults();
        app.MapWallets();
        return app.ServeAsync(Migrations);
    }

    public static void AddWallets(this WebApplicationBuilder builder)
    {
        builder.Services.RequireConfiguration("ConnectionStrings:Database", "the PostgreSQL connection string of this service's database");
        builder.Services.AddNetworks(builder.Configuration);
        builder.Services.AddMarten().AddEventStore(StoredEvents.Types);
        builder.Services.AddMetricCatalogue(WalletsMetrics.Catalogue);
        builder.Services.AddSingleton<WalletDecisions>();
        builder.Services.AddSingleton<TransactionLabels>();
        builder.AddIdempotencyKeys();
        builder.AddMessaging("wallets", messaging => messaging.Publishes<WalletsContractMap>().Receives<SyncInbox>("sync", skipsUnknown: true));

        builder.Services.AddValidatedOptions<ImportOptions>(ImportOptions.Section);
        builder.Services.AddSingleton<Uploads>();
        builder.Services.AddSingleton<ImportRows>();
        builder.Services.AddSingleton<WalletsByLabel>();
        builder.Services.AddSingleton<LabelRows>();
        builder.Services.AddSingleton<BeginImport>();
        builder.Services.AddSingleton<ImportWorker>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<ImportWorker>());

        builder.Services.AddValidatedOptions<SourceOptions>(SourceOptions.Section);
        builder.Services.AddSingleton<DerivingSignal>();
        builder.Services.AddSingleton<SourceRows>();
        builder.Services.AddSingleton<SourceQueries>();
        builder.Services.AddHostedService<AddressDeriver>();

        builder.Services.AddValidatedOptions<ErasingOptions>(ErasingOptions.Section);
        builder.Services.AddSingleton<Erasures>();
        builder.Services.AddHostedService<Eraser>();
        foreach (var service in Eraser.Services) builder.Services.AddServiceClient(service);
    }

    public static void MapWallets(this WebApplication app)
    {
        var api = app.MapGroup("/api/v1");

        var users = api.MapGroup("").WithTags("Users");
        CreateUser.Map(users);
        ListUsers.Map(users);
        GetUser.Map(users);
        DisableUser.Map(users);
        VerifyUser.Map(app);

        var keys = api.MapGroup("").WithTags("API keys");
        CreateApiKey.Map(keys);
        ListApiKeys.Map(keys);
        CurrentApiKey.Map(keys);
        RotateApiKey.Map(keys);
        RevokeApiKey.Map(keys);
        VerifyApiKey.Map(app);
        BeginSession.Map(app);
        EndSession.Map(app);

        ListAudit.Map(api.MapGroup("").WithTags("Audit"));

        var wallets = api.MapGroup("").WithTags("Wallets");
        CreateWallet.Map(wallets);
        ListWallets.Map(wallets);
        GetWallet.Map(wallets);
        RenameWallet.Map(wallets);
        DeleteWallet.Map(wallets);
        ImportAddress.Map(wallets);
        ListAddresses.Map(wallets);
        LabelAddress.Map(wallets);
        RemoveAddress.Map(wallets);
        RequestSync.Map(wallets);
        CancelSync.Map(wallets);

        var shares = api.MapGroup("").WithTags("Shares");
        CreateShare.Map(shares);
        ListShares.Map(shares);
        RevokeShare.Map(shares);
        VerifyShare.Map(app);
        var sources = api.MapGroup("").WithTags("Sources");
        Inspect.Map(sources);
        AddSource.Map(sources);
        ListSources.Map(sources);
        RemoveSource.Map(sources);

        var imports = api.MapGroup("").WithTags("Imports");
        StartImport.Map(imports);
        ShowImports.Map(imports);

        var labels = api.MapGroup("").WithTags("Labels");
        LabelTransaction.Map(labels);
        ExportLabels.Map(labels);
        ImportLabels.Map(labels);

        app.MapFeed("sync", "portfolio");
    }
}
