using System.Text;
using System.Text.Json;
using Chains;
using Shouldly;
using Xunit;

namespace Unit.Chains;

public sealed class AmountJson
{
    private sealed record Coin(Amount Value, Amount? Fee = null);

    private static readonly JsonSerializerOptions SmallBuffer = new() { DefaultBufferSize = 16 };

    [Theory]
    [InlineData("0")]
    [InlineData("-666601")]
    [InlineData("9007199254740993")]
    [InlineData("115792089237316195423570985008687907853269984665640564039457584007913129639935")]
    public void it_is_a_string_both_ways(string amount)
    {
        var json = JsonSerializer.Serialize(new Coin(Amount.Parse(amount)));

        json.ShouldBe($$"""{"Value":"{{amount}}","Fee":null}""");
        JsonSerializer.Deserialize<Coin>(json)!.Value.ShouldBe(Amount.Parse(amount));
    }

    [Fact]
    public void escaped_digits_are_digits() =>
        JsonSerializer.Deserialize<Amount>(""" "\u0031\u0032" """).ShouldBe((Amount)12);

    [Theory]
    [InlineData("1")]
    [InlineData("1.5")]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("\"\"")]
    [InlineData("\"1.5\"")]
    [InlineData("\" 1\"")]
    public void anything_else_is_refused(string json) =>
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<Amount>(json));

    [Fact]
    public void a_very_long_string_is_refused()
    {
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<Amount>($"\"{new string('1', 79)}\""));
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<Amount>($"\"{new string('1', 1_000_000)}\""));
    }

    [Fact]
    public async Task a_string_cut_by_the_reading_buffer_is_read_whole()
    {
        var amounts = Enumerable.Range(0, 5_000).Select(i => (Amount)(1_000_000_000_000L + i)).ToArray();
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(amounts)));

        var read = await JsonSerializer.DeserializeAsync<Amount[]>(stream, SmallBuffer, TestContext.Current.CancellationToken);

        read.ShouldBe(amounts);
    }

    [Fact]
    public void a_sum_of_more_digits_is_told_but_not_read()
    {
        var square = JsonSerializer.Serialize(new Amount(System.Numerics.BigInteger.Pow(10, 100)));

        square.ShouldBe($"\"1{new string('0', 100)}\"");
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<Amount>(square));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    public void a_log_refuses_one_digit_more_than_an_amount_has(string sign)
    {
        var log = new JsonSerializerOptions { Converters = { new LoggedAmountConverter() } };
        var largest = new Coin(Amount.Parse(sign + new string('9', 78)));
        var beyond = new Coin(new Amount(largest.Value.Value + Amount.Parse(sign + "1").Value));

        JsonSerializer.Deserialize<Coin>(JsonSerializer.Serialize(largest, log), log).ShouldBe(largest);
        Should.Throw<JsonException>(() => JsonSerializer.Serialize(beyond, log));
    }
}
