using Chains;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using ServiceDefaults;
using Shouldly;
using Xunit;

namespace Unit.Chains;

public sealed class ConfigureNetworks
{
    // Litecoin's testnet4, as a configuration file or the environment says it.
    private static readonly Dictionary<string, string?> LitecoinTestnet = new()
    {
        ["Name"] = "Litecoin Testnet", ["Family"] = "utxo", ["Caip2"] = "bip122:4966625a4b2851d9fdee139e56211a0d",
        ["Symbol"] = "tLTC", ["Decimals"] = "8", ["Slip44"] = "1",
        ["ConfirmationsRequired"] = "6", ["SafeDepth"] = "100", ["BlockTime"] = "00:02:30", ["CoinbaseMaturity"] = "100",
        ["P2pkhVersion"] = "111", ["P2shVersions:0"] = "58", ["P2shVersions:1"] = "196", ["Bech32Prefix"] = "tltc",
    };

    private static readonly Dictionary<string, string?> Base = new()
    {
        ["Name"] = "Base", ["Family"] = "evm", ["Caip2"] = "eip155:8453", ["Symbol"] = "ETH", ["Decimals"] = "18", ["Slip44"] = "60",
        ["ConfirmationsRequired"] = "30", ["SafeDepth"] = "900", ["BlockTime"] = "00:00:02",
    };

    [Fact]
    public void a_network_of_a_known_family_is_configuration_only()
    {
        var (networks, errors) = Read("litecoin-testnet", LitecoinTestnet);

        errors.ShouldBeEmpty();
        networks.All.Length.ShouldBe(Networks.Shipped.All.Length + 1);
        var network = networks.Find("litecoin-testnet")!;
        network.Native.ShouldBe(new Asset("bip122:4966625a4b2851d9fdee139e56211a0d/slip44:1", "tLTC", 8));
        networks.Parse(network, "QXHFfTBKYXjaaTH1e7Rox8CcdNPGHVhM59").ShouldBeOfType<Address>().Kind.ShouldBe(AddressKind.P2sh);
        // The old version byte is read, and written as the first.
        networks.Parse(network, "2N3vVYSK5XRgVSGWy21PnsRmBUywSQNdCsf").ShouldBeOfType<Address>().Text.ShouldBe("QXHFfTBKYXjaaTH1e7Rox8CcdNPGHVhM59");
        var witness = BitcoinAddresses.P2wpkh(network, new byte[20]);
        witness.Text.ShouldStartWith("tltc1q");
        networks.Parse(Networks.Bitcoin, witness.Text).ShouldBeOfType<AddressError>().Detail.ShouldContain("litecoin-testnet");
    }

    [Fact]
    public void versions_of_two_bytes_are_read_and_written()
    {
        // Zcash's.
        var (networks, errors) = Read("zcash", new(LitecoinTestnet)
        {
            ["Name"] = "Zcash", ["Caip2"] = "bip122:00040fe8ec8471911baa1db1266ea15d", ["Slip44"] = "133", ["P2pkhVersion"] = "7352",
            ["P2shVersions:0"] = "7357", ["P2shVersions:1"] = "7358",
            ["Bech32Prefix"] = "", ["MaxMoney"] = "21000000",
        });

        errors.ShouldBeEmpty();
        var zcash = networks.Find("zcash")!;
        BitcoinAddresses.P2pkh(zcash, new byte[20]).Text.ShouldBe("t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs");
        BitcoinAddresses.P2sh(zcash, new byte[20]).Text.ShouldBe("t3JZcvsuaXE6ygokL4XUiZSTrQBUoPYFnXJ");
        networks.Parse(zcash, "t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs").ShouldBeOfType<Address>().Kind.ShouldBe(AddressKind.P2pkh);
        networks.Parse(zcash, "t3JZcvsuaXE6ygokL4XUiZSTrQBUoPYFnXJ").ShouldBeOfType<Address>().Kind.ShouldBe(AddressKind.P2sh);
        networks.Parse(zcash, "t1hDCzSiRgWFUR5Byxr9ScwNhtAT2c7Xdma").ShouldBeOfType<AddressError>().Code.ShouldBe(AddressErrors.Version);
        networks.Parse(zcash, "1111111111111111111114oLvT2").ShouldBeOfType<AddressError>();
        // Bitcoin's version 5 in two bytes is no address of Bitcoin.
        networks.Parse(Networks.Bitcoin, "131h1vYVSYuKP6AhS86fbRdMw9XHiedJcVT").ShouldBeOfType<AddressError>().Code.ShouldBe(AddressErrors.Length);
        networks.Parse(Networks.Bitcoin, "t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs").ShouldBeOfType<AddressError>();
    }

