using System.Text;
using System.Text.Json;
using Portfolio.Prices.Sources;
using Providers;
using Shouldly;
using Xunit;

namespace Unit.Portfolio.Prices;

/// <summary>What sources of prices tell, true or not.</summary>
public sealed class ReadingSources
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Theory]
    [InlineData("49357", "49357")]
    [InlineData("2.7182818284590452353602874", "2.7182818284590452353602874")]
    [InlineData("1.234e-8", "0.00000001234")]
    [InlineData("1E+3", "1000")]
    public void numbers_are_read_as_they_are_written(string written, string price) => Price(written)!.Value.ToString(
        System.Globalization.CultureInfo.InvariantCulture).ShouldBe(price);

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("1e15")]
    [InlineData("1e400")]
    [InlineData("1e-40")]
    [InlineData("null")]
    [InlineData("\"5\"")]
    [InlineData("{}")]
    public void what_cannot_be_a_price_is_none(string written) => Price(written).ShouldBeNull();

    [Fact]
    public void an_answer_for_something_not_asked_is_ignored()
    {
        var told = CoinGecko.ReadLatest(Json("""{"bitcoin":{"usd":5,"last_updated_at":1767323045},"scamcoin":{"usd":7}}"""), ["bitcoin"], Now, "s");
        told.ShouldHaveSingleItem().Value.ShouldBe(new Quote(5, DateTimeOffset.FromUnixTimeSeconds(1767323045)));
    }

    [Theory]
    [InlineData("""{"bitcoin":{"usd":5,"last_updated_at":"soon"}}""")]
    [InlineData("""{"bitcoin":[5]}""")]
    [InlineData("""{"bitcoin":null}""")]
    [InlineData("{}")]
    public void an_answer_without_a_price_is_none(string json) => CoinGecko.ReadLatest(Json(json), ["bitcoin"], Now, "s").ShouldBeEmpty();

    [Theory]
    [InlineData("""{"status":{"error_code":429,"error_message":"You've exceeded the Rate Limit."}}""", (int)ProviderFailure.RateLimited)]
    [InlineData("""{"status":{"error_code":10005,"error_message":"limited to PRO"}}""", (int)ProviderFailure.OutOfReach)]
    [InlineData("""{"error":{"status":{"error_code":10012,"error_message":"exceeds the allowed time range"}}}""", (int)ProviderFailure.OutOfReach)]
    [InlineData("""{"status":{"error_code":10002,"error_message":"API Key Missing"}}""", (int)ProviderFailure.RateLimited)]
    [InlineData("""{"error":"coin not found"}""", (int)ProviderFailure.BadAnswer)]
    public void an_error_is_understood_in_each_form_it_comes_in(string json, int failure)
    {
        var (code, message) = CoinGecko.ReadError(Json(json))!.Value;
        CoinGecko.Refused("coingecko", code, message).Failure.ShouldBe((ProviderFailure)failure);
    }

    [Fact]
    public void prices_that_nobody_is_sure_of_are_none()
    {
        var told = DefiLlama.ReadPrices(Json("""
            {"coins":{"a:1":{"price":2.5,"timestamp":1767323045,"confidence":0.99},"a:2":{"price":2.5,"timestamp":1767323045,"confidence":0.89},
             "a:3":{"price":2.5,"timestamp":1767323045},"a:4":{"price":-2.5,"timestamp":1767323045,"confidence":0.99},
             "a:5":{"price":2.5,"timestamp":1e300,"confidence":0.99}}}
            """), 0.9m, "s");
        told.Keys.ShouldBe(["a:1"]);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"coins":[]}""")]
    public void what_is_no_list_of_prices_is_refused(string json) =>
        Should.Throw<ProviderException>(() => DefiLlama.ReadPrices(Json(json), 0.9m, "s")).Failure.ShouldBe(ProviderFailure.BadAnswer);

    [Fact]
    public void fixings_are_read_with_their_days()
    {
        Rates("""
            <e:Envelope xmlns:e="x"><Cube><Cube time='2026-01-02'><Cube currency='USD' rate='1.1731'/><Cube currency='JPY' rate='184.2'/>
            <Cube currency='XXX' rate='1'/><Cube currency='GBP' rate='-1'/><Cube currency='CHF' rate='N/A'/></Cube>
            <Cube time='2025-12-31'><Cube currency='USD' rate='1.175'/></Cube></Cube></e:Envelope>
            """).ShouldBe([new("USD", new(2026, 1, 2), 1.1731m), new("JPY", new(2026, 1, 2), 184.2m), new("USD", new(2025, 12, 31), 1.175m)]);
    }

    [Theory]
    [InlineData("<!DOCTYPE a [<!ENTITY b 'c'>]><Cube time='2026-01-02'><Cube currency='USD' rate='1'/></Cube>")]
    [InlineData("<Cube time='yesterday'><Cube currency='USD' rate='1'/></Cube>")]
    [InlineData("<Cube time='2026-01-02'><Cube currency='USD' rate='1'/>")]
    [InlineData("<html/>")]
    [InlineData("")]
    public void a_file_that_is_none_is_refused(string xml) =>
        Should.Throw<ProviderException>(() => Rates(xml)).Failure.ShouldBe(ProviderFailure.BadAnswer);

    private static IReadOnlyList<Fixing> Rates(string xml) => Ecb.Read(Encoding.UTF8.GetBytes(xml), "ecb");

    private static decimal? Price(string written) => Told.Price(Json($"[{written}]")[0]);

    private static JsonElement Json(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
