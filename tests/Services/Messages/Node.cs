using Marten;
using System.Security.Cryptography;
using EventSourcing;
using MassTransit;
using Messaging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using ServiceDefaults;
using Testing;

namespace Services.Messages;

/// <summary>A small service in this process, with real HTTP, a real database and a real broker.</summary>
internal sealed class Node : IAsyncDisposable
{
    private static readonly ECDsa Key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly WebApplication app;
    private int feedCalls;

    private Node(WebApplication app, Uri address)
    {
        this.app = app;
        Address = address;
    }

    public Uri Address { get; }

    public EventStore Store => Get<EventStore>();

    public NpgsqlDataSource Data => Get<NpgsqlDataSource>();

    public IBus Bus => Get<IBus>();

    /// <summary>How often somebody asked for this node's log.</summary>
    public int FeedCalls => feedCalls;

    public T Get<T>() where T : notnull => app.Services.GetRequiredService<T>();

    /// <summary>Starts a service with its schema in place; other services are found at the given addresses.</summary>
    public static async Task<Node> Start(
        string service, TestDatabase database, Uri broker, Action<MessagingBuilder> messaging,
        IReadOnlyDictionary<string, string?>? settings = null, Action<IServiceCollection>? services = null, int? port = null)
    {
        var address = new Uri($"http://127.0.0.1:{port ?? FreePort.Next()}");
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Testing" });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:Database"] = database.ConnectionString,
            ["RabbitMq:Uri"] = broker.ToString(),
            ["Identity:PrivateKey"] = Convert.ToBase64String(Key.ExportPkcs8PrivateKey()),
            [$"Identity:PublicKeys:{service}"] = PublicKey,
            ["Identity:PublicKeys:wallets"] = PublicKey,
            ["Identity:PublicKeys:reader"] = PublicKey,
            ["Messaging:PullEvery"] = "01:00:00",
        });
        builder.Configuration.AddInMemoryCollection(settings ?? new Dictionary<string, string?>());
        builder.WebHost.UseUrls(address.ToString());
        builder.AddServiceDefaults(service);
        if (Environment.GetEnvironmentVariable("TEST_LOG") is null) builder.Logging.ClearProviders();
        builder.Services.AddMarten().AddEventStore(EventTypes.Of(typeof(NoteEvent)));
        builder.AddMessaging(service, messaging);
        services?.Invoke(builder.Services);

        var app = builder.Build();
        var node = new Node(app, address);
        await app.Services.MigrateAsync([MessagingModule.Assembly]);
        app.MapServiceDefaults();
        app.Use((context, next) =>
        {
            if (context.Request.Path == "/internal/feed") Interlocked.Increment(ref node.feedCalls);
            return next(context);
        });
        if (app.Services.GetService<Feed>() is not null) app.MapFeed("reader", "late", "fetcher");
        await app.StartAsync();
        return node;
    }

    /// <summary>Waits until the broker knows this node's queues.</summary>
    public async Task<Node> Connected()
    {
        await Eventually.Is(() => Get<IBusControl>().CheckHealth().Status == BusHealthStatus.Healthy, "the bus is up");
        return this;
    }

    public async Task<string> Ready()
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(Address, "/health/ready"));
        return await answer.Content.ReadAsStringAsync();
    }

    public Task Stop() => app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private static string PublicKey => Convert.ToBase64String(Key.ExportSubjectPublicKeyInfo());
}
