using Microsoft.Extensions.Options;
using Npgsql;
using Postgres;

namespace Portfolio.Prices;

/// <summary>What is known of prices: those a user set before those that sources told.</summary>
internal sealed class PriceBook(NpgsqlDataSource database, PricedAssets known, IOptions<PricesOptions> options, TimeProvider time)
{
    /// <summary>The prices of these assets (CAIP-19 ids) for each day of a range, both ends included; days to come have none.</summary>
    public async Task<DayPrices> ReadAsync(
        Guid owner, IReadOnlyCollection<string> assets, Currency currency, DateOnly from, DateOnly to, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await using var connection = await database.OpenConnectionAsync(ct);
        var manual = await connection.QueryAsync<ManualPrice>("""
            select price_id, asset, currency, value, from_day, to_day, note, set_at from manual_prices
            where user_id = @owner and asset = any(@assets) and from_day <= @to and (to_day is null or to_day >= @from)
            """, new { owner, assets = assets.ToArray(), from, to }, ct);

        // One whole coin of what nobody has described is nobody knows how many base units.
        var described = await DescribedAsync(connection, assets, ct);
        var currencies = manual.Select(set => set.Currency).Append(currency.Code).ToHashSet();
        var prices = await StoredAsync(connection, "daily_prices",
            currencies.Contains(Currency.Btc.Code) ? [.. assets, known.Bitcoin.Id] : assets, from.AddDays(-KnownPrices.LatestLasts), to, ct);
        var latest = await StoredAsync(connection, "latest_prices", [.. assets, known.Bitcoin.Id], from.AddDays(-KnownPrices.LatestLasts), to, ct);
        var book = new KnownPrices(
            prices, latest, manual.ToLookup(set => set.Asset), now, TimeSpan.FromSeconds(options.Value.StaleSeconds));
        var rates = new Rates(
            currencies.Count == 1 && currency == Currency.Usd ? new Dictionary<string, IReadOnlyList<(DateOnly, decimal)>>()
                : await FixingsAsync(connection, currencies, from, to, ct),
            day => book.InDollars(known.Bitcoin.Id, day));
        return new DayPrices(currency, (asset, day) => day >= from && day <= to && (known.IsNative(asset) || described.Contains(asset))
            ? book.Of(asset, day, currency, rates) : null);
    }

    /// <summary>Why these assets have no price on a day, as far as it is known.</summary>
    public async Task<IReadOnlyDictionary<string, string>> WhyNoneAsync(IReadOnlyCollection<string> assets, DateOnly day, CancellationToken ct)
    {
        var reasons = new Dictionary<string, string>();
        var asked = new List<string>();
        foreach (var asset in assets)
        {
            if (known.Of(asset) is not { } priced) reasons[asset] = "It is no asset of a network that is known here.";
            else if (priced.IsTest) reasons[asset] = "It is a test network's coin.";
            else if (options.Value.Sources.Count == 0) reasons[asset] = "No source of prices is configured.";
            else asked.Add(asset);
        }

        await using var connection = await database.OpenConnectionAsync(ct);
        var described = await DescribedAsync(connection, assets, ct);
        foreach (var asset in asked.Where(asset => !known.IsNative(asset) && !described.Contains(asset)))
            reasons[asset] = "Nobody has told yet into how many base units one whole coin of it is divided.";
        var isToday = day >= DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var gaps = await connection.QueryAsync<(string Asset, string Reason, DateTimeOffset NextTry)>("""
            select distinct on (asset) asset, reason, next_try from price_gaps
            where asset = any(@assets) and case when @isToday then from_day is null else @day between from_day and to_day end
            order by asset, next_try
            """, new { assets = asked.ToArray(), isToday, day }, ct);
        foreach (var (asset, reason, nextTry) in gaps)
            reasons.TryAdd(asset, $"{reason}; asked again at {nextTry.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}.");
        foreach (var asset in asked) reasons.TryAdd(asset, "Nobody has been asked for it yet, or there is no rate of the currency for that day.");
        return reasons;
    }

    private static async Task<HashSet<string>> DescribedAsync(NpgsqlConnection connection, IEnumerable<string> assets, CancellationToken ct) =>
        [.. await connection.QueryAsync<string>("select asset from assets where asset = any(@assets)", new { assets = assets.ToArray() }, ct)];

    // By an asset's place in the list: its name once for each row would be most of what is read.
    private static async Task<StoredPrices> StoredAsync(
        NpgsqlConnection connection, string table, IEnumerable<string> assets, DateOnly from, DateOnly to, CancellationToken ct)
    {
        var names = assets.Distinct(StringComparer.Ordinal).ToArray();
        await using var command = new NpgsqlCommand($"""
            select wanted.place::int, p.day, p.usd, p.source, p.at
            from unnest($1) with ordinality wanted (asset, place) join {table} p on p.asset = wanted.asset and p.day between $2 and $3
            """, connection);
        command.Parameters.Add(new() { Value = names });
        command.Parameters.Add(new() { Value = from });
        command.Parameters.Add(new() { Value = to });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var prices = new StoredPrices();
        var days = names.Select(prices.OfAsset).ToArray();
        while (await reader.ReadAsync(ct))
        {
            days[reader.GetInt32(0) - 1][reader.GetFieldValue<DateOnly>(1)] = new StoredPrice(
                reader.GetDecimal(2), reader.GetString(3), reader.GetFieldValue<DateTimeOffset>(4));
        }

        return prices;
    }

    private static async Task<IReadOnlyDictionary<string, IReadOnlyList<(DateOnly Day, decimal PerEuro)>>> FixingsAsync(
        NpgsqlConnection connection, IReadOnlySet<string> currencies, DateOnly from, DateOnly to, CancellationToken ct)
    {
        var rows = await connection.QueryAsync<(string Currency, DateOnly Day, decimal PerEuro)>("""
            select currency, day, per_euro from exchange_rates
            where currency = any(@currencies) and day between @from and @to order by currency, day
            """, new { currencies = currencies.Append(Currency.Usd.Code).ToArray(), from = from.AddDays(-Rates.LongestGap), to }, ct);
        return rows.GroupBy(row => row.Currency).ToDictionary(
            group => group.Key, IReadOnlyList<(DateOnly, decimal)> (group) => [.. group.Select(row => (row.Day, row.PerEuro))]);
    }
}
