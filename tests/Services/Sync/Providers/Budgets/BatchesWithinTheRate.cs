using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
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
using Xunit;

namespace Services.Sync;

/// <summary>Batches of questions, each of which counts, and all of which arrive at once.</summary>
public sealed class BatchesWithinTheRate(SyncParts sync) : IClassFixture<SyncParts>
{
    private const int PerSecond = 20;
    private const int Batch = 4;

    // To the last request it is HammeringABudget that shows it; here sending takes as long as this machine likes.
    [Fact]
    public async Task batches_that_wait_for_their_places_beside_each_other_do_not_go_together()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var services = sync.Build(new ServiceCollection()).BuildServiceProvider();
        var pauses = services.GetRequiredService<ProviderPauses>();
        using var budget = new RequestBudget("batches", PerSecond, new BudgetOptions(), pauses, sync.Database.DataSource, TimeProvider.System,
            SyncMetrics.Providers, Batch);
        var options = new ProviderOptions { Name = "batches", Kind = "alchemy", BaseUrl = "http://node", RequestsPerSecond = PerSecond };
        var node = new Node();
        using var client = new ProviderClient(new HttpClient(node) { BaseAddress = new Uri(options.BaseUrl) }, "ethereum", options, budget, pauses,
            services.GetRequiredService<ProviderUsage>(), TimeProvider.System, SyncMetrics.Providers);

        // A page of Alchemy: a receipt for each of its transactions.
        await new JsonRpc("batches", Batch, client.PostAsync)
            .AskAsync([.. Enumerable.Repeat(new RpcQuestion("eth_getTransactionReceipt"), 4 * PerSecond)], "receipt",
                (_, _) => new ProviderException(ProviderFailure.BadAnswer, "batches", "refused"), ct);

        var arrivals = node.Arrivals.OrderBy(arrival => arrival.At).ToList();
        arrivals.Sum(arrival => arrival.Questions).ShouldBe(4 * PerSecond);
        var worst = arrivals.Max(first => arrivals.Where(other => other.At >= first.At && other.At < first.At + TimeSpan.FromSeconds(1))
            .Sum(other => other.Questions));
        worst.ShouldBeLessThanOrEqualTo(PerSecond + Batch);
    }

    /// <summary>What all its requests count for is the account's limits, whatever the provider's own rate.</summary>
    [Theory]
    [InlineData("PerSecond", 4, 1)]
    [InlineData("PerSecond", 16, 2)]
    [InlineData("PerHour", 50, 5)]
    public async Task a_batch_is_small_beside_the_limits_of_the_account_that_it_counts_for(string limit, int requests, int batch)
    {
        var ct = TestContext.Current.CancellationToken;
        var most = 1;
        var builder = WebApplication.CreateSlimBuilder(["--urls", "http://127.0.0.1:0"]);
        builder.Logging.ClearProviders();
        await using var provider = builder.Build();
        provider.MapFallback(async (HttpRequest request) =>
        {
            var asked = await JsonSerializer.DeserializeAsync<JsonElement>(request.Body, cancellationToken: ct);
            if (asked.ValueKind is JsonValueKind.Object) return Results.Text("""{"jsonrpc":"2.0","id":1,"result":"0x1"}""", "application/json");
            most = Math.Max(most, asked.GetArrayLength());
            var answers = Enumerable.Range(1, asked.GetArrayLength()).Select(id => $$"""{"jsonrpc":"2.0","id":{{id}},"result":"0x"}""");
            return Results.Text($"[{string.Join(',', answers)}]", "application/json");
        });
        await provider.StartAsync(ct);

        var services = new ServiceCollection();
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Chains:ethereum:Providers:0:Name"] = "slow",
            ["Chains:ethereum:Providers:0:Kind"] = "alchemy",
            ["Chains:ethereum:Providers:0:BaseUrl"] = provider.Urls.Single(),
            ["Chains:ethereum:Providers:0:RequestsPerSecond"] = "200",
            ["Chains:ethereum:Providers:0:AnswerSeconds"] = "60",
            ["Chains:ethereum:Providers:0:Budget"] = limit + requests,
            [$"Budgets:{limit}{requests}:{limit}"] = $"{requests}",
        }).Build();
        services.AddSingleton(configuration);
        services.AddNetworks(configuration);
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.None));
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(sync.Database.DataSource);
        services.AddSingleton<IPastAccounts, PastAccounts>();
        services.AddSingleton<INodeScans, NodeScans>();
        services.AddProviders();
        await using var parts = services.BuildServiceProvider();
        var node = (ITokenBalances)parts.GetRequiredService<ProviderPools>().Find("ethereum")!.Named(null);
        await node.BalancesAsync(EvmProvider.Address(EvmProvider.Ethereum, EvmProvider.Account("asks much")),
            [.. Enumerable.Range(0, 20).Select(n => $"eip155:1/erc20:0x{n:x40}")], null, ct);

        most.ShouldBe(batch);
    }

    private sealed class Node : HttpMessageHandler
    {
        public ConcurrentQueue<(TimeSpan At, int Questions)> Arrivals { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var at = TimeSpan.FromMilliseconds(Environment.TickCount64);
            var questions = JsonElement.Parse(await request.Content!.ReadAsStringAsync(cancellationToken)).EnumerateArray()
                .Select(question => question.GetProperty("id").GetInt32()).ToList();
            Arrivals.Enqueue((at, questions.Count));
            return new HttpResponseMessage(HttpStatusCode.OK)
            {
                Content = new StringContent($"[{string.Join(',', questions.Select(id => $"{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":null}}"))}]",
                    Encoding.UTF8, "application/json"),
            };
        }
    }
}
