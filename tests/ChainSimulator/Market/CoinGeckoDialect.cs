using System.Globalization;

namespace ChainSimulator.Market;

/// <summary>CoinGecko's answers (docs.coingecko.com, and its recorded ones), its errors too.</summary>
internal sealed class CoinGeckoDialect(MarketWorld market, bool tellsAll)
{
    private static readonly TimeSpan PlanTells = TimeSpan.FromDays(365);

    public static string Error(int code, string message) =>
        $$$"""{"status":{"timestamp":"2026-01-01T00:00:00.000Z","error_code":{{{code}}},"error_message":{{{MarketSources.Json(message)}}}}}""";

    public MarketSources.Told Prices(HttpContext http) =>
        http.Request.Query["ids"] is [{ Length: > 0 } ids] ? Simple(http, ids.Split(','), id => id.Trim()) : Missing("ids");

    public MarketSources.Told TokenPrices(HttpContext http) => http.Request.Query["contract_addresses"] is [{ Length: > 0 } contracts]
        ? Simple(http, contracts.Split(','), contract => $"{PlatformOf(http, "platform")}:{contract}") : Missing("contract_addresses");

    /// <summary>As dense as it is there: five minutes for a day, an hour up to ninety, a day beyond.</summary>
    public MarketSources.Told Range(HttpContext http)
    {
        if (http.Request.Query["vs_currency"] is not [{ Length: > 0 }]) return Missing("vs_currency");
        if (Seconds(http, "from") is not { } from || Seconds(http, "to") is not { } to) return Missing("from");
        var coin = http.Request.RouteValues["contract"] is string contract ? $"{PlatformOf(http, "id")}:{contract}"
            : (string)http.Request.RouteValues["id"]!;
        if (market.At(coin, market.Now) is null && market.At(coin, from) is null)
            return new("""{"error":"coin not found"}""", StatusCodes.Status404NotFound);
        if (!tellsAll && from < market.Now - PlanTells)
        {
            return new($$$"""{"error":{{{Error(10012, "Your request exceeds the allowed time range. Public API users are limited to querying " +
                "historical data within the past 365 days.")}}}}""", StatusCodes.Status401Unauthorized);
        }

        var step = to - from <= TimeSpan.FromDays(1) ? TimeSpan.FromMinutes(5) : to - from <= TimeSpan.FromDays(90) ? TimeSpan.FromHours(1)
            : TimeSpan.FromDays(1);
        var first = new DateTimeOffset((from.UtcTicks + step.Ticks - 1) / step.Ticks * step.Ticks, TimeSpan.Zero);
        var points = new List<string>();
        for (var at = first; at <= to && at <= market.Now; at += step)
        {
            if (market.At(coin, at) is { } price) points.Add($"[{at.ToUnixTimeMilliseconds()},{MarketSources.Json(price)}]");
        }

        return new($$"""{"prices":[{{string.Join(',', points)}}],"market_caps":[],"total_volumes":[]}""");
    }

    private MarketSources.Told Simple(HttpContext http, string[] asked, Func<string, string> coinOf)
    {
        if (http.Request.Query["vs_currencies"] is not [{ Length: > 0 }]) return Missing("vs_currencies");
        var at = market.Now.ToUnixTimeSeconds();
        var prices = asked.Distinct().Select(name => (Name: name.Trim(), Price: market.At(coinOf(name), market.Now)))
            .Where(told => told.Price is not null)
            .Select(told =>
                $$"""{{MarketSources.Json(told.Name)}}:{"usd":{{MarketSources.Json(told.Price!.Value)}},"last_updated_at":{{at}}}""");
        return new($"{{{string.Join(',', prices)}}}");
    }

    private static MarketSources.Told Missing(string parameter) =>
        new($$"""{"error":"Missing parameter {{parameter}}"}""", StatusCodes.Status422UnprocessableEntity);

    private static string PlatformOf(HttpContext http, string value) => (string)http.Request.RouteValues[value]!;

    private static DateTimeOffset? Seconds(HttpContext http, string name) =>
        long.TryParse(http.Request.Query[name], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
}
