using Chains;
using Shouldly;
using Xunit;

namespace Unit.Chains;

public sealed class KnownNetworks
{
    [Fact]
    public void only_bitcoin_and_its_testnet_may_be_tracked()
    {
        Networks.All.Select(network => network.Slug).ShouldBe(["bitcoin", "bitcoin-testnet"]);
        Networks.Find("bitcoin").ShouldBe(Networks.Bitcoin);
        Networks.Find("litecoin").ShouldBeNull();
        Networks.Find("Bitcoin").ShouldBeNull();
        Networks.Find(null).ShouldBeNull();
    }

    [Fact]
    public void each_is_told_apart_by_every_name_and_prefix()
    {
        Networks.Known.Select(network => network.Slug).ShouldBeUnique();
        Networks.Known.Select(network => network.Caip2).ShouldBeUnique();
        Networks.Known.Select(network => network.AddressRules?.Bech32Prefix).Where(prefix => prefix is not null).ShouldBeUnique();
    }

    [Fact]
    public void each_has_an_asset_of_its_own_and_re_reads_at_least_as_deep_as_it_waits()
    {
        foreach (var network in Networks.Known)
        {
            network.Native.Caip19.ShouldStartWith(network.Caip2 + "/slip44:");
            network.SafeDepth.ShouldBeGreaterThanOrEqualTo(network.ConfirmationsRequired);
            network.BlockTime.ShouldBeGreaterThan(TimeSpan.Zero);
            (network.AddressRules is not null).ShouldBe(network.Family is ChainFamily.Utxo);
        }
    }
}
