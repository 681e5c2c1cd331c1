using System.Globalization;

namespace ChainSimulator.Market;

/// <summary>DefiLlama's answers (api-docs.defillama.com): coins by chain and contract, or by CoinGecko's id.</summary>
internal sealed class DefiLlamaDialect(MarketWorld market)
{
    private const string ByCoinGecko = "coingecko:";

    public MarketSources.Told Current(HttpContext http)
    {
        var told = CoinsOf(http).Select(name => (Name: name, Price: market.At(CoinOf(name), market.Now))).Where(coin => coin.Price is not null)
            .Select(coin => $$"""
                {{MarketSources.Json(coin.Name)}}:{"price":{{MarketSources.Json(coin.Price!.Value)}},"symbol":"X","timestamp":{{market.Now
                    .ToUnixTimeSeconds()}},"confidence":{{ConfidenceOf(coin.Name)}}}
                """);
        return new($$$"""{"coins":{{{{string.Join(',', told)}}}}}""");
    }

    public MarketSources.Told Chart(HttpContext http)
    {
        _ = long.TryParse(http.Request.Query["start"], NumberStyles.None, CultureInfo.InvariantCulture, out var start);
        _ = int.TryParse(http.Request.Query["span"], NumberStyles.None, CultureInfo.InvariantCulture, out var span);
        var coins = CoinsOf(http).Select(name =>
        {
            var points = Enumerable.Range(0, Math.Clamp(span, 0, 500))
                .Select(i => DateTimeOffset.FromUnixTimeSeconds(start).AddDays(i)).TakeWhile(at => at <= market.Now)
                .Select(at => (At: at, Price: market.At(CoinOf(name), at))).Where(point => point.Price is not null)
                .Select(point => $$"""{"timestamp":{{point.At.ToUnixTimeSeconds()}},"price":{{MarketSources.Json(point.Price!.Value)}}}""");
            return $$"""{{MarketSources.Json(name)}}:{"symbol":"X","confidence":{{ConfidenceOf(name)}},"prices":[{{string.Join(',', points)}}]}""";
        });
        return new($$$"""{"coins":{{{{string.Join(',', coins)}}}}}""");
    }

    private static string[] CoinsOf(HttpContext http) => ((string)http.Request.RouteValues["coins"]!).Split(',');

    private static string CoinOf(string name) =>
        name.StartsWith(ByCoinGecko, StringComparison.Ordinal) ? name[ByCoinGecko.Length..] : name;

    // Whose contract ends in dead has hardly a market.
    private static string ConfidenceOf(string name) => name.EndsWith("dead", StringComparison.Ordinal) ? "0.4" : "0.99";
}
