using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using EventSourcing;
using Messaging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Providers;
using ServiceDefaults;
using Shouldly;
using Sync;
using Sync.Chains;
using Sync.Chains.Utxo;
using Sync.Networks;
using Sync.Providers;
using Testing;
using Xunit;

namespace Services.Sync;

/// <summary>A provider's key goes to the provider and nowhere else: to no log, no trace and no exception.</summary>
public sealed class HidingTheKey(TestDatabase database) : IClassFixture<TestDatabase>
{
    private const string Key = "s3cret-k3y";
    private const string Credentials = $"reader:{Key}";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("esplora")]
    [InlineData("blockchain-info")]
    [InlineData("blockchair")]
    [InlineData("etherscan", "ethereum")]
    [InlineData("alchemy", "ethereum")]
    [InlineData("solana", "solana")]
    [InlineData("etherscan", "ethereum", "RpcKey")]
    [InlineData("etherscan", "ethereum", "RpcUrl")]
    [InlineData("alchemy", "ethereum", "BaseUrl")]
    [InlineData("solana", "solana", "BaseUrl")]
    [InlineData("bitcoin-core")]
    [InlineData("bitcoin-core", "bitcoin", "CookieFile")]
    public async Task a_key_reaches_the_provider_and_is_told_to_nobody_else(string kind, string network = "bitcoin", string where = "Key")
    {
        await EventSourcingModule.MigrateAsync(database.DataSource, [MessagingModule.Assembly, typeof(SyncModule).Assembly],
            ct: Cancellation);
        var told = new ConcurrentQueue<string>();
        var received = new ConcurrentQueue<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source =>
                source.Name is "System.Net.Http" or "Sync" || source.Name.StartsWith("Experimental.System.Net", StringComparison.Ordinal),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
                told.Enqueue(string.Join(' ', activity.TagObjects.Select(tag => $"{tag.Key}={tag.Value}").Append(activity.DisplayName)
                .Concat(activity.Events.SelectMany(e => e.Tags).Select(tag => $"{tag.Key}={tag.Value}")))),
        };
        ActivitySource.AddActivityListener(listener);
        var builder = WebApplication.CreateSlimBuilder(["--urls", "http://127.0.0.1:0"]);
        builder.Logging.ClearProviders();
        await using var provider = builder.Build();
        provider.MapFallback((HttpRequest request) =>
        {
            received.Enqueue($"{request.Headers.Authorization} {request.Path}{request.QueryString}");
            return Results.StatusCode(500);
        });
        await provider.StartAsync(Cancellation);

        foreach (var url in (string[])[provider.Urls.Single(), $"http://127.0.0.1:{FreePort.Next()}"])
        {
            await using var services = Services(kind, network, url, where, told);
            var adapter = services.GetRequiredService<ProviderPools>().Find(network)!.Named(null);
            var failure = await Should.ThrowAsync<ProviderException>(() => adapter.TipAsync(Cancellation));
            told.Enqueue(failure.ToString());
        }

        received.ShouldNotBeEmpty();
        received.ShouldAllBe(request => Decoded(request).Contains(Key, StringComparison.Ordinal));
        // Where a header will do, no address holds it.
        if (where is "RpcKey" || (where is "Key" && kind is "esplora" or "alchemy"))
            received.ShouldAllBe(request => request.StartsWith($"Bearer {Key} ", StringComparison.Ordinal));
        told.ShouldContain(line => line.Contains("url.full", StringComparison.Ordinal), "traces were told at all");
        told.ShouldContain(line => line.Contains("SocketException", StringComparison.Ordinal), "failures were told at all");
        told.ShouldAllBe(line => !line.Contains(Key, StringComparison.OrdinalIgnoreCase));
        told.ShouldAllBe(line => !line.Contains(Convert.ToBase64String(Encoding.UTF8.GetBytes(Credentials)), StringComparison.Ordinal));
    }

    // A user and a password are sent as one word of other letters.
    private static string Decoded(string request) => request.StartsWith("Basic ", StringComparison.Ordinal)
        ? Encoding.UTF8.GetString(Convert.FromBase64String(request.Split(' ')[1])) : request;

    private ServiceProvider Services(string kind, string network, string url, string where, ConcurrentQueue<string> told)
    {
        var services = new ServiceCollection();
        // Some addresses of nodes have it in their path.
        var keyed = $"{url}/v2/{Key}";
        var cookie = Path.Combine(Directory.CreateTempSubdirectory("cookie-").FullName, ".cookie");
        if (where is "CookieFile") File.WriteAllText(cookie, Credentials);
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            [$"Chains:{network}:Providers:0:Name"] = "keyed",
            [$"Chains:{network}:Providers:0:Kind"] = kind,
            [$"Chains:{network}:Providers:0:BaseUrl"] = where is "BaseUrl" ? keyed : url,
            [$"Chains:{network}:Providers:0:RpcUrl"] = where switch { "RpcUrl" => keyed, "RpcKey" => url, _ => null },
            [$"Chains:{network}:Providers:0:{(where is "RpcKey" ? where : "Key")}"] = where is not ("Key" or "RpcKey") ? null
                : kind is "bitcoin-core" ? Credentials : Key,
            [$"Chains:{network}:Providers:0:CookieFile"] = where is "CookieFile" ? cookie : null,
        }).Build();
        services.AddSingleton(configuration);
        services.AddNetworks(configuration);
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new Told(told)));
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(database.DataSource);
        services.AddSingleton<IPastAccounts, PastAccounts>();
        services.AddSingleton<INodeScans, NodeScans>();
        services.AddProviders();
        return services.BuildServiceProvider();
    }

    private sealed class Told(ConcurrentQueue<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
