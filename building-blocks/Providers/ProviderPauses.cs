using System.Collections.Concurrent;
using Npgsql;

namespace Providers;

/// <summary>Until when a provider asked to be left alone; kept in the database, so it holds for all processes and over restarts.</summary>
public sealed class ProviderPauses(NpgsqlDataSource dataSource, TimeProvider clock)
{
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<string, Known> known = new();

    public sealed record Pause(TimeSpan Left, string Reason);

    // By this process's stopwatch: when it ends at the database's clock is no time of ours.
    private sealed record Known(long ReadAt, Pause? Pause);

    /// <summary>How long the provider is to be left alone still, as it was known within the last second, or is at this moment.</summary>
    public async ValueTask<Pause?> OfAsync(string provider, bool atThisMoment, CancellationToken ct)
    {
        if (!atThisMoment && known.TryGetValue(provider, out var entry) && clock.GetElapsedTime(entry.ReadAt) < FreshFor) return LeftOf(entry);

        await using var command = dataSource.CreateCommand(
            "select extract(epoch from paused_until - coalesce($2, clock_timestamp()))::float8, reason from provider_pauses where provider = $1");
        command.Parameters.Add(new() { Value = provider });
        command.Parameters.Add(clock.AsParameter());
        await using var reader = await command.ExecuteReaderAsync(ct);
        var read = new Known(clock.GetTimestamp(), await reader.ReadAsync(ct)
            ? new Pause(TimeSpan.FromSeconds(reader.GetDouble(0)), reader.GetString(1)) : null);
        // A pause set while the row was read is newer than the row.
        return LeftOf(known.AddOrUpdate(provider, read, (_, meanwhile) => LeftOf(meanwhile) is { } set
            && set.Left > (LeftOf(read)?.Left ?? TimeSpan.Zero) ? meanwhile : read));
    }

    /// <summary>Sets a pause; where the provider has a rate, the request that was refused halves it.</summary>
    public async Task SetAsync(string provider, TimeSpan wait, string reason, Permit? refused, CancellationToken ct)
    {
        known[provider] = new Known(clock.GetTimestamp(), new Pause(wait, reason));
        await using var command = dataSource.CreateCommand("select throttle_provider($1, $2, $3, $4, $5, $6)");
        command.Parameters.Add(new() { Value = provider });
        command.Parameters.Add(clock.AsParameter());
        command.Parameters.Add(new() { Value = wait.TotalSeconds });
        command.Parameters.Add(new() { Value = reason });
        command.Parameters.Add(new() { Value = refused?.SentAt ?? DateTimeOffset.UnixEpoch });
        command.Parameters.Add(new() { Value = refused?.FullGap ?? 0 });
        await command.ExecuteNonQueryAsync(ct);
    }

    private Pause? LeftOf(Known entry) =>
        entry.Pause is { } pause && pause.Left - clock.GetElapsedTime(entry.ReadAt) is var left && left > TimeSpan.Zero
            ? pause with { Left = left } : null;
}
