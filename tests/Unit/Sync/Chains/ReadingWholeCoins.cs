using System.Text.Json;
using Shouldly;
using Sync.Chains.Utxo;
using Xunit;

namespace Unit.Sync;

/// <summary>Amounts that nodes tell in whole coins, as numbers with a point: to the last unit, or refused.</summary>
public sealed class ReadingWholeCoins
{
    [Theory]
    [InlineData("0.00000001", 1)]
    [InlineData("0.1", 10_000_000)]
    [InlineData("50", 5_000_000_000)]
    [InlineData("20999999.97690000", 2_099_999_997_690_000)]
    [InlineData("83999999.99999999", 8_399_999_999_999_999)]
    [InlineData("90071992.54740993", 9_007_199_254_740_993)]
    [InlineData("1e-8", 1)]
    [InlineData("5.46E-6", 546)]
    [InlineData("-0.5", -50_000_000)]
    public void an_amount_is_read_by_its_digits(string told, long units) => Read(told).ShouldBe(units);

    [Theory]
    [InlineData("0.000000001")]
    [InlineData("1e-9")]
    [InlineData("1e300")]
    [InlineData("0.1000000000000000000000000000000001")]
    [InlineData("900719925474.0993")]
    [InlineData("\"0.1\"")]
    [InlineData("true")]
    public void what_is_no_amount_is_not_rounded_to_one(string told) => Should.Throw<JsonException>(() => Read(told));

    [Fact]
    public void an_output_without_an_amount_has_none() =>
        JsonSerializer.Deserialize("""{"ismweb":true,"output_id":"ab"}""", CoreJson.Default.CoreOutput)!
            .ShouldSatisfyAllConditions(output => output.Value.ShouldBeNull(), output => output.IsMweb.ShouldBeTrue());

    private static long? Read(string told) =>
        JsonSerializer.Deserialize($$$"""{"value":{{{told}}},"n":0,"scriptPubKey":{"hex":"51"}}""", CoreJson.Default.CoreOutput)!.Value;
}
