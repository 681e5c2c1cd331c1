using System.Collections.Concurrent;
using Npgsql;

namespace Sync.Providers;

/// <summary>Until when a provider asked to be left alone; kept in the database, so it holds for all processes and over restarts.</summary>
internal sealed class ProviderPauses(NpgsqlDataSource dataSource, TimeProvider clock)
{
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<string, (DateTimeOffset ReadAt, Pause? Pause)> known = new();

    public sealed record Pause(DateTimeOffset Until, string Reason);

    public async ValueTask<Pause?> UntilAsync(string provider, CancellationToken ct)
    {
        if (known.TryGetValue(provider, out var entry) && clock.GetUtcNow() - entry.ReadAt < FreshFor) return entry.Pause;

        await using var command = dataSource.CreateCommand("select paused_until, reason from provider_pauses where provider = $1");
        command.Parameters.Add(new() { Value = provider });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var pause = await reader.ReadAsync(ct) ? new Pause(reader.GetFieldValue<DateTimeOffset>(0), reader.GetString(1)) : null;
        // A pause set while the row was read is newer than the row.
        return known.AddOrUpdate(
            provider, (clock.GetUtcNow(), pause),
            (_, meanwhile) => (clock.GetUtcNow(), meanwhile.Pause is { } set && set.Until > (pause?.Until ?? clock.GetUtcNow()) ? set : pause)).Pause;
    }

    public async Task SetAsync(string provider, DateTimeOffset until, string reason, CancellationToken ct)
    {
        known[provider] = (clock.GetUtcNow(), new Pause(until, reason));
        await using var command = dataSource.CreateCommand("""
            insert into provider_pauses (provider, paused_until, reason) values ($1, $2, $3)
            on conflict (provider) do update set paused_until = greatest(provider_pauses.paused_until, excluded.paused_until), reason = excluded.reason
            """);
        command.Parameters.Add(new() { Value = provider });
        command.Parameters.Add(new() { Value = until });
        command.Parameters.Add(new() { Value = reason });
        await command.ExecuteNonQueryAsync(ct);
    }
}
