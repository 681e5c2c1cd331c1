using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace ChainSimulator.Market;

/// <summary>
/// Sets the price of a coin (CoinGecko's id, or <c>platform:contract</c>) in US dollars from a day on, or of that day alone; null: nobody knows
/// one.
/// </summary>
public sealed record SetPrice(string Coin, decimal? Usd, DateOnly? Day = null);

/// <summary>What it is on the market: an instant at which it stands still, or null for the present.</summary>
public sealed record SetMarketTime(DateTimeOffset? At);

/// <summary>
/// Prices that are the same in every run: each day's closing follows from the coin's name and the day, prices in between lie on the line from
/// one closing to the next. The script may set others. Tokens have a price if they are known stablecoins or the script set one.
/// </summary>
internal sealed class MarketWorld(TimeProvider clock)
{
    private static readonly Dictionary<string, decimal> Bases = new(StringComparer.Ordinal)
    {
        ["bitcoin"] = 60_000, ["ethereum"] = 3_000, ["litecoin"] = 80, ["dogecoin"] = 0.12m, ["solana"] = 150, ["binancecoin"] = 600,
        ["polygon-ecosystem-token"] = 0.5m,
        ["ethereum:0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"] = 1, ["ethereum:0xdac17f958d2ee523a2206206994597c13d831ec7"] = 1,
        ["solana:EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"] = 1,
    };

    private static readonly Dictionary<string, decimal> PerEuro = new(StringComparer.Ordinal)
    {
        ["USD"] = 1.10m, ["JPY"] = 160.5m, ["GBP"] = 0.85m, ["CHF"] = 0.95m, ["AUD"] = 1.65m, ["CAD"] = 1.5m, ["SEK"] = 11.2m, ["PLN"] = 4.3m,
        ["XTS"] = 7m,
    };

    private readonly Lock gate = new();
    private readonly Dictionary<string, decimal?> always = [];
    private readonly Dictionary<(string Coin, DateOnly Day), decimal?> onDays = [];
    private DateTimeOffset? standsAt;

    public DateTimeOffset Now
    {
        get
        {
            lock (gate) return standsAt ?? clock.GetUtcNow();
        }
    }

    public void Set(SetPrice price)
    {
        lock (gate)
        {
            if (price.Day is { } day) onDays[(price.Coin, day)] = price.Usd;
            else always[price.Coin] = price.Usd;
        }
    }

    public void Set(SetMarketTime time)
    {
        lock (gate) standsAt = time.At;
    }

    public void Reset()
    {
        lock (gate)
        {
            always.Clear();
            onDays.Clear();
            standsAt = null;
        }
    }

    /// <summary>What the coin costs at the end of a day by UTC; null where nobody knows it.</summary>
    public decimal? Closing(string coin, DateOnly day)
    {
        lock (gate)
        {
            if (onDays.TryGetValue((coin, day), out var set)) return set;
            if (always.TryGetValue(coin, out var usually)) return usually;
        }

        return Bases.TryGetValue(coin, out var usual) ? usual * (9_000 + Chance(coin, day, 2_001)) / 10_000 : null;
    }

    /// <summary>What it costs at an instant.</summary>
    public decimal? At(string coin, DateTimeOffset instant)
    {
        var day = DateOnly.FromDateTime(instant.UtcDateTime);
        if (instant.UtcDateTime.TimeOfDay == TimeSpan.Zero) return Closing(coin, day.AddDays(-1));
        if (Closing(coin, day) is not { } closing) return null;
        // Around the end of a day that nobody knows nothing is known.
        if (Closing(coin, day.AddDays(-1)) is not { } before) return instant.UtcDateTime.Hour < 12 ? null : closing;
        var seconds = (decimal)(int)instant.UtcDateTime.TimeOfDay.TotalSeconds;
        return before + ((closing - before) * seconds / 86_400);
    }

    /// <summary>The euro's rates of a working day; none of a weekend.</summary>
    public static IEnumerable<(string Currency, decimal PerEuro)> Fixings(DateOnly day) =>
        day.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday ? [] : PerEuro.Select(rate =>
            (rate.Key, decimal.Round(rate.Value * (9_800 + Chance(rate.Key, day, 401)) / 10_000, 4)));

    private static int Chance(string name, DateOnly day, int below) =>
        (int)(new BigInteger(SHA256.HashData(Encoding.UTF8.GetBytes($"{name} {day:yyyy-MM-dd}")).AsSpan(0, 4), isUnsigned: true) % below);
}