    [Fact]
    public void another_evm_chain_is_its_chain_id_and_figures()
    {
        var (networks, errors) = Read("base", Base);

        errors.ShouldBeEmpty();
        networks.Find("base")!.EvmChainId.ShouldBe(8453);
        networks.Parse(networks.Find("base")!, "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf")
            .ShouldBeOfType<Address>().Text.ShouldBe("0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf");
    }

    [Fact]
    public void what_is_a_matter_of_trust_may_differ_about_a_network_that_ships()
    {
        var (networks, errors) = Read("bitcoin", new()
        {
            ["ConfirmationsRequired"] = "3", ["SafeDepth"] = "20", ["BlockTime"] = "00:09:30",
            ["Symbol"] = "XBT"
        });

        errors.ShouldBeEmpty();
        var bitcoin = networks.Find("bitcoin")!;
        (bitcoin.ConfirmationsRequired, bitcoin.SafeDepth, bitcoin.BlockTime, bitcoin.Native.Symbol)
            .ShouldBe((3, 20, TimeSpan.FromSeconds(570), "XBT"));
        (bitcoin.Name, bitcoin.Native.Caip19, bitcoin.AddressRules)
            .ShouldBe((Networks.Bitcoin.Name, Networks.Bitcoin.Native.Caip19, Networks.Bitcoin.AddressRules));
        networks.All.Length.ShouldBe(Networks.Shipped.All.Length);
    }

    [Theory]
    [InlineData("Decimals", "18")]
    [InlineData("Caip2", "bip122:000000000019d6689c085ae165831e94")]
    [InlineData("Bech32Prefix", "bx")]
    [InlineData("P2shVersions:0", "6")]
    public void what_a_network_that_ships_is_cannot_differ(string key, string value)
    {
        var (networks, errors) = Read("bitcoin", new() { [key] = value });

        errors.Single().ShouldStartWith($"Networks:bitcoin:{key.Split(':')[0]} cannot be set");
        networks.ShouldBe(Networks.Shipped);
    }

    [Theory]
    [InlineData("Caip2", "bip122:4966625A4B2851D9FDEE139E56211A0D")]
    [InlineData("Caip2", "bip122:4966625a4b2851d9fdee139e56211a0d88575f59ed816ff5e6a63deb4e3e29a0")]
    [InlineData("Caip2", "eip155:2")]
    [InlineData("Caip2", "bip122:000000000019d6689c085ae165831e93")]
    [InlineData("Family", "7")]
    [InlineData("Name", "")]
    [InlineData("Symbol", "L T C")]
    [InlineData("Decimals", "31")]
    [InlineData("Decimals", "-1")]
    [InlineData("Slip44", "-1")]
    [InlineData("ConfirmationsRequired", "0")]
    [InlineData("SafeDepth", "0")]
    [InlineData("SafeDepth", "5")]
    [InlineData("BlockTime", "00:00:00")]
    [InlineData("BlockTime", "2.00:00:00")]
    [InlineData("P2pkhVersion", "65536")]
    [InlineData("P2pkhVersion", "196")]
    [InlineData("P2shVersions:1", "58")]
    [InlineData("P2shVersions:0", "-1")]
    [InlineData("Bech32Prefix", "tLTC")]
    [InlineData("Bech32Prefix", "abcdefghijklmnopq")]
    [InlineData("CoinbaseMaturity", "0")]
    [InlineData("MaxMoney", "0")]
    [InlineData("MaxMoney", "92233720369")]
    public void a_wrong_value_has_the_start_refused_with_its_key(string key, string value)
    {
        var (_, errors) = Read("litecoin-testnet", new(LitecoinTestnet) { [key] = value });

        errors.ShouldNotBeEmpty();
        errors.ShouldAllBe(error => error.StartsWith("Networks:litecoin-testnet:", StringComparison.Ordinal) && error.EndsWith('.'));
        if (key is not ("Family" or "P2pkhVersion"))
            errors.ShouldAllBe(error => error.StartsWith($"Networks:litecoin-testnet:{key.Split(':')[0]}", StringComparison.Ordinal));
    }

