using Npgsql;
using Postgres;

namespace Portfolio.Prices.Stored;

/// <summary>How a source last answered and last failed.</summary>
internal sealed record SourceState(string Source, DateTimeOffset? AnsweredAt, DateTimeOffset? FailedAt, string? Failure);

/// <summary>Keeps how each source last answered, for all processes.</summary>
internal sealed class SourceStates(NpgsqlDataSource database, TimeProvider clock)
{
    public Task AnsweredAsync(string source, CancellationToken ct) => database.ExecuteAsync("""
        insert into price_sources (source, answered_at) values (@source, @now)
        on conflict (source) do update set answered_at = excluded.answered_at
        """, new { source, now = clock.GetUtcNow() }, ct);

    public Task FailedAsync(string source, string failure, CancellationToken ct) => database.ExecuteAsync("""
        insert into price_sources (source, failed_at, failure) values (@source, @now, @failure)
        on conflict (source) do update set failed_at = excluded.failed_at, failure = excluded.failure
        """, new { source, failure, now = clock.GetUtcNow() }, ct);

    public async Task<IReadOnlyDictionary<string, SourceState>> ReadAsync(CancellationToken ct) => (await database.QueryAsync<SourceState>(
        "select source, answered_at, failed_at, failure from price_sources", null, ct)).ToDictionary(state => state.Source);
}
