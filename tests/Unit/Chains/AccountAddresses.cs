using System.Text;
using Chains;
using Shouldly;
using Xunit;

namespace Unit.Chains;

public sealed class AccountAddresses
{
    [Theory]
    [InlineData("", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")]
    [InlineData("Transfer(address,address,uint256)", "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef")]
    public void keccak_is_ethereums_and_not_sha3(string text, string hash)
    {
        var written = new byte[Keccak256.HashLength];

        Keccak256.Hash(Encoding.ASCII.GetBytes(text), written);

        Convert.ToHexStringLower(written).ShouldBe(hash);
    }

    [Theory]
    [InlineData("0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf")]
    [InlineData("0x7e5f4552091a69125d5dfcb7b8c2659029395bdf")]
    [InlineData("0x7E5F4552091A69125D5DFCB7B8C2659029395BDF")]
    public void an_evm_address_is_spelled_with_its_checksum(string text) =>
        Networks.Shipped.Parse(Networks.Ethereum, text).ShouldBeOfType<Address>().Text.ShouldBe("0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf");

    [Theory]
    [InlineData("0x7e5F4552091A69125d5DfCb7b8C2659029395Bdf", "checksum")]
    [InlineData("0x7E5F4552091A69125d5DfCb7b8C2659029395Bd", "length")]
    [InlineData("0x", "length")]
    [InlineData("7E5F4552091A69125d5DfCb7b8C2659029395Bdf", "characters")]
    [InlineData("0x7E5F4552091A69125d5DfCb7b8C2659029395Bdg", "characters")]
    [InlineData("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "network")]
    public void what_is_no_evm_address_is_named(string text, string code) =>
        Networks.Shipped.Parse(Networks.Ethereum, text).ShouldBeOfType<AddressError>().Code.ShouldBe(code);

    [Fact]
    public void a_solana_address_is_32_bytes()
    {
        var address = Networks.Shipped.Parse(Networks.Solana, "11111111111111111111111111111111").ShouldBeOfType<Address>();

        address.Script.ShouldBe(new byte[32]);
        SolanaAddresses.FromAccount(Networks.Solana, address.Script.AsSpan()).ShouldBe(address);
    }

    [Fact]
    public void a_solana_address_may_begin_as_a_bitcoin_address_does()
    {
        var account = Base58Check.DecodeUnchecked("bc1" + new string('9', 40)).AsSpan(0, 32);
        var text = SolanaAddresses.FromAccount(Networks.Solana, account).Text;

        text.ShouldStartWith("bc1");
        Networks.Shipped.Parse(Networks.Solana, text).ShouldBeOfType<Address>();
        Networks.Shipped.Parse(Networks.Bitcoin, text).ShouldBeOfType<AddressError>().Code.ShouldBe(AddressErrors.Network);
    }

    [Theory]
    [InlineData("1111111111111111111111111111111", "length")]
    [InlineData("111111111111111111111111111111111", "length")]
    [InlineData("12hWR4XhwfmjMcJ2ykfwcVVbP1mW7Cdu7LUqdzzYar80", "characters")]
    [InlineData("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "network")]
    public void what_is_no_solana_address_is_named(string text, string code) =>
        Networks.Shipped.Parse(Networks.Solana, text).ShouldBeOfType<AddressError>().Code.ShouldBe(code);
}
