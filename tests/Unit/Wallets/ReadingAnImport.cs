using Chains;
using ServiceDefaults;
using Shouldly;
using Wallets;
using Xunit;

namespace Unit.Wallets;

public sealed class ReadingAnImport
{
    [Fact]
    public void an_address_is_taken_in_its_canonical_spelling() =>
        ImportAddress.Parse(Networks.Shipped, "bitcoin", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4")
            .ShouldBe(new("bitcoin", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"));

    // The ledger's identity is (network, text), so whatever case was typed, it is one.
    [Theory]
    [InlineData("0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf")]
    [InlineData("0x7e5f4552091a69125d5dfcb7b8c2659029395bdf")]
    [InlineData("0x7E5F4552091A69125D5DFCB7B8C2659029395BDF")]
    public void an_account_is_one_address_whatever_its_case(string typed) =>
        ImportAddress.Parse(Networks.Shipped, "polygon", typed).ShouldBe(new("polygon", "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"));

    [Fact]
    public void an_unknown_network_is_answered_with_the_known_ones()
    {
        var refusal = Should.Throw<DomainException>(() => ImportAddress.Parse(Networks.Shipped, "bitconnect", Given.Genesis.Text));

        refusal.Problem.Code.ShouldBe("unknown-network");
        refusal.Message.ShouldContain("bitcoin, bitcoin-testnet, litecoin");
        refusal.Errors.ShouldHaveSingleItem().Pointer.ShouldBe("/network");
    }

    // Every one of them is a published test vector, or made of one.
    [Theory]
    [InlineData("seed-phrase", "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about")]
    [InlineData("seed-phrase", "\n1. Abandon\n2. abandon\n3. abandon\n4. abandon\n5. abandon\n6. abandon\n7. abandon\n8. abandon\n9. abandon\n10. "
        + "abandon\n11. abandon\n12. about\n")]
    [InlineData("seed-phrase", "legal, winner, thank, year, wave, sausage, worth, useful, legal, winner, thank, yellow")]
    [InlineData("seed-phrase", """void come effort suffer camp survey warrior heavy shoot primary clutch crush open amazing screen patrol group space point ten """
        + "exist slush involve unfold")]
    [InlineData("seed-phrase", "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abuot")]
    [InlineData("seed-phrase", "あいこくしん　あいこくしん　あいこくしん　あいこくしん　あいこくしん　あいこくしん　あいこくしん　あいこくしん　あいこくしん　あいこくしん　あいこくしん　あおぞら")]
    [InlineData("seed-phrase", "的的的的的的的的的的的在")]
    [InlineData("private-key", "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ")]
    [InlineData("private-key", "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTK")]
    [InlineData("private-key", "KwdMAjGmerYanjeui5SHS7JkmpZvVipYvB2LJGU1ZxJwYvP98617")]
    [InlineData("private-key", "bitcoin:KwdMAjGmerYanjeui5SHS7JkmpZvVipYvB2LJGU1ZxJwYvP98617")]
    [InlineData("private-key", "wpkh(KwdMAjGmerYanjeui5SHS7JkmpZvVipYvB2LJGU1ZxJwYvP98617)")]
    [InlineData("private-key", "cMzLdeGd5vEqxB8B6VFQoRopQ3sLAAvEzDAoQgvX54xwofSWj1fx")]
    [InlineData("private-key", "6PRVWUbkzzsbcVac2qwfssoUJAN1Xhrg6bNk8J7Nzm5H7kxEbn2Nh2ZoGg")]
    [InlineData("private-key", "e9873d79c6d87dc0fb6a5778633389f4453213303da61f20bd67fc233aa33262")]
    [InlineData("private-key", "0xE9873D79C6D87DC0FB6A5778633389F4453213303DA61F20BD67FC233AA33262")]
    [InlineData("private-key", "2YwLbyWE2NaDQpy2ULH1xmfQvCWdkMQiXcLbc5TH8yfCaSPFN5qwoACTKsUdDKMBZ4FNdMjsSy9kpLGcrgvUHRSU")]
    [InlineData("private-key", """[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,"""
        + "46,47,48,49,50,51,52,53,54,55,56,57,58,59,60,61,62,63,255]")]
    [InlineData("private-key", Xprv)]
    [InlineData("private-key", "wpkh([d34db33f/84h/0h/0h]" + Xprv + "/0/*)#abcdefgh")]
    public void a_secret_is_refused_as_one_and_not_said_again(string kind, string secret)
    {
        foreach (var network in new[] { "bitcoin", "solana", "nowhere", null })
        {
            var refusal = Should.Throw<DomainException>(() => ImportAddress.Parse(Networks.Shipped, network, secret));

            (refusal.Problem.Code, refusal.Errors.ShouldHaveSingleItem().Code).ShouldBe(("secret-pasted", kind));
            refusal.Message.ShouldContain("move the money");
            foreach (var word in secret.Split(' ', ',').Where(word => word.Length > 6)) refusal.Message.ShouldNotContain(word);
        }
    }

    private const string Xprv =
        "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi";

    private const string Account = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf";
    private const string SolanaAccount = "9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM";

    [Theory]
    [InlineData("  1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa\r\n", "bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa")]
    [InlineData("\uFEFFbc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4\u200B", "bitcoin", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")]
    [InlineData("""bitcoin:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4?amount=20.3&label=Luke-Jr""", "bitcoin", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")]
    [InlineData("BITCOIN:BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4?AMOUNT=1", "bitcoin", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")]
    [InlineData("bitcoin:tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", "bitcoin-testnet", "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx")]
    [InlineData("bitcoin:36j4NfKv6Akva9amjWrLG6MuSQym1GuEmm", "bitcoin", "36j4NfKv6Akva9amjWrLG6MuSQym1GuEmm")]
    [InlineData("litecoin:36j4NfKv6Akva9amjWrLG6MuSQym1GuEmm", "litecoin", "MCwCgYjt3HcMNerfqPqg5jcJm7aCy89KeQ")]
    [InlineData("dogecoin:DFpN6QqFfUm3gKNaxN6tNcab1FArL9cZLE?amount=1", "dogecoin", "DFpN6QqFfUm3gKNaxN6tNcab1FArL9cZLE")]
    [InlineData("ethereum:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf@1?value=2.014e18", "ethereum", Account)]
    [InlineData("ethereum:pay-0x7e5f4552091a69125d5dfcb7b8c2659029395bdf@137", "polygon", Account)]
    [InlineData("""ethereum:0x89205a3a3b2a69de6dbf7f01ed13b2108b2c43e7@56/transfer?address=0x7e5f4552091a69125d5dfcb7b8c2659029395bdf&uint256=1""", "bsc", Account)]
    [InlineData("eip155:11155111:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf", "sepolia", Account)]
    [InlineData("bip122:12a765e31ffd4059bada1e25190f6e98:36j4NfKv6Akva9amjWrLG6MuSQym1GuEmm", "litecoin", "MCwCgYjt3HcMNerfqPqg5jcJm7aCy89KeQ")]
    [InlineData("solana:" + SolanaAccount + "?amount=1&spl-token=EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v", "solana", SolanaAccount)]
    [InlineData("solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1:" + SolanaAccount, "solana-devnet", SolanaAccount)]
    public void what_is_pasted_says_its_network_where_it_can(string pasted, string network, string address)
    {
        ImportAddress.Parse(Networks.Shipped, null, pasted).ShouldBe(new(network, address));
        ImportAddress.Parse(Networks.Shipped, network, pasted).ShouldBe(new(network, address));
        ImportAddress.Parse(Networks.Shipped, Networks.Shipped.Find(network)!.Caip2, pasted).ShouldBe(new(network, address));
    }

    [Theory]
    [InlineData(Account, "ethereum, polygon, bsc, sepolia")]
    [InlineData("ethereum:" + Account, "ethereum, polygon, bsc, sepolia")]
    [InlineData("36j4NfKv6Akva9amjWrLG6MuSQym1GuEmm", "bitcoin, litecoin")]
    [InlineData(SolanaAccount, "solana, solana-devnet")]
    public void an_address_of_several_networks_names_them(string pasted, string networks)
    {
        var refusal = Should.Throw<DomainException>(() => ImportAddress.Parse(Networks.Shipped, null, pasted));

        refusal.Problem.Code.ShouldBe("ambiguous-network");
        refusal.Message.ShouldContain(networks);
    }

    [Theory]
    [InlineData(null, """wpkh([d34db33f/84h/0h/0h]xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8/0/*)""",
        "descriptor")]
    [InlineData("litecoin", """ltcmweb1qq20e2arnhvxw97katjkmsd35agw3capxjkrkh7dk8d30rczm8ypxuq329nwh2twmchhqn3jqh7ua4ps539f6aazh79jy76urqht4qa59ts3at6gf""", "mweb-address")]
    [InlineData(null, "vitalik.eth", "name")]
    [InlineData("ethereum", "ethereum:vitalik.eth", "name")]
    [InlineData("solana", "toly.sol", "name")]
    [InlineData(null, "https://etherscan.io/address/0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf", "link")]
    [InlineData(null, "solana:https%3A%2F%2Fexample.com%2Fpay", "contract-call")]
    [InlineData(null, """ethereum:0x89205a3a3b2a69de6dbf7f01ed13b2108b2c43e7@1/approve?address=0x7e5f4552091a69125d5dfcb7b8c2659029395bdf""", "contract-call")]
    [InlineData("bitcoin", "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798", "public-key")]
    [InlineData(null, "nonsense", "unknown")]
    [InlineData(null, "", "unknown")]
    public void what_is_no_address_is_called_what_it_is(string? network, string pasted, string code) =>
        Should.Throw<DomainException>(() => ImportAddress.Parse(Networks.Shipped, network, pasted))
            .Errors.ShouldHaveSingleItem().Code.ShouldBe(code);

    [Theory]
    [InlineData("bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "checksum")]
    [InlineData("bitcoin", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "checksum")]
    [InlineData("bitcoin", "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", "network")]
    [InlineData("bitcoin-testnet", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "network")]
    [InlineData("bitcoin", "", "length")]
    [InlineData("litecoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "network")]
    [InlineData("ethereum", "0x7e5F4552091A69125d5DfCb7b8C2659029395Bdf", "checksum")]
    [InlineData("solana", "1111111111111111111111111111111", "length")]
    [InlineData("bitcoin", "xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8",
        "extended-key")]
    [InlineData("bitcoin", " zpub6jftahH18ngZxLmXaKw3GSZzZsszmt9WqedkyZdezFtWRFBZqsQH5hyUmb4pCEeZGmVfQuP5bedXTB8is6fTv19U1GQRyQUKQGUTzyHACMF\n",
        "extended-key")]
    [InlineData("bitcoin-testnet", "tpubD6NzVbkrYhZ4XgiXtGrdW5XDAPFCL9h7we1vwNCpn8tGbBcgfVYjXyhWo4E1xkh56hjod1RhGjxbaTLV3X4FyWuejifB9jusQ46QzG87VKp",
        "extended-key")]
    public void what_is_wrong_with_an_address_is_named(string network, string address, string code)
    {
        var refusal = Should.Throw<DomainException>(() => ImportAddress.Parse(Networks.Shipped, network, address));

        refusal.Problem.Code.ShouldBe("invalid-address");
        var error = refusal.Errors.ShouldHaveSingleItem();
        (error.Pointer, error.Code).ShouldBe(("/address", code));
    }
}
