using System.Net.Http.Headers;
using System.Security.Cryptography;
using EventSourcing;
using Gateway;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Portfolio;
using ServiceDefaults;
using Sync;
using Testing;
using Wallets;
using Xunit;

namespace Services.Gateway;

[CollectionDefinition(nameof(PublicApi))]
public sealed class SharedPublicApi : ICollectionFixture<PublicApi>;

/// <summary>
/// The gateway before the three services as they are, on databases of their own and without a broker: what one says, the
/// others hear from its feed only when somebody asks for it.
/// </summary>
public sealed class PublicApi : IAsyncLifetime
{
    private static readonly string[] Names = ["gateway", "wallets", "sync", "portfolio"];
    private readonly Dictionary<string, TestDatabase> databases = [];
    private readonly Dictionary<string, WebApplication> apps = [];
    private readonly Dictionary<string, string> addresses = Names.ToDictionary(name => name, _ => $"http://127.0.0.1:{FreePort.Next()}");

    public Uri Address => new(addresses["gateway"]);

    internal TestDatabase DatabaseOf(string service) => databases[service];

    internal IServiceProvider ProviderOf(string service) => apps[service].Services;

    /// <summary>A client with a key of these scopes, of a new user.</summary>
    public async Task<HttpClient> NewClientAsync(params string[] scopes) => WithKey(await NewKeyAsync(await NewUserAsync(), null, scopes));

    public HttpClient WithKey(string? key) => new()
    {
        BaseAddress = Address,
        DefaultRequestHeaders = { Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key) }
    };

    public Task<Guid> NewUserAsync() => StoreAsync(async work =>
    {
        var user = new CreateUser.Command(Guid.CreateVersion7(), $"{Guid.NewGuid():N}@example.org", true, DateTimeOffset.UtcNow);
        await CreateUser.StoreAsync(work, user, Actor.Command, default);
        return user.UserId;
    });

    public Task<string> NewKeyAsync(Guid user, IReadOnlyList<Guid>? wallets, params string[] scopes) => StoreAsync(async work =>
    {
        var secret = ApiKeySecret.New();
        var command = new CreateApiKey.Command(Guid.CreateVersion7(), "Test", secret.Hash, scopes, wallets, null, DateTimeOffset.UtcNow);
        await work.RecordAsync(global::Wallets.ApiKey.Category, command.KeyId, CreateApiKey.Decide(new User(user, "", IsAdmin: true), command), 0,
            Actor.Command, default);
        return secret.Text;
    });

    /// <summary>The token of a new share of everything or of these wallets.</summary>
    public Task<string> NewShareAsync(
        Guid owner, IReadOnlyList<Guid>? wallets, string shows = "amounts", DateTimeOffset? expiresAt = null, DateTimeOffset? at = null) =>
        StoreAsync(async work =>
        {
            var secret = ApiKeySecret.New(CreateShare.Prefix);
            var made = CreateShare.Decide(owner, null, new(
                Guid.CreateVersion7(), "Family", secret.Hash, wallets, shows, expiresAt, at ?? DateTimeOffset.UtcNow));
            await work.RecordAsync(Share.Category, made.ShareId, [made], 0, Actor.Command, default);
            return secret.Text;
        });

    /// <summary>A new wallet with one address.</summary>
    public Task<(Guid Wallet, Guid Address)> NewWalletAsync(Guid owner) => StoreAsync(async work =>
    {
        var (wallet, address, now) = (Guid.CreateVersion7(), Guid.CreateVersion7(), DateTimeOffset.UtcNow);
        WalletEvent[] events =
        [
            new WalletEvent.WalletCreated(wallet, owner, "Test", now),
            new WalletEvent.AddressImported(wallet, address, "bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", null, now),
        ];
        await work.RecordAsync(Wallet.Category, wallet, events, 0, Actor.Command, default);
        return (wallet, address);
    });

    /// <summary>Where Wallets' log ends.</summary>
    public Task<long> VersionAsync() => ProviderOf("wallets").GetRequiredService<EventStore>().HeadAsync();

    public Task StopAsync(string service) => apps[service].StopAsync();

    public async ValueTask InitializeAsync()
    {
        foreach (var name in Names.Skip(1)) databases[name] = await TestDatabase.Create();

        var wallets = apps["wallets"] = Build("wallets", builder => builder.AddWallets());
        wallets.MapServiceDefaults();
        wallets.MapWallets();
        await wallets.Services.MigrateAsync(WalletsModule.Migrations);

        var sync = apps["sync"] = Build("sync", builder => builder.AddSync());
        sync.MapServiceDefaults();
        sync.MapSync();
        await sync.Services.MigrateAsync(SyncModule.Migrations);

        var portfolio = apps["portfolio"] = Build("portfolio", builder => builder.AddPortfolio());
        portfolio.MapServiceDefaults();
        portfolio.MapReadModel();
        await portfolio.Services.MigrateAsync([.. PortfolioModule.Migrations]);

        apps["gateway"] = Build("gateway", builder => builder.AddGateway()).MapGateway();
        foreach (var app in apps.Values) await app.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var app in apps.Values) await app.DisposeAsync();
        foreach (var database in databases.Values) await database.DisposeAsync();
    }

    private WebApplication Build(string name, Action<WebApplicationBuilder> add)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Logging:LogLevel:Default"] = "Error",
            ["Urls"] = addresses[name],
            ["Identity:PrivateKey"] = Convert.ToBase64String(key.ExportPkcs8PrivateKey()),
            ["ConnectionStrings:Database"] = databases.GetValueOrDefault(name)?.ConnectionString,
            ["RabbitMq:Uri"] = "amqp://nobody:nowhere@127.0.0.1:1/",
            ["Gateway:TimeoutSeconds"] = "10",
            // All come from one address here, and many are not good on purpose.
            ["RateLimit:FailedKeysBurst"] = "100000",
            // Every operation is asked in every way.
            ["RateLimit:Burst"] = "100000",
            ["Chains:bitcoin:Providers:0:Name"] = "nobody",
            ["Chains:bitcoin:Providers:0:Kind"] = "esplora",
            ["Chains:bitcoin:Providers:0:BaseUrl"] = "http://127.0.0.1:1",
        });
        builder.Configuration.AddInMemoryCollection(Names.Select(other =>
            KeyValuePair.Create($"Identity:Issuers:{other}", (string?)addresses[other])));
        builder.Configuration.AddInMemoryCollection(Names.Select(other => KeyValuePair.Create($"Services:{other}", (string?)addresses[other])));
        builder.AddServiceDefaults(name);
        add(builder);
        // Nothing happens by itself: no bus, no pulls, no sweeps. What remains is the web server.
        foreach (var hosted in builder.Services.Where(service =>
            service.ServiceType == typeof(IHostedService)
                && service.ImplementationType?.Namespace?.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) != true).ToList())
            builder.Services.Remove(hosted);
        return builder.Build();
    }

    internal async Task<T> StoreAsync<T>(Func<Work, Task<T>> write)
    {
        await using var work = await ProviderOf("wallets").GetRequiredService<EventStore>().BeginAsync();
        var made = await write(work);
        await work.CommitAsync();
        return made;
    }
}
