using Chains;
using Shouldly;
using Sync.Chains.Utxo;
using Xunit;

namespace Unit.Sync;

/// <summary>By what servers of the Electrum protocol know a script.</summary>
public sealed class NamingScripts
{
    [Fact]
    public void a_script_is_known_by_the_name_that_the_specification_gives_as_an_example()
    {
        var address = (Address)Addresses.Parse(Networks.Bitcoin, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa");

        ElectrumHistories.NameOf(address.Script.AsSpan()).ShouldBe("8b01df4e368ea28f8dc0423bcf7a4923e3a12d307c875e47a0cfbf90b5c39161");
    }
}
