using System.Numerics;
using System.Text.Json;
using Chains;
using Contracts;
using Portfolio.Ledgers;
using Shouldly;
using Xunit;

namespace Unit.Portfolio;

public sealed class WriteParties
{
    [Fact]
    public void parties_are_read_as_they_were_written()
    {
        Party[] parties = [new("bc1q…", 666601), new(null, 0), new("with \"quotes\" and \\", new Amount(BigInteger.Pow(10, 77))),
            new("0xa", 7, "eip155:1/erc20:0xb"), new("c", 1)];
        PartyColumn.Read(PartyColumn.Write(parties)).ShouldBe(parties);
    }

    [Fact]
    public void what_is_written_is_compact_json()
    {
        var text = PartyColumn.Write([new("bc1qa", 5), new(null, 0)]);
        text.ShouldBe("""[["bc1qa","5"],[null,"0"]]""");
        JsonDocument.Parse(text).RootElement.GetArrayLength().ShouldBe(2);
    }

    [Fact]
    public void nobody_is_an_empty_list() => PartyColumn.Read(PartyColumn.Write([])).ShouldBeEmpty();
}