    [Fact]
    public void every_missing_key_is_named_at_once()
    {
        var (_, errors) = Read("litecoin-testnet", new() { ["Family"] = "utxo" });

        errors.Select(error => error.Split(' ')[0]).ShouldBe(
            new[] { "Name", "Caip2", "Symbol", "Decimals", "Slip44", "ConfirmationsRequired", "SafeDepth", "BlockTime", "P2pkhVersion",
                "P2shVersions", "CoinbaseMaturity" }
                .Select(key => $"Networks:litecoin-testnet:{key}"));
    }

    [Theory]
    [InlineData("Litecoin-Testnet")]
    [InlineData("litecoin--testnet")]
    [InlineData("1itecoin")]
    [InlineData("a-name-that-is-longer-than-a-queue")]
    public void a_slug_must_be_fit_for_urls_queues_and_variables(string slug) =>
        Read(slug, LitecoinTestnet).Errors.Single().ShouldStartWith($"Networks:{slug} is no network's name");

    [Theory]
    [InlineData("ConfirmationRequired", "3")]
    [InlineData("Decimals", "eight")]
    [InlineData("Family", "cosmos")]
    public void a_key_that_is_not_known_or_does_not_convert_is_named(string key, string value) =>
        Read("base", new(Base) { [key] = value }).Errors.Single().ShouldContain(key);

    [Fact]
    public void scripts_are_the_utxo_familys() =>
        Read("base", new(Base) { ["Bech32Prefix"] = "eth" }).Errors.Single()
            .ShouldBe("Networks:base:Bech32Prefix is for networks of the family utxo only.");

    [Fact]
    public void the_native_coins_other_names_and_its_bound_are_of_chains_of_accounts_only()
    {
        const string Named = "0xDeadDeAddeAddEAddeadDEaDDEAdDeaDDeAD0000";
        var (networks, errors) = Read("ethereum", new() { ["NativeContracts:0"] = Named, ["MaxSupply"] = "7" });
        errors.ShouldBeEmpty();
        networks.Find("ethereum")!.NativeContracts.ShouldBe([Named.ToLowerInvariant()]);
        networks.Find("ethereum")!.MaxSupply.ToString().ShouldBe("7000000000000000000");
        networks.Find("polygon")!.NativeContracts.ShouldBe(["0x0000000000000000000000000000000000001010"]);

        Read("ethereum", new() { ["NativeContracts:0"] = "0x12", ["MaxSupply"] = "0" }).Errors.Count.ShouldBe(2);
        Read("bitcoin", new() { ["MaxSupply"] = "7" }).Errors.ShouldHaveSingleItem().ShouldContain("family evm only");
    }

    private static (NetworkCatalogue Networks, IReadOnlyList<string> Errors) Read(string slug, Dictionary<string, string?> settings)
    {
        var services = new ServiceCollection();
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(entry => KeyValuePair.Create($"Networks:{slug}:{entry.Key}", entry.Value))).Build();
        var networks = services.AddNetworks(configuration);
        using var provider = services.BuildServiceProvider();
        return (networks, [.. provider.GetServices<StartCheck>().SelectMany(check => check.Errors(provider))]);
    }
}
