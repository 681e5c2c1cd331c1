using System.Numerics;
using Fractions;
using Npgsql;

namespace Services.Portfolio.Valuing;

/// <summary>Prices of days as the service keeps them, and what they make of amounts the simplest way.</summary>
internal sealed class DayPriceRows(NpgsqlDataSource database)
{
    private readonly Dictionary<(string Asset, DateOnly Day), decimal> rows = [];

    /// <summary>A random price for each day of a range but some, which have none.</summary>
    public async Task Fill(string asset, DateOnly from, DateOnly to, Random random, int holes = 0)
    {
        var days = Enumerable.Range(0, to.DayNumber - from.DayNumber + 1).Select(from.AddDays)
            .Where(_ => holes == 0 || random.Next(holes) > 0).ToList();
        foreach (var day in days) rows[(asset, day)] = decimal.Round((decimal)random.Next(1, 100_000_000) / 1_000, 3);
        await using var command = database.CreateCommand("""
            with gone as (delete from daily_prices where asset = $1 and not day = any($2))
            insert into daily_prices (asset, day, usd, source, at) select $1, day, usd, 'test', (day + 1)::timestamp at time zone 'UTC'
            from unnest($2, $3) n (day, usd) on conflict (asset, day) do update set usd = excluded.usd
            """);
        command.Parameters.Add(new() { Value = asset });
        command.Parameters.Add(new() { Value = days.ToArray() });
        command.Parameters.Add(new() { Value = days.ConvertAll(day => rows[(asset, day)]).ToArray() });
        await command.ExecuteNonQueryAsync();
    }

    public async Task Set(string asset, DateOnly day, decimal usd)
    {
        rows[(asset, day)] = usd;
        await using var command = database.CreateCommand("""
            insert into daily_prices (asset, day, usd, source, at) values ($1, $2, $3, 'test', ($2::date + 1)::timestamp at time zone 'UTC')
            on conflict (asset, day) do update set usd = excluded.usd
            """);
        command.Parameters.Add(new() { Value = asset });
        command.Parameters.Add(new() { Value = day });
        command.Parameters.Add(new() { Value = usd });
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The exact worth of an amount on a day; null where there is no price, nothing for nothing.</summary>
    public Fraction? Worth(string asset, DateOnly day, BigInteger amount, int decimals) =>
        amount.IsZero ? Fraction.Zero
        : rows.TryGetValue((asset, day), out var price) ? new Fraction(amount, BigInteger.Pow(10, decimals)) * (Fraction)price : null;

    /// <summary>In cents, half away from zero.</summary>
    public static string? Cents(Fraction? exact)
    {
        if (exact is not { } value) return null;
        var cents = Fraction.Round(value.Abs() * 100, 0, MidpointRounding.AwayFromZero).Numerator;
        var text = $"{cents / 100}.{cents % 100:00}";
        return value.IsNegative && !cents.IsZero ? $"-{text}" : text;
    }
}
