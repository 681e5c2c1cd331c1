using System.Collections.Concurrent;
using Npgsql;

namespace Providers;

/// <summary>
/// Counts what providers were asked, in memory, stored every few seconds: a killed process takes its last seconds with it.
/// That is for reading; budgets are charged beforehand and lose nothing.
/// </summary>
public sealed class ProviderUsage(NpgsqlDataSource dataSource, TimeProvider clock)
{
    private readonly ConcurrentDictionary<Counted, long> counts = new();

    private sealed record Counted(DateOnly Day, string Budget, string Provider, string Network, string Kind, string Outcome);

    public void Count(string budget, string provider, string network, string kind, string outcome, int requests = 1) => Add(
        new Counted(DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime), budget, provider, network, kind, outcome), requests);

    /// <summary>Stores what was counted since the last time; where that fails it is kept for the next.</summary>
    public async Task StoreAsync(CancellationToken ct)
    {
        // Taken out one by one, since requests are counted meanwhile.
        var taken = new List<KeyValuePair<Counted, long>>();
        foreach (var key in counts.Keys)
        {
            if (counts.TryRemove(key, out var requests)) taken.Add(new(key, requests));
        }

        if (taken.Count == 0) return;
        try
        {
            await using var command = dataSource.CreateCommand("""
                insert into provider_usage as u (day, budget, provider, network, kind, outcome, requests)
                select * from unnest($1, $2, $3, $4, $5, $6, $7) order by 1, 2, 3, 4, 5, 6
                on conflict (day, budget, provider, network, kind, outcome) do update set requests = u.requests + excluded.requests
                """);
            command.Parameters.Add(new() { Value = taken.ConvertAll(entry => entry.Key.Day) });
            command.Parameters.Add(new() { Value = taken.ConvertAll(entry => entry.Key.Budget) });
            command.Parameters.Add(new() { Value = taken.ConvertAll(entry => entry.Key.Provider) });
            command.Parameters.Add(new() { Value = taken.ConvertAll(entry => entry.Key.Network) });
            command.Parameters.Add(new() { Value = taken.ConvertAll(entry => entry.Key.Kind) });
            command.Parameters.Add(new() { Value = taken.ConvertAll(entry => entry.Key.Outcome) });
            command.Parameters.Add(new() { Value = taken.ConvertAll(entry => entry.Value) });
            await command.ExecuteNonQueryAsync(ct);
        }
        catch
        {
            foreach (var (key, requests) in taken) Add(key, requests);
            throw;
        }
    }

    private void Add(Counted key, long requests) => counts.AddOrUpdate(key, requests, (_, known) => known + requests);
}
