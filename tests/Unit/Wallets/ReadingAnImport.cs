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

    [Fact]
    public void a_private_key_is_not_said_again()
    {
        const string secret = "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi";
        var refusal = Should.Throw<DomainException>(() => ImportAddress.Parse(Networks.Shipped, "bitcoin", secret));

        (refusal.Problem.Code, refusal.Errors.ShouldHaveSingleItem().Code).ShouldBe(("invalid-address", "extended-key"));
        refusal.Message.ShouldNotContain(secret[4..]);
        refusal.Message.ShouldContain("single addresses are");
    }

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
