using ChainSimulator.Evm;
using ChainSimulator.Serving;
using Chains;
using Microsoft.Extensions.DependencyInjection;
using Providers;
using Shouldly;
using Sync;
using Sync.Chains;
using Sync.Chains.Evm;
using Sync.Chains.Solana;
using Sync.Providers;
using Xunit;

namespace Services.Sync;

/// <summary>Questions of JSON-RPC through the client that every provider is asked by.</summary>
public sealed class PostingQuestions(SyncParts sync) : IClassFixture<SyncParts>
{
    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_node_is_asked_and_its_refusals_are_those_of_any_provider()
    {
        await using var services = sync.Build(new ServiceCollection()).BuildServiceProvider();
        var http = new HttpClient { BaseAddress = new Uri(sync.Script.EvmUrl(EvmWorlds.Ethereum) + "/rpc") };
        var options = new ProviderOptions { Name = "node", Kind = "etherscan", BaseUrl = "http://127.0.0.1", RequestsPerSecond = 0 };
        using var client = new ProviderClient(http, EvmWorlds.Ethereum, options, null, services.GetRequiredService<ProviderPauses>(),
            services.GetRequiredService<ProviderUsage>(), TimeProvider.System, SyncMetrics.Providers);
        var node = new EvmRpc(EvmProvider.Ethereum, "node", client.PostAsync);

        var tip = await sync.Script.MineEvmAsync(new EvmMine(EvmWorlds.Ethereum), ct);
        (await node.BlockAsync(null, ct)).ShouldNotBeNull().Hash.ShouldBe(tip.Hash);

        await sync.Script.SetFaultAsync(new(FaultKind.Status, Status: 503, Route: "/evm/rpc*"), ct);
        (await Should.ThrowAsync<ProviderException>(() => node.BlockAsync(null, ct))).Failure.ShouldBe(ProviderFailure.Unavailable);
        await sync.Script.ClearFaultsAsync(ct);
        (await node.BlockAsync(tip.Height, ct)).ShouldNotBeNull().Hash.ShouldBe(tip.Hash);

        await sync.Script.SetFaultAsync(new(FaultKind.Status, Status: 429, Route: "/evm/rpc*"), ct);
        (await Should.ThrowAsync<ProviderException>(() => node.BlockAsync(null, ct))).Failure.ShouldBe(ProviderFailure.RateLimited);
        await sync.Script.ClearFaultsAsync(ct);
    }

    [Theory]
    [InlineData("node", "/evm/rpc*", 5)]
    [InlineData("explorer", "/evm/api*", 1)]
    [InlineData("solana", "/solana/rpc*", 5)]
    public async Task after_a_limit_that_is_told_with_status_200_no_process_asks(string kind, string route, int seconds)
    {
        await using var one = sync.Build(new ServiceCollection()).BuildServiceProvider();
        await using var two = sync.Build(new ServiceCollection()).BuildServiceProvider();
        await sync.Script.ResetCountersAsync(ct);
        await sync.Script.SetFaultAsync(new(FaultKind.RateLimit, Route: route), ct);

        var refused = await Should.ThrowAsync<ProviderException>(() => TipAsync(one));
        (refused.Failure, refused.RetryAfter).ShouldBe((ProviderFailure.RateLimited, TimeSpan.FromSeconds(seconds)));
        await sync.Script.ClearFaultsAsync(ct);
        foreach (var process in (ServiceProvider[])[one, two])
        {
            var waiting = await Should.ThrowAsync<ProviderException>(() => TipAsync(process));
            (waiting.Failure, waiting.Message).ShouldBe((ProviderFailure.RateLimited, $"limited-{kind}: rate limited"));
            waiting.RetryAfter!.Value.ShouldBeInRange(TimeSpan.Zero, TimeSpan.FromSeconds(seconds));
        }

        (await sync.Script.RequestsAsync(ct)).Total.ShouldBe(1);
        await one.GetRequiredService<ProviderUsage>().StoreAsync(ct);
        (await sync.Execute(
            "select coalesce(sum(requests) filter (where outcome = '429'), 0) || ':' || sum(requests) from provider_usage where provider = $1",
            $"limited-{kind}")).ShouldBe("1:1");

        async Task TipAsync(ServiceProvider process)
        {
            var name = $"limited-{kind}";
            var options = new ProviderOptions { Name = name, Kind = "esplora", BaseUrl = "http://127.0.0.1", RequestsPerSecond = 0 };
            var address = kind switch
            {
                "solana" => sync.Script.SolanaUrl("solana"),
                "node" => sync.Script.EvmUrl(EvmWorlds.Ethereum) + "/rpc",
                _ => sync.Script.EvmUrl(EvmWorlds.Ethereum) + "/"
            };
            using var client = new ProviderClient(new HttpClient { BaseAddress = new Uri(address) }, EvmWorlds.Ethereum, options, null,
                process.GetRequiredService<ProviderPauses>(), process.GetRequiredService<ProviderUsage>(), TimeProvider.System,
                SyncMetrics.Providers);
            if (kind == "solana") await new SolanaRpc(Networks.Solana, name, new JsonRpc(name, 1, client.PostAsync)).TipAsync(ct);
            else if (kind == "node") await new EvmRpc(EvmProvider.Ethereum, name, client.PostAsync).BlockAsync(null, ct);
            else await new EtherscanNode(new EtherscanCalls(1, name,
                (path, question, token) => client.GetAsync(path, question, "application/json", token))).BlockAsync(null, ct);
        }
    }

    [Fact]
    public async Task after_a_limit_that_is_told_with_status_400_no_process_asks()
    {
        await using var one = sync.Build(new ServiceCollection()).BuildServiceProvider();
        await using var two = sync.Build(new ServiceCollection()).BuildServiceProvider();
        using var refusing = new Refusing();
        foreach (var process in (ServiceProvider[])[one, two])
        {
            var options = new ProviderOptions { Name = "limited-400", Kind = "esplora", BaseUrl = "http://127.0.0.1", RequestsPerSecond = 0 };
            using var client = new ProviderClient(new HttpClient(refusing, disposeHandler: false) { BaseAddress = new Uri("http://127.0.0.1") },
                EvmWorlds.Ethereum, options, null,
                process.GetRequiredService<ProviderPauses>(), process.GetRequiredService<ProviderUsage>(), TimeProvider.System,
                SyncMetrics.Providers);
            (await Should.ThrowAsync<ProviderException>(() => new EvmRpc(EvmProvider.Ethereum, "limited-400", client.PostAsync)
                .BlockAsync(null, ct))).Failure.ShouldBe(ProviderFailure.RateLimited);
        }

        refusing.Asked.ShouldBe(1);
    }

    private sealed class Refusing : HttpMessageHandler
    {
        public int Asked { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked++;
            return Task.FromResult(new HttpResponseMessage(System.Net.HttpStatusCode.BadRequest)
            {
                Content = new StringContent("""{"jsonrpc":"2.0","id":1,"error":{"code":-32005,"message":"rate limit exceeded"}}"""),
            });
        }
    }
}
