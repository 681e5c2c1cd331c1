using System.Collections.Concurrent;
using Npgsql;

namespace Sync.Providers.Cache;

/// <summary>
/// Counts how often what was needed was there, in memory, stored every few seconds. What is asked afresh on purpose is
/// neither a hit nor a miss.
/// </summary>
internal sealed class CacheUsage(NpgsqlDataSource dataSource, TimeProvider clock)
{
    /// <summary>An address's balance and count.</summary>
    public const string Summary = "summary";

    /// <summary>A page of an address's history.</summary>
    public const string Page = "page";

    /// <summary>The transactions on these pages.</summary>
    public const string Transaction = "transaction";

    /// <summary>A block below the safe depth.</summary>
    public const string Block = "block";

    /// <summary>That a provider cannot answer for an address.</summary>
    public const string Refusal = "refusal";

    private readonly ConcurrentDictionary<Counted, (long Hits, long Misses)> counts = new();

    private sealed record Counted(DateOnly Day, string Network, string Provider, string Kind);

    public void Count(string network, string provider, string kind, bool isHit, long number = 1)
    {
        if (number == 0) return;
        SyncMetrics.CacheLookups.Add(number, new("kind", kind), new("outcome", isHit ? "hit" : "miss"));
        Add(new(DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime), network, provider, kind), isHit ? (number, 0) : (0, number));
    }

    /// <summary>Stores what was counted since the last time; where that fails it is kept for the next.</summary>
    public async Task StoreAsync(CancellationToken ct)
    {
        var taken = new List<(Counted Key, long Hits, long Misses)>();
        foreach (var key in counts.Keys)
        {
            if (counts.TryRemove(key, out var count)) taken.Add((key, count.Hits, count.Misses));
        }

        if (taken.Count == 0) return;
        try
        {
            await using var command = dataSource.CreateCommand("""
                insert into cache_usage as u (day, network, provider, kind, hits, misses)
                select * from unnest($1, $2, $3, $4, $5, $6) order by 1, 2, 3, 4
                on conflict (day, network, provider, kind) do update set hits = u.hits + excluded.hits, misses = u.misses + excluded.misses
                """);
            command.Parameters.Add(new() { Value = taken.ConvertAll(entry => entry.Key.Day) });
            command.Parameters.Add(new() { Value = taken.ConvertAll(entry => entry.Key.Network) });
            command.Parameters.Add(new() { Value = taken.ConvertAll(entry => entry.Key.Provider) });
            command.Parameters.Add(new() { Value = taken.ConvertAll(entry => entry.Key.Kind) });
            command.Parameters.Add(new() { Value = taken.ConvertAll(entry => entry.Hits) });
            command.Parameters.Add(new() { Value = taken.ConvertAll(entry => entry.Misses) });
            await command.ExecuteNonQueryAsync(ct);
        }
        catch
        {
            foreach (var (key, hits, misses) in taken) Add(key, (hits, misses));
            throw;
        }
    }

    private void Add(Counted key, (long Hits, long Misses) more) =>
        counts.AddOrUpdate(key, more, (_, known) => (known.Hits + more.Hits, known.Misses + more.Misses));
}
