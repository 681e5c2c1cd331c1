using System.Security.Cryptography;
using Chains;
using Shouldly;
using Wallets;
using Xunit;

namespace Unit.Wallets.Sources;

/// <summary>Addresses and scripts that the BIPs name for accounts and descriptors.</summary>
public sealed class WalletVectors
{
    private const string Account49 =
        "upub5EFU65HtV5TeiSHmZZm7FUffBGy8UKeqp7vw43jYbvZPpoVsgU93oac7Wk3u6moKegAEWtGNF8DehrnHtv21XXEMYRUocHqguyjknFHYfgY";
    private const string Account84 =
        "zpub6rFR7y4Q2AijBEqTUquhVz398htDFrtymD9xYYfG1m4wAcvPhXNfE3EfH1r1ADqtfSdVCToUG868RvUUkgDKf31mGDtKsAYz2oz2AGutZYs";
    private const string Account86 =
        "xpub6BgBgsespWvERF3LHQu6CnqdvfEvtMcQjYrcRzx53QJjSxarj2afYWcLteoGVky7D3UKDP9QyrLprQ3VCECoY49yfdDEHGCtMMj92pReUsQ";

    // The first account of the phrase of eleven times abandon, which BIP49, BIP84 and BIP86 take their vectors from.
    private const string Account44 =
        "xpub6BosfCnifzxcFwrSzQiqu2DBVTshkCXacvNsWGYJVVhhawA7d4R5WSWGFNbi8Aw6ZRc1brxMyWMzG3DSSSSoekkudhUd9yLb6qx39T9nMdj";

    [Theory]
    [InlineData("bitcoin", Account44, "pkh", 0, 0, "1LqBGSKuX5yYUonjxT5qGfpUsXKYYWeabA")]
    [InlineData("bitcoin-testnet", Account49, "sh(wpkh)", 0, 0, "2Mww8dCYPUpKHofjgcXcBCEGmniw9CoaiD2")]
    [InlineData("bitcoin", Account84, "wpkh", 0, 0, "bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu")]
    [InlineData("bitcoin", Account84, "wpkh", 0, 1, "bc1qnjg0jd8228aq7egyzacy8cys3knf9xvrerkf9g")]
    [InlineData("bitcoin", Account84, "wpkh", 1, 0, "bc1q8c6fshw2dlwun7ekn9qwf37cu2rn755upcp6el")]
    public void an_account_has_the_addresses_of_its_bip(string network, string key, string script, int branch, int index, string address)
    {
        var wallet = Descriptor.OfKey(Networks.Shipped.Find(network)!, key);

        wallet.Script.ShouldBe(script);
        wallet.Branches[branch].AddressAt(index).Text.ShouldBe(address);
    }

    [Theory]
    [InlineData(0, 0, "bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr")]
    [InlineData(0, 1, "bc1p4qhjn9zdvkux4e44uhx8tc55attvtyu358kutcqkudyccelu0was9fqzwh")]
    [InlineData(1, 0, "bc1p3qkhfews2uk44qtvauqyr2ttdsw7svhkl9nkm9s9c3x4ax5h60wqwruhk7")]
    public void taproot_pays_to_the_tweaked_key(int branch, int index, string address) =>
        Descriptor.Parse(Networks.Bitcoin, $"tr([73c5da0a/86'/0'/0']{Account86}/<0;1>/*)").Branches[branch].AddressAt(index).Text.ShouldBe(address);

    [Theory]
    [InlineData(0, "0014326b2249e3a25d5dc60935f044ee835d090ba859")]
    [InlineData(1, "0014af0bd98abc2f2cae66e36896a39ffe2d32984fb7")]
    [InlineData(2, "00141fa798efd1cbf95cebf912c031b8a4a6e9fb9f27")]
    public void a_key_with_steps_and_an_origin_is_followed_to_its_scripts(int index, string script) =>
        Script(Descriptor.Parse(Networks.Bitcoin, "wpkh([ffffffff/13']xpub69H7F5d8KSRgmmdJg2KhpAK8SR3DjMwAdkxj3ZuxV27CprR9LgpeyGmXUbC6wb7ERfv"
            + "rnKZjXoUmmDznezpbZb7ap6r1D3tgFxHmwMkQTPH/1/2/*)"), 0, index).ShouldBe(script);

