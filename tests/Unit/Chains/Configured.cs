using Chains;

namespace Unit.Chains;

/// <summary>Networks that do not ship, known by settings alone.</summary>
internal static class Configured
{
    public static NetworkSettings RegtestSettings { get; } = new()
    {
        Name = "Bitcoin Regtest", Family = ChainFamily.Utxo, Caip2 = "bip122:0f9188f13cb7b2c71f2a335e3a4fc328",
        Symbol = "rBTC", Decimals = 8, Slip44 = 1,
        ConfirmationsRequired = 1, SafeDepth = 100, BlockTime = TimeSpan.FromMinutes(10), CoinbaseMaturity = 100,
        P2pkhVersion = 111, P2shVersions = [196], Bech32Prefix = "bcrt",
    };

    /// <summary>It spells addresses as testnet3 does.</summary>
    public static NetworkSettings SignetSettings { get; } = RegtestSettings with
    {
        Name = "Bitcoin Signet",
        Caip2 = "bip122:00000008819873e925422c1ff0f99f7c",
        Symbol = "sBTC",
        Bech32Prefix = "tb",
    };

    public static NetworkSettings BaseSettings { get; } = new()
    {
        Name = "Base", Family = ChainFamily.Evm, Caip2 = "eip155:8453", Symbol = "ETH", Decimals = 18, Slip44 = 60,
        ConfirmationsRequired = 30, SafeDepth = 900, BlockTime = TimeSpan.FromSeconds(2),
    };

    public static NetworkCatalogue All { get; } = Networks.Shipped.With(new Dictionary<string, NetworkSettings>
    {
        ["bitcoin-regtest"] = RegtestSettings, ["bitcoin-signet"] = SignetSettings, ["base"] = BaseSettings,
    });

    public static Network Regtest { get; } = All.Find("bitcoin-regtest")!;

    public static Network Signet { get; } = All.Find("bitcoin-signet")!;
}
