using Chains;
using Shouldly;
using Xunit;

namespace Unit.Chains;

public sealed class WriteAddress
{
    private static readonly byte[] Hash = Convert.FromHexString("751e76e8199196d454941c45d1b3a323f1433bd6");

    [Fact]
    public void every_kind_reads_back_as_itself_and_as_its_script()
    {
        var key = Enumerable.Range(1, 32).Select(i => (byte)i).ToArray();
        foreach (var network in Configured.All.All.Where(network => network.AddressRules is not null))
        {
            List<Address> addresses = [BitcoinAddresses.P2pkh(network, Hash), BitcoinAddresses.P2sh(network, Hash)];
            if (network.AddressRules!.Bech32Prefix is not null)
            {
                addresses.AddRange([BitcoinAddresses.P2wpkh(network, Hash), BitcoinAddresses.P2wsh(network, key),
                    BitcoinAddresses.P2tr(network, key)]);
                for (var version = 1; version <= 16; version++)
                    for (var length = 2; length <= 32; length += 3)
                        addresses.Add(BitcoinAddresses.Witness(network, version, key.AsSpan(0, length)));
            }

            foreach (var address in addresses)
            {
                Networks.Shipped.Parse(network, address.Text).ShouldBe(address);
                BitcoinAddresses.FromScript(network, address.Script.AsSpan()).ShouldBe(address);
            }
        }
    }

    [Fact]
    public void the_witness_version_is_told()
    {
        BitcoinAddresses.P2pkh(Networks.Bitcoin, Hash).WitnessVersion.ShouldBeNull();
        BitcoinAddresses.P2wpkh(Networks.Bitcoin, Hash).WitnessVersion.ShouldBe(0);
        BitcoinAddresses.P2tr(Networks.Bitcoin, new byte[32]).WitnessVersion.ShouldBe(1);
        BitcoinAddresses.Witness(Networks.Bitcoin, 16, Hash).WitnessVersion.ShouldBe(16);
    }

    [Theory]
    [InlineData("")]
    [InlineData("6a0b68656c6c6f20776f726c64")]
    [InlineData("4104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0" +
        "ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac")]
    [InlineData("0010751e76e8199196d454941c45d1b3a323")]
    [InlineData("5101ff")]
    [InlineData("0014751e76e8199196d454941c45d1b3a323f1433b")]
    [InlineData("76a914751e76e8199196d454941c45d1b3a323f1433bd688ac00")]
    public void a_script_without_an_address_has_none(string script) =>
        BitcoinAddresses.FromScript(Networks.Bitcoin, Convert.FromHexString(script)).ShouldBeNull();

    [Fact]
    public void what_cannot_be_written_is_an_argument_error()
    {
        Should.Throw<ArgumentException>(() => BitcoinAddresses.P2pkh(Networks.Bitcoin, new byte[19]));
        Should.Throw<ArgumentException>(() => BitcoinAddresses.Witness(Networks.Bitcoin, 0, new byte[21]));
        Should.Throw<ArgumentException>(() => BitcoinAddresses.Witness(Networks.Bitcoin, 17, new byte[32]));
        Should.Throw<ArgumentException>(() => BitcoinAddresses.P2wpkh(Networks.Dogecoin, Hash));
        Should.Throw<ArgumentException>(() => BitcoinAddresses.P2pkh(Networks.Ethereum, Hash));
    }
}
