using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Web;
using Contracts;
using EventSourcing;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using ServiceDefaults;
using Testing;
using Wallets;
using Xunit;

namespace Services.Wallets;

/// <summary>Tests of one running service share it; each brings people and wallets of its own.</summary>
[CollectionDefinition(nameof(WalletsService))]
public sealed class SharedWalletsService : ICollectionFixture<WalletsService>;

/// <summary>The wallets service on a real web server and a real database, with Sync and Portfolio played by the test.</summary>
public sealed class WalletsService : IAsyncLifetime
{
    private readonly TestIdentity identity = new("wallets");
    private readonly TestDatabase database = new();
    private readonly TestBroker broker = new();
    private Host? host;

    /// <summary>Wallets that the other services have let go of; all others they still hold.</summary>
    internal Participants Others { get; } = new();

    internal TestDatabase Database => database;

    internal IServiceProvider Provider => host!.Services;

    public async ValueTask InitializeAsync()
    {
        await database.InitializeAsync();
        await broker.InitializeAsync();
        Start();
    }

    public async ValueTask DisposeAsync()
    {
        if (host is not null) await host.DisposeAsync();
        identity.Dispose();
        await broker.DisposeAsync();
        await database.DisposeAsync();
    }

    /// <summary>A client whose requests come through the gateway with this person's key.</summary>
    internal HttpClient As(Caller caller) => new(Through(identity.As(caller))) { BaseAddress = Address };

    /// <summary>A client that is another service.</summary>
    internal HttpClient AsService(string other) => new(Through(identity.AsService(other))) { BaseAddress = Address };

    /// <summary>A client that nobody vouches for.</summary>
    internal HttpClient Anonymous() => new() { BaseAddress = Address };

    /// <summary>Ends the service and starts it again on the same database.</summary>
    internal async Task RestartAsync()
    {
        await host!.DisposeAsync();
        Start();
    }

    /// <summary>Makes the read model anew from the log.</summary>
    internal Task RebuildAsync(int batchSize = 500) =>
        Provider.GetRequiredService<EventStore>().RebuildAsync(new ReadModel(), batchSize, TestContext.Current.CancellationToken);

    private Uri Address => host!.ClientOptions.BaseAddress;

    private static DelegatingHandler Through(DelegatingHandler handler)
    {
        handler.InnerHandler = new SocketsHttpHandler();
        return handler;
    }

    private void Start()
    {
        host = new Host(
            identity.SettingsWith(
                ("ConnectionStrings:Database", database.ConnectionString),
                ("RabbitMq:Uri", broker.UriOf("wallets").ToString()),
                ("Services:sync", "http://sync.test"),
                ("Services:portfolio", "http://portfolio.test"),
                // What is told is heard by the feed: nobody publishes here.
                ("Messaging:PullEvery", "00:00:00.1"),
                ("Erasing:PollEvery", "00:00:00.05"),
                ("Erasing:LongestPause", "00:00:00.2")),
            Others);
        // Limits of size are the web server's, so a real one it is.
        host.UseKestrel(0);
        host.StartServer();
    }

    private sealed class Host(Dictionary<string, string> settings, Participants others) : WebApplicationFactory<WalletEvent>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            foreach (var (key, value) in settings) builder.UseSetting(key, value);
            builder.ConfigureServices(services =>
            {
                foreach (var name in Eraser.Services) services.AddHttpClient(name).ConfigurePrimaryHttpMessageHandler(() => others);
            });
        }
    }

    /// <summary>Answers for Sync and Portfolio whether a wallet is gone there.</summary>
    internal sealed class Participants : HttpMessageHandler
    {
        private readonly ConcurrentDictionary<(string Service, Guid Wallet), HttpStatusCode> answers = [];

        private readonly ConcurrentQueue<Contract> told = [];

        /// <summary>Where the log of the Sync that is played here ends.</summary>
        public const long SyncPosition = 4711;

        /// <summary>Everything that was asked: service, wallet, the position in Wallets' log and the one in Sync's.</summary>
        public ConcurrentQueue<(string Service, Guid Wallet, long Position, long SyncPosition)> Asked { get; } = [];

        /// <summary>Sync says so; Wallets hears it by Sync's feed.</summary>
        public void Tell(params ReadOnlySpan<Contract> contracts)
        {
            lock (told)
            {
                foreach (var contract in contracts)
                    told.Enqueue(contract with { Log = new LogSpan(Sources.Sync, told.Count, told.Count + 1) });
            }
        }

        /// <summary>Sync is restored from a backup of its very beginning.</summary>
        public void LoseTheLog()
        {
            lock (told) told.Clear();
        }

        public void LetGo(string service, Guid wallet) => answers[(service, wallet)] = HttpStatusCode.OK;

        public void Break(string service, Guid wallet) => answers[(service, wallet)] = HttpStatusCode.InternalServerError;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var service = request.RequestUri!.Host.Split('.')[0];
            var query = HttpUtility.ParseQueryString(request.RequestUri.Query);
            if (request.RequestUri.AbsolutePath == "/internal/feed") return Task.FromResult(Feed(long.Parse(query["after"]!)));
            var wallet = Guid.Parse(request.RequestUri.Segments[^1]);
            Asked.Enqueue((service, wallet, long.Parse(query["position"]!), long.Parse(query["syncPosition"]!)));
            var status = answers.GetValueOrDefault((service, wallet), HttpStatusCode.Accepted);
            return Task.FromResult(new HttpResponseMessage(status == HttpStatusCode.InternalServerError ? status : HttpStatusCode.OK)
            {
                Content = new StringContent(status == HttpStatusCode.OK
                    ? $$"""{"erased":true,"position":{{SyncPosition}}}""" : """{"erased":false}""", null, "application/json"),
            });
        }

        private HttpResponseMessage Feed(long after)
        {
            List<Contract> page = [.. told.Skip((int)after).Take(500)];
            var upTo = after + page.Count;
            return new(HttpStatusCode.OK)
            {
                Content = JsonContent.Create(new
                {
                    Source = Sources.Sync,
                    Head = (long)told.Count,
                    UpTo = upTo,
                    Contracts = page.Select(contract => new { Type = contract.GetType().Name, Body = (object)contract }),
                }),
            };
        }
    }
}
