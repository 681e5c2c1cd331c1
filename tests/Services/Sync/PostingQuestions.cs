using ChainSimulator.Evm;
using ChainSimulator.Serving;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Sync.Chains;
using Sync.Chains.Evm;
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
            services.GetRequiredService<ProviderUsage>(), TimeProvider.System);
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
}
