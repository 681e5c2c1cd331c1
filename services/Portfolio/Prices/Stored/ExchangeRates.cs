using Npgsql;
using NpgsqlTypes;
using Portfolio.Prices.Sources;
using Postgres;
using Providers;

namespace Portfolio.Prices.Stored;

/// <summary>Keeps the euro's rates: all of them once, then each day's; after a pause what was missed.</summary>
internal sealed class ExchangeRates(NpgsqlDataSource database, PriceSources sources, SourceStates states, TimeProvider clock)
{
    // Working days in a row of which none is fixed: Good Friday to Easter Monday.
    private const int LongestWeekend = 4;
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
            var age = today.DayNumber - newest?.DayNumber ?? int.MaxValue;
            await StoreAsync(
                age <= LongestWeekend ? await bank.LastAsync(ct) : age <= Recent ? await bank.RecentAsync(ct) : await bank.AllAsync(ct), ct);
            await states.AnsweredAsync(bank.Name, ct);
        }
        catch (ProviderException e)
        {
            await states.FailedAsync(bank.Name, e.Reason, ct);
        }
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