    // BIP383 has the bare script; within wsh, sh and sh(wsh) its hash is paid to.
    [Theory]
    [InlineData(0, "5221025d5fc65ebb8d44a5274b53bac21ff8307fec2334a32df05553459f8b1f7fe1b62102fbd47cc8034098f0e6a94c6aeee8528abf0a2153a5d8e46d3" +
        "25b7284c046784652ae")]
    [InlineData(1, "52210264fd4d1f5dea8ded94c61e9641309349b62f27fbffe807291f664e286bfbe6472103f4ece6dfccfa37b211eb3d0af4d0c61dba9ef698622dc17ee" +
        "cdf764beeb005a652ae")]
    [InlineData(2, "5221022ccabda84c30bad578b13c89eb3b9544ce149787e5b538175b1d1ba259cbb83321024d902e1a2fc7a8755ab5b694c575fce742c48d9ff192e63df" +
        "5193e4c7afe1f9c52ae")]
    public void sorted_keys_of_a_multisig_wallet_make_its_scripts(int index, string bare)
    {
        const string keys = "2,xpub6ERApfZwUNrhLCkDtcHTcxd75RbzS1ed54G1LkBUHQVHQKqhMkhgbmJbZRkrgZw4koxb5JaHWkY4ALHY2grBGRjaDMzQLcgJvLJuZZvRcEL/*,"
            + "xpub68NZiKmJWnxxS6aaHmn81bvJeTESw724CRDs6HbuccFQN9Ku14VQrADWgqbhhTHBaohPX4CjNLf9fq9MYo6oDaPPLPxSb7gwQN3ih19Zm4Y/0/0/*";
        var hash = Convert.ToHexStringLower(SHA256.HashData(Convert.FromHexString(bare)));

        Script(Descriptor.Parse(Networks.Bitcoin, $"wsh(sortedmulti({keys}))"), 0, index).ShouldBe("0020" + hash);
        var nested = Descriptor.Parse(Networks.Bitcoin, $"sh(wsh(sortedmulti({keys})))").Branches[0].AddressAt(index);
        nested.ShouldBe(BitcoinAddresses.P2sh(Networks.Bitcoin, Hash160(Convert.FromHexString("0020" + hash))));
        Descriptor.Parse(Networks.Bitcoin, $"sh(sortedmulti({keys}))").Branches[0].AddressAt(index)
            .ShouldBe(BitcoinAddresses.P2sh(Networks.Bitcoin, Hash160(Convert.FromHexString(bare))));
    }

    [Fact]
    public void branches_named_together_are_those_named_apart()
    {
        const string key = "wpkh([ffffffff/13h]"
            + "xpub69H7F5d8KSRgmmdJg2KhpAK8SR3DjMwAdkxj3ZuxV27CprR9LgpeyGmXUbC6wb7ERfvrnKZjXoUmmDznezpbZb7ap6r1D3tgFxHmwMkQTPH";
        var together = Descriptor.Parse(Networks.Bitcoin, key + "/<1;3>/2/*)");

        foreach (var (number, step) in new[] { (0, 1), (1, 3) })
        {
            var apart = Descriptor.Parse(Networks.Bitcoin, $"{key}/{step}/2/*)").Branches.ShouldHaveSingleItem();
            together.Branches[number].AddressAt(7).ShouldBe(apart.AddressAt(7));
            together.Branches[number].Path.ShouldBe($"m/{step}/2");
        }
    }

    [Fact]
    public void an_account_on_another_chain_has_that_chains_addresses()
    {
        var litecoin = Descriptor.OfKey(Networks.Litecoin, Account84);
        litecoin.Branches[0].AddressAt(0).Text.ShouldStartWith("ltc1q");
        litecoin.Branches[0].AddressAt(0).Script.ShouldBe(Descriptor.OfKey(Networks.Bitcoin, Account84).Branches[0].AddressAt(0).Script);
    }

    private static string Script(Descriptor wallet, int branch, int index) =>
        Convert.ToHexStringLower([.. wallet.Branches[branch].AddressAt(index).Script]);

    private static byte[] Hash160(byte[] data) => NBitcoin.Crypto.Hashes.RIPEMD160(SHA256.HashData(data));
}
