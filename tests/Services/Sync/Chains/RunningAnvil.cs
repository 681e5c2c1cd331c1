using Sync.Chains.Evm;
using Testing;

namespace Services.Sync;

/// <summary>The node with this service's client of it. A class fixture.</summary>
public sealed class RunningAnvil : AnvilNode
{
    private readonly HttpClient http = new();

    internal EvmRpc Node { get; private set; } = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Node = new EvmRpc(EvmProvider.Ethereum, "anvil", (json, _, _, ct) => EvmProvider.Fetch(http, EvmProvider.Posted(Url, json), ct));
    }

    public override async ValueTask DisposeAsync()
    {
        http.Dispose();
        await base.DisposeAsync();
    }
}
