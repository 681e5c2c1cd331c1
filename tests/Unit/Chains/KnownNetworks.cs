using Chains;
using Shouldly;
using Xunit;

namespace Unit.Chains;

public sealed class KnownNetworks
{
    [Fact]
    public void these_ship()
    {
        Networks.Shipped.All.Select(network => network.Slug).ShouldBe(
            ["bitcoin", "bitcoin-testnet", "litecoin", "dogecoin", "ethereum", "polygon", "bsc", "sepolia", "solana", "solana-devnet"]);
        Networks.Shipped.Find("bitcoin").ShouldBe(Networks.Bitcoin);
        Networks.Shipped.Find("Bitcoin").ShouldBeNull();
        Networks.Shipped.Find(null).ShouldBeNull();
        Networks.Shipped.Named("eip155:137")!.Slug.ShouldBe("polygon");
        Networks.Shipped.Named("eip155:0").ShouldBeNull();
    }

    [Fact]
    public void each_is_told_apart_by_every_name_and_prefix()
    {
        Networks.Shipped.All.Select(network => network.Caip2).ShouldBeUnique();
        Networks.Shipped.All.Select(network => network.Native.Caip19).ShouldBeUnique();
        Networks.Shipped.All.Select(network => network.AddressRules?.Bech32Prefix).Where(prefix => prefix is not null).ShouldBeUnique();
    }

    [Fact]
    public void each_has_what_its_family_needs()
    {
        foreach (var network in Configured.All.All)
        {
            network.Native.Caip19.ShouldStartWith(network.Caip2 + "/slip44:");
            network.SafeDepth.ShouldBeGreaterThanOrEqualTo(network.ConfirmationsRequired);
            network.BlockTime.ShouldBeGreaterThan(TimeSpan.Zero);
            (network.AddressRules is not null, network.CoinbaseMaturity is not null)
                .ShouldBe((network.Family is ChainFamily.Utxo, network.Family is ChainFamily.Utxo));
            (network.EvmChainId is not null).ShouldBe(network.Family is ChainFamily.Evm);
        }
    }

    [Theory]
    [InlineData("bitcoin", "bip122:000000000019d6689c085ae165831e93/slip44:0", 8, 100)]
    [InlineData("litecoin", "bip122:12a765e31ffd4059bada1e25190f6e98/slip44:2", 8, 100)]
    [InlineData("dogecoin", "bip122:1a91e3dace36e2be3bf030a65679fe82/slip44:3", 8, 240)]
    [InlineData("sepolia", "eip155:11155111/slip44:1", 18, null)]
    [InlineData("bsc", "eip155:56/slip44:714", 18, null)]
    [InlineData("solana", "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp/slip44:501", 9, null)]
    public void the_facts_are_as_their_standards_say(string slug, string native, int decimals, int? maturity)
    {
        var network = Networks.Shipped.Find(slug)!;

        (network.Native.Caip19, network.Native.Decimals, network.CoinbaseMaturity).ShouldBe((native, decimals, maturity));
    }
}
