using System.Globalization;
using System.Text;
using System.Text.Json;
using ChainSimulator.Serving;

namespace ChainSimulator.Market;

/// <summary>
/// The market as sources of prices tell it: CoinGecko's API at /market/coingecko/api/v3 (a plan that tells a year) and
/// /market/coingecko-pro/api/v3 (all of it), DefiLlama's at /market/defillama, the European Central Bank's files at /market/ecb. Faults of the
/// network "market" hit them, the replica being the source.
/// </summary>
internal sealed class MarketSources(MarketWorld market, FaultRules faults, RequestLog log, TimeProvider clock)
{
    public const string Network = "market";

    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var source in new[] { "coingecko", "coingecko-pro" })
        {
            var dialect = new CoinGeckoDialect(market, tellsAll: source == "coingecko-pro");
            var at = $"/market/{source}/api/v3";
            Get(routes, source, $"{at}/simple/price", dialect.Prices);
            Get(routes, source, $"{at}/simple/token_price/{{platform}}", dialect.TokenPrices);
            Get(routes, source, $"{at}/coins/{{id}}/market_chart/range", dialect.Range);
            Get(routes, source, $"{at}/coins/{{id}}/contract/{{contract}}/market_chart/range", dialect.Range);
        }

        var llama = new DefiLlamaDialect(market);
        Get(routes, "defillama", "/market/defillama/prices/current/{coins}", llama.Current);
        Get(routes, "defillama", "/market/defillama/chart/{coins}", llama.Chart);
        foreach (var (file, days) in new[] { ("eurofxref-daily.xml", 1), ("eurofxref-hist-90d.xml", 90), ("eurofxref-hist.xml", 4_000) })
            Get(routes, "ecb", $"/market/ecb/{file}", _ => new Told(Rates(days), ContentType: "text/xml"));

        var admin = routes.MapGroup("/admin/market");
        admin.MapPost("/price", (SetPrice price) => market.Set(price));
        admin.MapPost("/time", (SetMarketTime time) => market.Set(time));
        admin.MapPost("/reset", () => market.Reset());
    }

    private void Get(IEndpointRouteBuilder routes, string source, string route, Func<HttpContext, Told> answer) =>
        routes.MapGet(route, http => ServeAsync(http, source, route, answer));

    private async Task ServeAsync(HttpContext http, string source, string route, Func<HttpContext, Told> answer)
    {
        var (number, arrived, path) = (log.NextNumber(), clock.GetUtcNow(), http.Request.Path.Value! + http.Request.QueryString.Value);
        var hits = faults.Match(Network, source, path);
        foreach (var hit in hits)
        {
            if (hit.Fault.Kind is FaultKind.Slow) await Task.Delay(hit.Fault.Milliseconds, http.RequestAborted);
            if (hit.Fault.Kind is FaultKind.Hang) await hit.Cleared.WaitAsync(http.RequestAborted);
        }

        var told = Spoiled(hits, answer(http), source, http.Response);
        log.Add(new(number, arrived, Network, source, path, told.Status), route, told.Body.Length);
        http.Response.StatusCode = told.Status;
        http.Response.ContentType = told.ContentType;
        await http.Response.WriteAsync(told.Body, http.RequestAborted);
    }

    private static Told Spoiled(IReadOnlyList<FaultRules.Hit> hits, Told told, string source, HttpResponse response)
    {
        foreach (var (fault, _, _) in hits)
        {
            if (fault.Kind is FaultKind.RateLimit)
            {
                response.Headers.RetryAfter = fault.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
                return new(CoinGeckoDialect.Error(429, "You've exceeded the Rate Limit."), 429);
            }

            told = fault.Kind switch
            {
                FaultKind.Status => new(
                    source == "ecb" ? "" : CoinGeckoDialect.Error(10005, "This request is limited to paid plan users."), fault.Status),
                FaultKind.Html => new("<!DOCTYPE html><html><body><p>Checking your browser.</p></body></html>", ContentType: "text/html"),
                FaultKind.Truncate => told with { Body = told.Body[..(told.Body.Length / 2)] },
                FaultKind.EmptyPage => told with { Body = source == "defillama" ? """{"coins":{}}""" : """{"prices":[]}""" },
                _ => told,
            };
        }

        return told;
    }

    private string Rates(int most)
    {
        var xml = new StringBuilder("""
            <?xml version="1.0" encoding="UTF-8"?>
            <gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
            <gesmes:subject>Reference rates</gesmes:subject><gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender><Cube>
            """);
        // Fixed at about 16:00 in Frankfurt.
        var last = DateOnly.FromDateTime(market.Now.UtcDateTime.AddHours(-15));
        for (var (day, told) = (last, 0); told < most && day > last.AddDays(-2 * most - 7); day = day.AddDays(-1))
        {
            var fixings = MarketWorld.Fixings(day).ToList();
            if (fixings.Count == 0) continue;
            told++;
            xml.Append(CultureInfo.InvariantCulture, $"<Cube time='{day:yyyy-MM-dd}'>");
            foreach (var (currency, rate) in fixings) xml.Append(CultureInfo.InvariantCulture, $"<Cube currency='{currency}' rate='{rate}'/>");
            xml.Append("</Cube>");
        }

        return xml.Append("</Cube></gesmes:Envelope>").ToString();
    }

    /// <summary>One answer.</summary>
    internal readonly record struct Told(string Body, int Status = StatusCodes.Status200OK, string ContentType = "application/json");

    /// <summary>A number as JSON has it.</summary>
    internal static string Json(decimal number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A text as JSON has it.</summary>
    internal static string Json(string text) => JsonSerializer.Serialize(text);
}
