using Chains;

namespace Sync.Chains.Utxo;

/// <summary>
/// The tip of a node that is one of the network and has its chain. Another node may answer at the same address from one moment to the next;
/// whenever the tip is another, the node is asked for its first block again.
/// </summary>
internal sealed class CoreTip(Network network, string provider, CoreRpc rpc)
{
    private string? known;

    /// <exception cref="ProviderException">There is none that can be believed, or the node is still loading its chain.</exception>
    public async Task<CoreChain> ReadAsync(CancellationToken ct)
    {
        var chain = await rpc.AskAsync(new("getblockchaininfo"), "tip", CoreJson.Default.CoreChain, ct) ?? throw Bad("has no tip");
        if (!UtxoRules.IsHash(chain.Bestblockhash) || chain.Blocks is < 0 or > UtxoRules.MaxHeight) throw Bad("names a tip that is no block");
        if (chain.Bestblockhash != known)
        {
            var genesis = await rpc.AskAsync(new("getblockhash", 0), "block-height", CoreJson.Default.String, ct);
            if (genesis is null || !UtxoRules.IsHash(genesis)) throw Bad("has no first block");
            if (network.Caip2 != $"bip122:{genesis[..32]}") throw Bad($"is a node of another chain, whose first block is {genesis}");
            known = chain.Bestblockhash;
        }

        // It says of blocks that it had, and loads again, that they are none of its chain.
        return chain.Initialblockdownload
            ? throw new ProviderException(ProviderFailure.Unavailable, provider,
                $"is still loading its chain, block {chain.Blocks} of {chain.Headers}", TimeSpan.FromSeconds(30))
            : chain;
    }

    private ProviderException Bad(string reason) => new(ProviderFailure.BadAnswer, provider, reason);
}
