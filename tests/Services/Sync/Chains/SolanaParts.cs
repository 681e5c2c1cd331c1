using Contracts;
using ChainSimulator.Solana;
using Xunit;

namespace Services.Sync;

/// <summary>The parts with both chains of Solana beside: mainnet through two nodes, of which one takes batches, devnet through one.</summary>
public sealed class SolanaParts : SyncParts
{
    protected override IEnumerable<(string Key, string Value)> MoreSettings =>
    [
        .. Node(SolanaWorlds.Mainnet, 0, "first", null), .. Node(SolanaWorlds.Mainnet, 1, Second, Second), ("Chains:solana:Providers:1:Batch", "10"),
            ("Chains:solana:RestSeconds", "0"),
        .. Node("solana-devnet", 0, "devnet", null),
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A chain of its own for each test, and nothing that went wrong before.</summary>
    internal async Task Begin()
    {
        await Forget();
        await Execute("delete from provider_pauses");
        await Execute("delete from chain_tips");
        await Execute("delete from chain_blocks");
        await Script.ResetAsync(1, Cancellation);
        foreach (var network in (string[])[SolanaWorlds.Mainnet, "solana-devnet"])
            await Script.MineSolanaAsync(SolanaWorlds.Beginning(network), Cancellation);
    }

    internal async Task<Guid> NewWalletOf(string address, string network = SolanaWorlds.Mainnet)
    {
        var wallet = Guid.CreateVersion7();
        await Tell(new WalletCreated(wallet, Guid.CreateVersion7(), "wallet", DateTimeOffset.UtcNow),
            new AddressImported(wallet, Guid.CreateVersion7(), network, address, null, DateTimeOffset.UtcNow));
        return wallet;
    }

    internal async Task Mine(params SolanaMine[] script)
    {
        foreach (var mine in script) await Script.MineSolanaAsync(mine, Cancellation);
    }

    private IEnumerable<(string, string)> Node(string network, int n, string name, string? replica) =>
    [
        ($"Chains:{network}:Providers:{n}:Name", name), ($"Chains:{network}:Providers:{n}:Kind", "solana"),
            ($"Chains:{network}:Providers:{n}:BaseUrl", Script.SolanaUrl(network, replica)),
        ($"Chains:{network}:Providers:{n}:RequestsPerSecond", "0"),
    ];
}
