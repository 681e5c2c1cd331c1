using Npgsql;
using Postgres;

namespace Portfolio.Prices.Stored;

/// <summary>What could not be had, why, and when it is asked for again.</summary>
internal sealed class PriceGaps(NpgsqlDataSource database)
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    /// <summary>The pause after so many tries for which everybody answered and nobody had it.</summary>
    public static TimeSpan Pause(TimeSpan first, int tries) =>
        TimeSpan.FromTicks(Math.Min(first.Ticks << Math.Clamp(tries - 1, 0, 20), Longest.Ticks));

    /// <summary>Those assets whose latest price is not to be asked for yet.</summary>
    public async Task<IReadOnlySet<string>> LatestAsync(DateTimeOffset now, CancellationToken ct) => (await database.QueryAsync<string>(
        "select asset from price_gaps where from_day is null and next_try > @now", new { now }, ct)).ToHashSet(StringComparer.Ordinal);

    /// <summary>The latest price of it was had.</summary>
    public Task HadLatestAsync(IEnumerable<string> assets, CancellationToken ct) => database.ExecuteAsync(
        "delete from price_gaps where from_day is null and asset = any(@assets)", new { assets = assets.ToArray() }, ct);

    /// <summary>The latest price of an asset could not be had: asked again after that pause, or twice as long as the last time.</summary>
    public async Task MissLatestAsync(string asset, string reason, TimeSpan pause, bool isFinal, DateTimeOffset now, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var tries = isFinal ? 1 + await connection.ScalarAsync<int>(
            "select coalesce(max(tries), 0) from price_gaps where asset = @asset and from_day is null", new { asset }, ct) : 0;
        await connection.ExecuteAsync("""
            delete from price_gaps where asset = @asset and from_day is null;
            insert into price_gaps (asset, reason, tries, next_try) values (@asset, @reason, @tries, @next)
            """, new { asset, reason, tries, next = now + (isFinal ? Pause(pause, tries) : pause) }, ct);
        await transaction.CommitAsync(ct);
    }

    /// <summary>Of the days of a range, these closings could not be had.</summary>
    public async Task MissDaysAsync(
        string asset, DateOnly from, DateOnly to, IEnumerable<DateOnly> missing, string reason, Func<DateOnly, int, TimeSpan> pause,
        DateTimeOffset now, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var tries = 1 + await connection.ScalarAsync<int>(
            "select coalesce(max(tries), 0) from price_gaps where asset = @asset and from_day <= @to and to_day >= @from",
            new { asset, from, to }, ct);
        // What lies beside the range keeps its own pause.
        await connection.ExecuteAsync("""
            with old as (
                delete from price_gaps where asset = @asset and from_day <= @to and to_day >= @from returning *
            )
            insert into price_gaps (asset, from_day, to_day, reason, tries, next_try)
            select asset, from_day, @from - 1, reason, tries, next_try from old where from_day < @from
            union all
            select asset, @to + 1, to_day, reason, tries, next_try from old where to_day > @to
            """, new { asset, from, to }, ct);
        foreach (var (first, last) in Runs(missing))
        {
            await connection.ExecuteAsync(
                "insert into price_gaps (asset, from_day, to_day, reason, tries, next_try) values (@asset, @first, @last, @reason, @tries, @next)",
                new { asset, first, last, reason, tries, next = now + pause(last, tries) }, ct);
        }

        await transaction.CommitAsync(ct);
    }

    /// <summary>Days as runs without a break.</summary>
    internal static IEnumerable<(DateOnly First, DateOnly Last)> Runs(IEnumerable<DateOnly> days)
    {
        (DateOnly First, DateOnly Last)? run = null;
        foreach (var day in days.Order())
        {
            if (run is { } open && open.Last.AddDays(1) == day) run = (open.First, day);
            else
            {
                if (run is { } done) yield return done;
                run = (day, day);
            }
        }

        if (run is { } rest) yield return rest;
    }
}
