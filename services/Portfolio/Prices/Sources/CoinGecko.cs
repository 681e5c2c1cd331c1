using System.Globalization;
using System.Text.Json;
using Providers;

namespace Portfolio.Prices.Sources;

/// <summary>
/// CoinGecko's API (v3) on either host. Coins are asked for by its ids and tokens by their contracts. What a plan does not tell, such as days
/// longer ago than a year, it refuses with a code of its own, and is not asked for it again.
/// </summary>
internal sealed class CoinGecko(ProviderClient client, int batch, TimeProvider clock) : IPriceSource
{
    private const string Json = "application/json";

    // Codes of its own (docs.coingecko.com, "Common Errors & Rate Limit").
    private const int Limited = 429;
    private const int TimeRange = 10012;
    private static readonly int[] OfPlan = [10005, 10006];
    private static readonly int[] OfKey = [10002, 10010, 10011];

    // A day less than the year that a plan without history tells, since it counts from this very second.
    private const int DaysWithoutHistory = 364;
    private static readonly TimeSpan KeyIsWrongFor = TimeSpan.FromMinutes(15);
    private int daysTold = int.MaxValue;

    public string Name => client.Name;

    public DateOnly Earliest => Volatile.Read(ref daysTold) is var days && days == int.MaxValue
        ? DateOnly.MinValue : DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime).AddDays(-days);

    public bool Knows(PricedAsset asset) => !asset.IsTest && (asset.Contract is null ? asset.Ids.Coin : asset.Ids.Platform) is not null;

    public async Task<IReadOnlyDictionary<PricedAsset, Quote>> LatestAsync(IReadOnlyList<PricedAsset> assets, CancellationToken ct)
    {
        var quotes = new Dictionary<PricedAsset, Quote>();
        foreach (var coins in assets.Where(asset => asset.Contract is null).Chunk(batch))
        {
            var ids = string.Join(',', coins.Select(coin => coin.Ids.Coin).Distinct());
            await AskAsync($"simple/price?ids={ids}&{Asked}", coins, coin => coin.Ids.Coin!);
        }

        foreach (var platform in assets.Where(asset => asset.Contract is not null).GroupBy(asset => asset.Ids.Platform))
        {
            foreach (var tokens in platform.Chunk(batch)) await TokensAsync(platform.Key!, tokens);
        }

        return quotes;

        async Task TokensAsync(string platform, PricedAsset[] tokens)
        {
            try
            {
                var contracts = string.Join(',', tokens.Select(token => token.Contract));
                await AskAsync($"simple/token_price/{platform}?contract_addresses={contracts}&{Asked}", tokens, token => token.Contract!);
            }
            // How many contracts may be asked for at once is the plan's, and told by refusing more.
            catch (ProviderException e) when (e is { Failure: ProviderFailure.OutOfReach, MayBeTooMuch: true } && tokens.Length > 1)
            {
                foreach (var half in tokens.Chunk((tokens.Length + 1) / 2)) await TokensAsync(platform, half);
            }
        }

        async Task AskAsync(string path, PricedAsset[] asked, Func<PricedAsset, string> nameOf)
        {
            var told = await GetAsync(path, "latest", async body => ReadLatest(
                await RootAsync(body, ct), asked.Select(nameOf), clock.GetUtcNow(), Name), ct);
            foreach (var asset in asked)
            {
                if (told?.TryGetValue(nameOf(asset), out var quote) is true) quotes[asset] = quote;
            }
        }
    }

    public async Task<IReadOnlyList<Quote>> SeriesAsync(PricedAsset asset, DateOnly from, DateOnly to, CancellationToken ct)
    {
        var range = string.Create(CultureInfo.InvariantCulture,
            $"vs_currency=usd&from={Closings.EndOf(from).AddHours(-2).ToUnixTimeSeconds()}&to={Closings.EndOf(to).AddHours(2).ToUnixTimeSeconds()}");
        var coin = asset.Contract is null ? $"coins/{asset.Ids.Coin}" : $"coins/{asset.Ids.Platform}/contract/{asset.Contract}";
        return await GetAsync($"{coin}/market_chart/range?{range}&precision=full", "series",
            async body => ReadSeries(await RootAsync(body, ct), Name), ct) ?? [];
    }

    private const string Asked = "vs_currencies=usd&include_last_updated_at=true&precision=full";

    /// <summary>Prices of <c>/simple/price</c> and <c>/simple/token_price</c> of what was asked for; one without a time is of now.</summary>
    /// <exception cref="ProviderException">It is no such answer.</exception>
    public static IReadOnlyDictionary<string, Quote> ReadLatest(JsonElement root, IEnumerable<string> asked, DateTimeOffset now, string source)
    {
        Told.Object(root, source, "list of prices");
        var quotes = new Dictionary<string, Quote>(StringComparer.Ordinal);
        foreach (var name in asked.Distinct())
        {
            var told = root.Member(name);
            var at = told.Member("last_updated_at");
            if (Told.Price(told.Member("usd")) is { } price && (at.ValueKind is JsonValueKind.Undefined ? now : Told.Time(at)) is { } time)
                quotes[name] = new Quote(price, time);
        }

        return quotes;
    }

    /// <summary>The points of <c>market_chart</c>; those without a price are left out.</summary>
    /// <exception cref="ProviderException">It is no such answer.</exception>
    public static IReadOnlyList<Quote> ReadSeries(JsonElement root, string source)
    {
        if (root.Member("prices") is not { ValueKind: JsonValueKind.Array } points)
            throw new ProviderException(ProviderFailure.BadAnswer, source, "answered no series of prices");
        var quotes = new List<Quote>();
        foreach (var point in points.EnumerateArray())
        {
            if (point.ValueKind is not JsonValueKind.Array || point.GetArrayLength() != 2)
                throw new ProviderException(ProviderFailure.BadAnswer, source, "answered no series of prices");
            if (Told.Time(point[0], inMilliseconds: true) is { } at && Told.Price(point[1]) is { } price) quotes.Add(new Quote(price, at));
        }

        return quotes;
    }

    /// <summary>What an answer says was wrong, in any of the forms it comes in; null where it says nothing of the kind.</summary>
    public static (int? Code, string Message)? ReadError(JsonElement root)
    {
        var error = root.Member("error");
        if (error.ValueKind is JsonValueKind.String) return (null, Short(error.GetString()!));
        var status = error.ValueKind is JsonValueKind.Object ? error.Member("status") : root.Member("status");
        if (status.ValueKind is not JsonValueKind.Object) return null;
        int? code = status.Member("error_code") is { ValueKind: JsonValueKind.Number } told && told.TryGetInt32(out var number) ? number : null;
        return (code, status.Member("error_message") is { ValueKind: JsonValueKind.String } message ? Short(message.GetString()!) : "refused");
    }

    /// <summary>What a refusal means.</summary>
    public static ProviderException Refused(string source, int? code, string message) => code switch
    {
        Limited => new(ProviderFailure.RateLimited, source, "rate limited", TimeSpan.FromMinutes(1)),
        TimeRange => new(ProviderFailure.OutOfReach, source, "its plan tells nothing from more than a year ago"),
        { } known when OfPlan.Contains(known) => new(ProviderFailure.OutOfReach, source, "its plan does not tell this"),
        { } known when OfKey.Contains(known) => new(ProviderFailure.RateLimited, source, "it does not take the key", KeyIsWrongFor),
        _ when message.Contains("exceeds the allowed limit", StringComparison.OrdinalIgnoreCase) =>
            new(ProviderFailure.OutOfReach, source, "does not take so much at once") { MayBeTooMuch = true },
        _ => new(ProviderFailure.BadAnswer, source, $"refused: {message}"),
    };

    private async Task<T?> GetAsync<T>(string path, string kind, Func<Body, Task<T>> read, CancellationToken ct) where T : class
    {
        try
        {
            using var body = await client.GetAsync(path, kind, Json, ct);
            return body is null ? null : await read(body);
        }
        catch (ProviderException e) when (e.Refusal is { } refusal && Explained(refusal) is var (code, message))
        {
            var meant = Refused(Name, code, message);
            if (code == TimeRange) Volatile.Write(ref daysTold, DaysWithoutHistory);
            if (meant.Failure is ProviderFailure.RateLimited && e.SuspendEverywhere is { } leave) await leave(meant, ct);
            throw meant;
        }
    }

    // Errors come with 200 at times.
    private async Task<JsonElement> RootAsync(Body body, CancellationToken ct)
    {
        using var document = Told.Parse(body, Name);
        var root = document.RootElement.Clone();
        if (ReadError(root) is not var (code, message)) return root;
        throw await body.RefusedAsync(Refused(Name, code, message), ct);
    }

    private static (int? Code, string Message)? Explained(string refusal)
    {
        try
        {
            using var document = JsonDocument.Parse(refusal);
            return ReadError(document.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Short(string message) => message.Length <= 200 ? message : message[..200];
}
