using System.Text.Json.Nodes;
using Contracts;
using Testing;
using Xunit;

namespace Services.Sync;

/// <summary>The parts with a real node as the only provider of Ethereum.</summary>
public sealed class AnvilParts : SyncParts, IAsyncLifetime
{
    public const string Ethereum = "ethereum";

    private ListingNode? lister;

    internal RunningAnvil Anvil { get; } = new();

    protected override IEnumerable<(string Key, string Value)> MoreSettings =>
    [
        ($"Chains:{Ethereum}:Providers:0:Name", "anvil"), ($"Chains:{Ethereum}:Providers:0:Kind", "alchemy"),
        ($"Chains:{Ethereum}:Providers:0:BaseUrl", lister!.Url), ($"Chains:{Ethereum}:Providers:0:RequestsPerSecond", "0"),
        ($"Chains:{Ethereum}:RestSeconds", "0"),
    ];

    public new async ValueTask InitializeAsync()
    {
        await Anvil.InitializeAsync();
        lister = await ListingNode.StartAsync(Anvil);
        await base.InitializeAsync();
    }

    public new async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (lister is not null) await lister.DisposeAsync();
        await Anvil.DisposeAsync();
    }

    /// <summary>A wallet that tracks the account.</summary>
    internal async Task<(Guid Wallet, string Address)> Track(string account)
    {
        var address = EvmProvider.Address(EvmProvider.Ethereum, account).Text;
        var wallet = Guid.CreateVersion7();
        await Tell(
            new WalletCreated(wallet, Guid.CreateVersion7(), "wallet", DateTimeOffset.UtcNow),
            new AddressImported(wallet, Guid.CreateVersion7(), Ethereum, address, null, DateTimeOffset.UtcNow));
        return (wallet, address);
    }

    /// <summary>What the node's blocks and logs say moved from or to an account, newest first: its txid, and what moved of which token.</summary>
    internal Task<IReadOnlyList<JsonObject>> TransfersOf(string account) => lister!.TransfersOfAsync(account);
}
