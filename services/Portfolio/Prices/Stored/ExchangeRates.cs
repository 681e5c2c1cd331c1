using Npgsql;
using NpgsqlTypes;
using Portfolio.Prices.Sources;
using Postgres;
using Providers;

namespace Portfolio.Prices.Stored;

/// <summary>Keeps the euro's rates: all of them once, then each day's; after a pause what was missed.</summary>
internal sealed class ExchangeRates(NpgsqlDataSource database, PriceSources sources, SourceStates states, TimeProvider clock)
{
    private const int Recent = 80;

    /// <summary>Reads what is new.</summary>
    public async Task RefreshAsync(CancellationToken ct)
    {
        if (sources.Rates is not { } bank) return;
        var today = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
        var newest = (await database.QueryAsync<DateOnly?>("select max(day) from exchange_rates", null, ct))[0];
        if (newest >= today) return;
        try
        {
            var isRecent = newest is { } known && today.DayNumber - known.DayNumber <= Recent;
            var fixings = isRecent ? await bank.LastAsync(ct) : await bank.AllAsync(ct);
            // The last one alone tells nothing of those that were fixed while nobody asked.
            if (isRecent && HasWorkingDay(newest!.Value, fixings.Max(fixing => fixing.Day))) fixings = await bank.RecentAsync(ct);
            await StoreAsync(fixings, ct);
            await states.AnsweredAsync(bank.Name, ct);
        }
        catch (ProviderException e)
        {
            await states.FailedAsync(bank.Name, e.Reason, ct);
        }
    }

    // Holidays count as well: a file is read once in vain.
    private static bool HasWorkingDay(DateOnly after, DateOnly before)
    {
        for (var day = after.AddDays(1); day < before; day = day.AddDays(1))
            if (day.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday)) return true;
        return false;
    }

    private Task<int> StoreAsync(IReadOnlyList<Fixing> fixings, CancellationToken ct) => database.ExecuteAsync("""
        insert into exchange_rates (currency, day, per_euro)
        select distinct on (currency, day) * from unnest(@currencies, @days, @rates) told (currency, day, rate) where day <= @tomorrow
        on conflict do nothing
        """, new
    {
        tomorrow = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime).AddDays(1),
        currencies = Sql.Column(fixings, NpgsqlDbType.Text, fixing => fixing.Currency),
        days = Sql.Column(fixings, NpgsqlDbType.Date, fixing => fixing.Day),
        rates = Sql.Column(fixings, NpgsqlDbType.Numeric, fixing => fixing.PerEuro),
    }, ct);
}
