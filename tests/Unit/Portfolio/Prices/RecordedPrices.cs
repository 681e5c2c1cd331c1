using System.Text.Json;
using Portfolio.Prices.Sources;
using Providers;
using Shouldly;
using Testing;
using Xunit;

namespace Unit.Portfolio.Prices;

/// <summary>What CoinGecko really answered, its errors too.</summary>
public sealed class RecordedPrices
{
    private static readonly DateTimeOffset Now = new(2021, 7, 20, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void every_recorded_answer_is_read_or_refused_with_its_reason()
    {
        Assert.SkipUnless(SharedData.IsPresent, SharedData.Absent);
        var files = Directory.GetFiles(SharedData.PathOf("coingecko"), "*.json", SearchOption.AllDirectories);
        files.Length.ShouldBeGreaterThan(25);
        var (prices, series, errors, others) = (0, 0, 0, 0);
        foreach (var file in files)
        {
            using var recorded = JsonDocument.Parse(File.ReadAllText(file));
            var (status, response) = (recorded.RootElement.GetProperty("status").GetInt32(), recorded.RootElement.GetProperty("response"));
            var uri = recorded.RootElement.GetProperty("request").GetProperty("uri").GetString()!;
            if (status != 200)
            {
                CoinGecko.ReadError(response).ShouldNotBeNull(file);
                errors++;
            }
            else if (uri.Contains("/market_chart", StringComparison.Ordinal))
            {
                CoinGecko.ReadError(response).ShouldBeNull(file);
                CoinGecko.ReadSeries(response, "coingecko").Count.ShouldBe(response.GetProperty("prices").GetArrayLength(), file);
                series++;
            }
            else if (uri.Contains("/simple/price", StringComparison.Ordinal))
            {
                CoinGecko.ReadError(response).ShouldBeNull(file);
                var told = CoinGecko.ReadLatest(response, ["bitcoin", "ethereum", "litecoin"], Now, "coingecko");
                if (uri.Contains("usd", StringComparison.Ordinal)) told.Keys.ShouldBe(["bitcoin"], file);
                else told.ShouldBeEmpty(file);
                prices++;
            }
            else
            {
                // Questions that we do not ask: their answers are no prices, and no errors.
                CoinGecko.ReadError(response).ShouldBeNull(file);
                Should.Throw<ProviderException>(() => CoinGecko.ReadSeries(response, "coingecko"));
                others++;
            }
        }

        (prices, series, errors, others).ShouldBe((5, 4, 13, 8));
    }

    [Fact]
    public void a_recorded_series_is_read_to_the_last_digit()
    {
        Assert.SkipUnless(SharedData.IsPresent, SharedData.Absent);
        using var recorded = JsonDocument.Parse(File.ReadAllText(SharedData.PathOf(
            "coingecko", "coingecko_ruby", "daily_historical_prices_for_one_coin_0.json")));
        var series = CoinGecko.ReadSeries(recorded.RootElement.GetProperty("response"), "coingecko");
        series[0].ShouldBe(new Quote(48607.8745224845m, new DateTimeOffset(2021, 2, 15, 0, 0, 0, TimeSpan.Zero)));

        // A point at midnight is the end of the day before.
        var closings = Closings.Of(series, new(2021, 2, 14), new(2021, 5, 13));
        closings.Count.ShouldBe(89);
        closings[new(2021, 2, 14)].Usd.ShouldBe(48607.8745224845m);
        closings[new(2021, 2, 15)].Usd.ShouldBe(47898.487027633135m);
    }

    [Fact]
    public void an_hourly_series_has_the_closings_of_a_daily_one_within_the_hour()
    {
        Assert.SkipUnless(SharedData.IsPresent, SharedData.Absent);
        using var recorded = JsonDocument.Parse(File.ReadAllText(SharedData.PathOf(
            "coingecko", "coingecko_ruby", "hourly_historical_prices_for_one_coin_0.json")));
        var series = CoinGecko.ReadSeries(recorded.RootElement.GetProperty("response"), "coingecko");
        var closings = Closings.Of(series, new(2021, 4, 16), new(2021, 5, 13));
        closings.Count.ShouldBe(28);
        foreach (var (day, quote) in closings) (quote.At - Closings.EndOf(day)).Duration().ShouldBeLessThan(TimeSpan.FromHours(1));
    }
}
