using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Chains;

/// <summary>Every network this system knows; another one of a known family is one more entry here.</summary>
public static class Networks
{
    // Six confirmations are the custom. The deepest split since 2013 replaced six blocks (July 2015), so twice
    // that is re-read, which costs one page of an address's newest transactions.
    public static Network Bitcoin { get; } = new()
    {
        Slug = "bitcoin",
        Name = "Bitcoin",
        Family = ChainFamily.Utxo,
        Caip2 = "bip122:000000000019d6689c085ae165831e93",
        Native = new("bip122:000000000019d6689c085ae165831e93/slip44:0", "BTC", 8),
        ConfirmationsRequired = 6,
        SafeDepth = 12,
        BlockTime = TimeSpan.FromMinutes(10),
        AddressRules = new(0x00, [0x05], "bc"),
        IsEnabled = true,
    };

    // Testnet3 lets anyone mine at minimum difficulty after twenty silent minutes, so whole runs of blocks are
    // replaced; a hundred is also the depth from which a coinbase may be spent.
    public static Network BitcoinTestnet { get; } = new()
    {
        Slug = "bitcoin-testnet",
        Name = "Bitcoin Testnet3",
        Family = ChainFamily.Utxo,
        Caip2 = "bip122:000000000933ea01ad0ee984209779ba",
        Native = new("bip122:000000000933ea01ad0ee984209779ba/slip44:1", "tBTC", 8),
        ConfirmationsRequired = 6,
        SafeDepth = 100,
        BlockTime = TimeSpan.FromMinutes(10),
        AddressRules = new(0x6f, [0xc4], "tb"),
        IsEnabled = true,
    };

    public static Network BitcoinRegtest { get; } = BitcoinTestnet with
    {
        Slug = "bitcoin-regtest",
        Name = "Bitcoin Regtest",
        Caip2 = "bip122:0f9188f13cb7b2c71f2a335e3a4fc328",
        Native = new("bip122:0f9188f13cb7b2c71f2a335e3a4fc328/slip44:1", "rBTC", 8),
        AddressRules = new(0x6f, [0xc4], "bcrt"),
        IsEnabled = false,
    };

    // Litecoin first wrote P2SH with Bitcoin's version byte; such addresses are read and written back as M….
    public static Network Litecoin { get; } = new()
    {
        Slug = "litecoin",
        Name = "Litecoin",
        Family = ChainFamily.Utxo,
        Caip2 = "bip122:12a765e31ffd4059bada1e25190f6e98",
        Native = new("bip122:12a765e31ffd4059bada1e25190f6e98/slip44:2", "LTC", 8),
        ConfirmationsRequired = 12,
        SafeDepth = 24,
        BlockTime = TimeSpan.FromSeconds(150),
        AddressRules = new(0x30, [0x32, 0x05], "ltc"),
    };

    public static Network Dogecoin { get; } = new()
    {
        Slug = "dogecoin",
        Name = "Dogecoin",
        Family = ChainFamily.Utxo,
        Caip2 = "bip122:1a91e3dace36e2be3bf030a65679fe82",
        Native = new("bip122:1a91e3dace36e2be3bf030a65679fe82/slip44:3", "DOGE", 8),
        ConfirmationsRequired = 40,
        SafeDepth = 80,
        BlockTime = TimeSpan.FromMinutes(1),
        AddressRules = new(0x1e, [0x16], null),
    };

    // Two epochs of 32 slots are final.
    public static Network Ethereum { get; } = new()
    {
        Slug = "ethereum",
        Name = "Ethereum",
        Family = ChainFamily.Evm,
        Caip2 = "eip155:1",
        Native = new("eip155:1/slip44:60", "ETH", 18),
        ConfirmationsRequired = 12,
        SafeDepth = 64,
        BlockTime = TimeSpan.FromSeconds(12),
    };

    // A slot 32 votes deep is rooted and never replaced.
    public static Network Solana { get; } = new()
    {
        Slug = "solana",
        Name = "Solana",
        Family = ChainFamily.Solana,
        Caip2 = "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp",
        Native = new("solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp/slip44:501", "SOL", 9),
        ConfirmationsRequired = 32,
        SafeDepth = 32,
        BlockTime = TimeSpan.FromMilliseconds(400),
    };

    /// <summary>Every network whose addresses can be told apart, whether or not they may be tracked.</summary>
    public static ImmutableArray<Network> Known { get; } =
        [Bitcoin, BitcoinTestnet, BitcoinRegtest, Litecoin, Dogecoin, Ethereum, Solana];

    /// <summary>The networks whose addresses may be tracked.</summary>
    public static ImmutableArray<Network> All { get; } = [.. Known.Where(network => network.IsEnabled)];

    private static readonly FrozenDictionary<string, Network> BySlug =
        All.ToFrozenDictionary(network => network.Slug, StringComparer.Ordinal);

    /// <summary>The trackable network of this exact slug, or null.</summary>
    public static Network? Find(string? slug) => slug is null ? null : BySlug.GetValueOrDefault(slug);
}
