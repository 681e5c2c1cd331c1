using Chains;
using Shouldly;
using Xunit;

namespace Unit.Chains;

public sealed class ReadAddress
{
    private const string Genesis = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa";
    private const string Segwit = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4";

    [Theory]
    [InlineData("bitcoin", Genesis, AddressKind.P2pkh, "76a91462e907b15cbf27d5425399ebf6f0fb50ebb88f1888ac")]
    [InlineData("bitcoin", "36j4NfKv6Akva9amjWrLG6MuSQym1GuEmm", AddressKind.P2sh, "a914373b819a068f32b7a6b38b6b38729647cfde01c287")]
    [InlineData("bitcoin", Segwit, AddressKind.P2wpkh, "0014751e76e8199196d454941c45d1b3a323f1433bd6")]
    [InlineData("bitcoin", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", AddressKind.P2tr,
        "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")]
    [InlineData("bitcoin", "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs", AddressKind.Witness, "5210751e76e8199196d454941c45d1b3a323")]
    [InlineData("litecoin", "LVuDpNCSSj6pQ7t9Pv6d6sUkLKoqDEVUnJ", AddressKind.P2pkh, "76a914751e76e8199196d454941c45d1b3a323f1433bd688ac")]
    [InlineData("litecoin", "MJaRnao1s62a2zAKSkmG582KbLKianqb7v", AddressKind.P2sh, "a914751e76e8199196d454941c45d1b3a323f1433bd687")]
    [InlineData("litecoin", "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9", AddressKind.P2wpkh, "0014751e76e8199196d454941c45d1b3a323f1433bd6")]
    [InlineData("dogecoin", "DFpN6QqFfUm3gKNaxN6tNcab1FArL9cZLE", AddressKind.P2pkh, "76a914751e76e8199196d454941c45d1b3a323f1433bd688ac")]
    [InlineData("dogecoin", "A37YDYSwz3438rFtm1SLVcQHyD7JeueC9H", AddressKind.P2sh, "a914751e76e8199196d454941c45d1b3a323f1433bd687")]
    [InlineData("bitcoin-testnet", "mzK2FFDEhxqHcmrJw1ysqFkVyhUULo45hZ", AddressKind.P2pkh, "76a914ce28b26c57472737f5c3561a1761185bd8589a4388ac")]
    [InlineData("bitcoin-testnet", "2NC2hEhe28ULKAJkW5MjZ3jtTMJdvXmByvK", AddressKind.P2sh, "a914ce0bba75891ff9ec60148d4bd4a09ee2dc5c933187")]
    [InlineData("bitcoin-testnet", "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7", AddressKind.P2wsh,
        "00201863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262")]
    public void a_valid_address_is_its_script(string network, string text, AddressKind kind, string script)
    {
        var address = Networks.Shipped.Parse(Networks.Shipped.Find(network)!, text).ShouldBeOfType<Address>();

        address.Text.ShouldBe(text);
        address.Kind.ShouldBe(kind);
        Convert.ToHexStringLower(address.Script.AsSpan()).ShouldBe(script);
    }

    [Fact]
    public void bech32_in_upper_case_is_the_same_address_in_lower_case()
    {
        var upper = Networks.Shipped.Parse(Networks.Bitcoin, Segwit.ToUpperInvariant());

        upper.ShouldBe(Networks.Shipped.Parse(Networks.Bitcoin, Segwit));
        upper.ShouldBeOfType<Address>().Text.ShouldBe(Segwit);
    }

    [Fact]
    public void litecoins_old_spelling_of_a_script_hash_is_the_same_address()
    {
        var old = Networks.Shipped.Parse(Networks.Litecoin, "36j4NfKv6Akva9amjWrLG6MuSQym1GuEmm").ShouldBeOfType<Address>();

        old.Text.ShouldStartWith("M");
        Networks.Shipped.Parse(Networks.Litecoin, old.Text).ShouldBe(old);
    }

