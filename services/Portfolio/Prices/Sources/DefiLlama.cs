using System.Globalization;
using System.Text.Json;
using Providers;

namespace Portfolio.Prices.Sources;

/// <summary>
/// DefiLlama's prices (coins.llama.fi). It says of each how sure it is; what it is less sure of than configured, or does not say it of, is no
/// price.
/// </summary>
internal sealed class DefiLlama(ProviderClient client, int batch, decimal minimumConfidence) : IPriceSource
{
    private const string Json = "application/json";

    // Points of one answer.
    private const int MostDays = 500;

    public string Name => client.Name;

    public DateOnly Earliest => DateOnly.MinValue;

    public bool Knows(PricedAsset asset) => !asset.IsTest && asset.DefiLlamaName is not null;

    public async Task<IReadOnlyDictionary<PricedAsset, Quote>> LatestAsync(IReadOnlyList<PricedAsset> assets, CancellationToken ct)
    {
        var quotes = new Dictionary<PricedAsset, Quote>();
        foreach (var asked in assets.Chunk(batch))
        {
            var names = string.Join(',', asked.Select(asset => asset.DefiLlamaName));
            using var body = await client.GetAsync($"prices/current/{names}", "latest", Json, ct);
            if (body is null) continue;
            using var document = Told.Parse(body, Name);
            var told = ReadPrices(document.RootElement, minimumConfidence, Name);
            foreach (var asset in asked)
            {
                if (told.TryGetValue(asset.DefiLlamaName!, out var quote)) quotes[asset] = quote;
            }
        }

        return quotes;
    }

    public async Task<IReadOnlyList<Quote>> SeriesAsync(PricedAsset asset, DateOnly from, DateOnly to, CancellationToken ct)
    {
        var quotes = new List<Quote>();
        for (var day = from; day <= to; day = day.AddDays(MostDays))
        {
            var days = Math.Min(to.DayNumber - day.DayNumber + 1, MostDays);
            var path = string.Create(CultureInfo.InvariantCulture,
                $"chart/{asset.DefiLlamaName}?start={Closings.EndOf(day).ToUnixTimeSeconds()}&span={days}&period=1d");
            using var body = await client.GetAsync(path, "series", Json, ct);
            if (body is null) continue;
            using var document = Told.Parse(body, Name);
            quotes.AddRange(ReadChart(document.RootElement, asset.DefiLlamaName!, minimumConfidence, Name));
        }

        return quotes;
    }

    /// <summary>Prices of <c>/prices/current</c> and <c>/prices/historical</c>, by the name asked for.</summary>
    /// <exception cref="ProviderException">It is no such answer.</exception>
    public static IReadOnlyDictionary<string, Quote> ReadPrices(JsonElement root, decimal minimumConfidence, string source)
    {
        var quotes = new Dictionary<string, Quote>(StringComparer.Ordinal);
        foreach (var coin in Told.Object(root.Member("coins"), source, "list of prices").EnumerateObject())
        {
            if (IsSure(coin.Value, minimumConfidence) && Told.Price(coin.Value.Member("price")) is { } price
                && Told.Time(coin.Value.Member("timestamp")) is { } at)
                quotes[coin.Name] = new Quote(price, at);
        }

        return quotes;
    }

    /// <summary>The points of <c>/chart</c>.</summary>
    /// <exception cref="ProviderException">It is no such answer.</exception>
    public static IReadOnlyList<Quote> ReadChart(JsonElement root, string name, decimal minimumConfidence, string source)
    {
        var coin = Told.Object(root.Member("coins"), source, "list of prices").Member(name);
        if (!IsSure(coin, minimumConfidence) || coin.Member("prices") is not { ValueKind: JsonValueKind.Array } points) return [];
        var quotes = new List<Quote>();
        foreach (var point in points.EnumerateArray())
        {
            if (Told.Price(point.Member("price")) is { } price && Told.Time(point.Member("timestamp")) is { } at) quotes.Add(new Quote(price, at));
        }

        return quotes;
    }

    private static bool IsSure(JsonElement coin, decimal minimum) =>
        coin.Member("confidence") is { ValueKind: JsonValueKind.Number } told && told.TryGetDecimal(out var confidence) && confidence >= minimum;
}
