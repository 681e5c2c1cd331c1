using System.Collections.Concurrent;
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

/// <summary>Providers that refuse what is beyond their limits: in a body with status 200, as Etherscan and nodes do, or for a time that
/// they name.</summary>
public sealed class RefusingInTheBody(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await EventSourcingModule.MigrateAsync(database.DataSource, [MessagingModule.Assembly, typeof(SyncModule).Assembly],
            ct: Cancellation);
        await Execute("delete from budgets; delete from budget_charges; delete from provider_pauses");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("etherscan", "ethereum", """{"status":"0","message":"NOTOK","result":"Max calls per sec rate limit reached (5/sec)"}""")]
    [InlineData("etherscan", "ethereum",
        """{"status":"0","message":"NOTOK","result":"Max daily rate limit reached. 110000 (100%) of 100000 day/limit"}""")]
    [InlineData("alchemy", "ethereum",
        """{"jsonrpc":"2.0","id":1,"error":{"code":429,"message":"Your app has exceeded its compute units per second capacity"}}""")]
    [InlineData("solana", "solana", """{"jsonrpc":"2.0","id":1,"error":{"code":429,"message":"Too many requests"}}""")]
    public async Task who_refuses_in_the_body_is_left_alone_by_all_and_asked_half_as_often_afterwards(string kind, string network, string refusal)
    {
        var received = new ConcurrentQueue<string>();
        await using var provider = await AnsweringAsync((HttpRequest request) =>
        {
            received.Enqueue(request.Path);
            return Results.Text(refusal, "application/json", Encoding.UTF8);
        });

        // Two processes that share the database; the second asks when the first was refused.
        var waits = new List<TimeSpan?>();
        for (var process = 0; process < 2; process++)
        {
            await using var services = Services(kind, network, provider.Urls.Single());
            var adapter = services.GetRequiredService<ProviderPools>().Find(network)!.Named(null);
            var failure = await Should.ThrowAsync<ProviderException>(() => adapter.TipAsync(Cancellation));
            failure.Failure.ShouldBe(ProviderFailure.RateLimited);
            waits.Add(failure.RetryAfter);
        }

        waits[0].ShouldNotBeNull("it said that it has to be left alone");
        received.Count.ShouldBe(1, $"it was to be left alone for {waits[0]}");
        (await Execute("select count(*) from provider_pauses where paused_until > now()")).ShouldBe(1L);
        (await Execute("select count(*) from budgets where throttled_at is not null")).ShouldBe(1L, "a refusal halves the pace");
    }

    /// <summary>Two days are two days.</summary>
    [Fact]
    public async Task who_asks_for_more_than_a_day_is_left_alone_for_so_long()
    {
        await using var provider = await AnsweringAsync((HttpResponse response) =>
        {
            response.Headers.RetryAfter = "172800";
            return Results.StatusCode(429);
        });
        (await PauseAsync(provider)).ShouldBeInRange(172_700, 172_800);
    }

    /// <summary>A date is told by the provider's clock, which tells its own time beside it.</summary>
    [Fact]
    public async Task who_names_a_date_is_left_alone_until_then_by_his_own_clock()
    {
        await using var provider = await AnsweringAsync((HttpResponse response) =>
        {
            // Two minutes behind ours: in a minute, it says.
            var now = DateTimeOffset.UtcNow.AddMinutes(-2);
            response.Headers.Date = now.ToString("R");
            response.Headers.RetryAfter = now.AddMinutes(1).ToString("R");
            return Results.StatusCode(429);
        });
        (await PauseAsync(provider)).ShouldBeInRange(50, 60);
    }

    /// <summary>For how many seconds it is left alone.</summary>
    private async Task<double> PauseAsync(WebApplication provider)
    {
        await using var services = Services("esplora", "bitcoin", provider.Urls.Single());
        await Should.ThrowAsync<ProviderException>(() => services.GetRequiredService<ProviderPools>().Find("bitcoin")!.Named(null)
            .TipAsync(Cancellation));
        return (double)(await Execute("select extract(epoch from paused_until - now())::float8 from provider_pauses"))!;
    }

    private static async Task<WebApplication> AnsweringAsync(Delegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder(["--urls", "http://127.0.0.1:0"]);
        builder.Logging.ClearProviders();
        var provider = builder.Build();
        provider.MapFallback(answer);
        await provider.StartAsync(Cancellation);
        return provider;
    }

    private async Task<object?> Execute(string sql)
    {
        await using var command = database.DataSource.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Cancellation);
    }

    private ServiceProvider Services(string kind, string network, string url)
    {
        var services = new ServiceCollection();
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            [$"Chains:{network}:Providers:0:Name"] = "strict",
            [$"Chains:{network}:Providers:0:Kind"] = kind,
            [$"Chains:{network}:Providers:0:BaseUrl"] = url,
            [$"Chains:{network}:Providers:0:RequestsPerSecond"] = "20",
        }).Build();
        services.AddSingleton(configuration);
        services.AddNetworks(configuration);
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.None));
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(database.DataSource);
        services.AddSingleton<IPastAccounts, PastAccounts>();
        services.AddSingleton<INodeScans, NodeScans>();
        services.AddProviders();
        return services.BuildServiceProvider();
    }
}