    [Theory]
    [InlineData("bitcoin", null, "length")]
    [InlineData("bitcoin", "", "length")]
    [InlineData("bitcoin", "1", "length")]
    [InlineData("bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "checksum")]
    [InlineData("bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7Divf", "length")]
    [InlineData("bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNaNa", "length")]
    [InlineData("bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7Div0Na", "characters")]
    [InlineData("bitcoin", " 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "characters")]
    [InlineData("bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNа", "characters")]
    [InlineData("bitcoin", "mzK2FFDEhxqHcmrJw1ysqFkVyhUULo45hZ", "network")]
    [InlineData("bitcoin-testnet", Genesis, "network")]
    [InlineData("bitcoin-testnet", Segwit, "network")]
    [InlineData("bitcoin", "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf", "network")]
    [InlineData("bitcoin", "12hWR4XhwfmjMcJ2ykfwcVVbP1mW7Cdu7LUqdzzYar8m", "network")]
    [InlineData("bitcoin", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "checksum")]
    [InlineData("bitcoin", "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsz", "checksum")]
    [InlineData("bitcoin", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3tb", "characters")]
    [InlineData("bitcoin", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3T4", "characters")]
    [InlineData("bitcoin", "BC13W508D6QEJXTDG4Y5R3ZARVARY0C5XW7KN40WF2", "version")]
    [InlineData("bitcoin", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh", "encoding")]
    [InlineData("bitcoin", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd", "encoding")]
    [InlineData("bitcoin", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf", "encoding")]
    [InlineData("bitcoin", "bc1pw5dgrnzv", "length")]
    [InlineData("bitcoin", "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P", "length")]
    [InlineData("bitcoin", "bc1gmk9yu", "length")]
    [InlineData("bitcoin", "tc1qw508d6qejxtdg4y5r3zarvary0c5xw7kg3g4ty", "unknown")]
    [InlineData("litecoin", "LVuDpNCSSj6pQ7t9Pv6d6sUkLKoqDEVUnK", "checksum")]
    [InlineData("litecoin", "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n8", "checksum")]
    [InlineData("dogecoin", "DFpN6QqFfUm3gKNaxN6tNcab1FArL9cZL", "length")]
    [InlineData("dogecoin", "DFpN6QqFfUm3gKNaxN6tNcab1FArL9cZLE0", "characters")]
    public void a_refusal_names_what_is_wrong(string network, string? text, string code)
    {
        var error = Networks.Shipped.Parse(Networks.Shipped.Find(network)!, text).ShouldBeOfType<AddressError>();

        error.Code.ShouldBe(code);
        error.Detail.ShouldEndWith(".");
    }

    [Theory]
    [InlineData("bitcoin", "mzK2FFDEhxqHcmrJw1ysqFkVyhUULo45hZ", "bitcoin-testnet")]
    [InlineData("bitcoin", "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7", "bitcoin-testnet")]
    [InlineData("bitcoin-testnet", Genesis, "bitcoin")]
    [InlineData("bitcoin", "LVuDpNCSSj6pQ7t9Pv6d6sUkLKoqDEVUnJ", "litecoin,")]
    [InlineData("bitcoin", "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9", "litecoin,")]
    [InlineData("litecoin", "DFpN6QqFfUm3gKNaxN6tNcab1FArL9cZLE", "dogecoin,")]
    [InlineData("dogecoin", "36j4NfKv6Akva9amjWrLG6MuSQym1GuEmm", "bitcoin or litecoin,")]
    [InlineData("dogecoin", "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9", "litecoin,")]
    [InlineData("polygon", "12hWR4XhwfmjMcJ2ykfwcVVbP1mW7Cdu7LUqdzzYar8m", "solana or solana-devnet,")]
    [InlineData("bitcoin-testnet", "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf", "ethereum")]
    public void another_networks_address_is_refused_with_that_networks_name(string network, string text, string named) =>
        Networks.Shipped.Parse(Networks.Shipped.Find(network)!, text).ShouldBeOfType<AddressError>().Detail.ShouldContain($" {named}");

    [Fact]
    public void a_version_byte_of_no_known_network_is_named()
    {
        var foreign = Networks.Bitcoin with { AddressRules = new(0x99, [0x9a], null) };
        var text = BitcoinAddresses.P2pkh(foreign, new byte[20]).Text;

        Networks.Shipped.Parse(Networks.Bitcoin, text).ShouldBeOfType<AddressError>().ShouldSatisfyAllConditions(
            error => error.Code.ShouldBe(AddressErrors.Version),
            error => error.Detail.ShouldContain("0x99"));
    }

    [Fact]
    public void a_private_key_is_refused_with_a_warning_and_without_repeating_it()
    {
        // The key 1, known to everyone.
        const string Key = "5HpHagT65TZzG1PH3CSu63k8DbpvD8s5ip4nEB3kEsreAnchuDf";

        var error = Networks.Shipped.Parse(Networks.Bitcoin, Key).ShouldBeOfType<AddressError>();

        error.Detail.ShouldContain("private key");
        error.Detail.ShouldNotContain(Key);
    }
}
