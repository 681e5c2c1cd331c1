using System.Net.Http.Json;
using System.Text.Json;
using EventSourcing;
using Messaging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Portfolio;
using Portfolio.Feed;
using Portfolio.Webhooks;
using Postgres;
using ServiceDefaults;
using Testing;

namespace Services.Portfolio.Webhooks;

/// <summary>A process of the Portfolio service that sends to webhooks, on a real database that several of them can share.</summary>
internal sealed class WebhookService : IAsyncDisposable
{
    private readonly TestIdentity identity = new("portfolio");
    private readonly TestDatabase? own;
    private readonly WebApplication app;

    private WebhookService(TestDatabase? own, string connectionString, string allowed)
    {
        this.own = own;
        ConnectionString = connectionString;
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseTestServer();
        builder.Configuration.AddInMemoryCollection(identity.SettingsWith(
            ("ConnectionStrings:Database", connectionString), ("Services:wallets", "http://wallets"), ("Webhooks:AllowedTargets:0", allowed),
            ("Webhooks:TimeoutSeconds", "2")).Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        builder.AddServiceDefaults("portfolio").AddReadModel();
        builder.Services.AddSingleton<Leases>();
        builder.Services.AddServiceClient("wallets");
        builder.Services.AddSingleton<FeedClient>();
        builder.Services.AddSingleton(provider => new InboxCatchUp([], provider.GetRequiredService<ILogger<InboxCatchUp>>()));
        builder.AddSendingWebhooks();
        builder.Logging.ClearProviders();
        app = builder.Build();
        app.MapServiceDefaults();
        app.MapReadModel();
    }

    public string ConnectionString { get; }

    public Guid User { get; } = Guid.CreateVersion7();

    public NpgsqlDataSource Database => app.Services.GetRequiredService<NpgsqlDataSource>();

    public static async Task<WebhookService> Start(string allowed = "127.0.0.1")
    {
        var database = new TestDatabase { Schema = Schemas.Portfolio };
        await database.InitializeAsync();
        var service = new WebhookService(database, database.ConnectionString, allowed);
        await service.app.StartAsync();
        return service;
    }

    /// <summary>Another process on the same database.</summary>
    public async Task<WebhookService> Another()
    {
        var service = new WebhookService(null, ConnectionString, "127.0.0.1");
        await service.app.StartAsync();
        return service;
    }

    public HttpClient As(Guid user, IReadOnlySet<Guid>? wallets = null)
    {
        var signing = identity.As(new Caller(user, Guid.CreateVersion7(), new HashSet<string> { Scopes.WebhooksManage }, wallets));
        signing.InnerHandler = app.GetTestServer().CreateHandler();
        return new HttpClient(signing) { BaseAddress = app.GetTestServer().BaseAddress };
    }

    /// <summary>A webhook of the user, with its secret.</summary>
    public async Task<(Guid Id, byte[] Secret)> Webhook(Receiver receiver, object? more = null)
    {
        var request = JsonSerializer.SerializeToNode(more ?? new { })!.AsObject();
        request["url"] = receiver.Url;
        using var client = As(User);
        using var response = await client.PostAsJsonAsync("/api/v1/webhooks", request);
        var body = await response.Content.ReadFromJsonAsync<JsonElement>();
        return (body.GetProperty("id").GetGuid(), Convert.FromBase64String(body.GetProperty("secret").GetString()!["whsec_".Length..]));
    }

    public async Task<JsonElement> Get(string path)
    {
        using var client = As(User);
        return await client.GetFromJsonAsync<JsonElement>(path);
    }

    public async Task<JsonElement> Post(string path, object body)
    {
        using var client = As(User);
        using var response = await client.PostAsJsonAsync(path, body);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>The user's feed gets so many messages more, in one append; their ids.</summary>
    public async Task<IReadOnlyList<string>> Tell(int count, string status = "processing", Guid? wallet = null)
    {
        var events = Enumerable.Range(0, count).Select(_ => NewEvent.Fresh(new FeedMessage.DepositUpdate
        {
            DepositId = Guid.CreateVersion7(), Status = status, Network = "bitcoin", Asset = "btc", Txid = "aa",
            WalletId = wallet ?? Guid.CreateVersion7(),
            OccurredAt = DateTimeOffset.UtcNow,
        })).ToList();
        await app.Services.GetRequiredService<EventStore>().AppendAsync(FeedMessage.Category, User, events);
        return [.. events.Select(each => each.Id.ToString())];
    }

    /// <summary>What waits for its next attempt need not wait any longer.</summary>
    public Task Hurry() => Database.ExecuteAsync("update webhook_deliveries set due_at = now() where state = 'waiting'", null, default);

    public Task<long> Count(string state) =>
        Database.ScalarAsync<long>("select count(*) from webhook_deliveries where state = @state", new { state }, default)!;

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        if (own is not null) await own.DisposeAsync();
        identity.Dispose();
    }
}
