using System.Collections.Concurrent;
using Chains;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using Postgres;
using Sync.Chains;

namespace Sync.Providers.Cache;

/// <summary>A provider's sum of an address, the tip of which it is a fact, and when it was reported.</summary>
internal sealed record KeptSummary(string Provider, ChainTip Tip, AddressSummary Summary, DateTimeOffset ReportedAt);

/// <summary>
/// Sums of addresses whose first reading was concluded: each stood between two answers of one tip, so it is a fact of that
/// block. It is no answer to who asks for the present unless the tip, asked afresh, is that very block. Beside them, for
/// minutes and in memory, which provider cannot answer for which address at all.
/// </summary>
internal sealed class CachedSummaries(NpgsqlDataSource dataSource, IOptions<CacheOptions> options, CacheUsage usage, TimeProvider clock)
{
    private const int MostRefusals = 10_000;
    private static readonly TimeSpan RefusedFor = TimeSpan.FromMinutes(5);
    private readonly ConcurrentDictionary<(string Network, string Provider, string Address),
        (DateTimeOffset Until, ProviderException Refusal)> refusals = new();

    /// <summary>What the provider reported of the address at that tip; null where it was not asked then.</summary>
    public async Task<AddressSummary?> FindAsync(CachedAddress of, string provider, ChainTip tip, CancellationToken ct)
    {
        if (!options.Value.IsOn) return null;
        var known = await ReadAsync("provider = @provider and tip_height = @Height and tip_hash = @Hash", of, provider, tip, ct);
        usage.Count(of.Network, provider, CacheUsage.Summary, known is not null);
        return known?.Summary;
    }

    /// <summary>What any provider reported last, for when none answers.</summary>
    public async Task<KeptSummary?> LatestAsync(CachedAddress of, CancellationToken ct) =>
        options.Value.IsOn ? await ReadAsync("true", of, null, new ChainTip(0, ""), ct) : null;

    /// <summary>Keeps the sum that the walk's round has just been concluded with.</summary>
    public async Task KeepAsync(CachedAddress of, KeptSummary kept, CancellationToken ct)
    {
        if (!options.Value.IsOn) return;
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        await connection.ExecuteAsync(new CommandDefinition("""
            insert into cached_summaries (network, provider, address, tip_height, tip_hash, confirmed, pending, count, told_at)
            values (@Network, @Provider, @Address, @Height, @Hash, @confirmed::numeric, @pending::numeric, @TransactionCount, @ReportedAt)
            on conflict (network, provider, address) do update set
                tip_height = excluded.tip_height, tip_hash = excluded.tip_hash, confirmed = excluded.confirmed, pending = excluded.pending,
                count = excluded.count, told_at = excluded.told_at
            """, new
        {
            of.Network, of.Address, kept.Provider, kept.Tip.Height, kept.Tip.Hash, confirmed = kept.Summary.Confirmed.ToString(),
            pending = kept.Summary.Pending.ToString(), kept.Summary.TransactionCount, kept.ReportedAt,
        }, cancellationToken: ct));
    }

    public async Task ForgetAsync(CachedAddress of, CancellationToken ct)
    {
        if (!options.Value.IsOn) return;
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        await connection.ExecuteAsync(new CommandDefinition("delete from cached_summaries where network = @Network and address = @Address", of,
            cancellationToken: ct));
    }

    public async Task SweepAsync(CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand("delete from cached_summaries where told_at < now() - make_interval(hours => $1)");
        command.Parameters.Add(new() { Value = options.Value.PassingHours });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Notes that the provider cannot answer for the address, for regular checks of the next minutes.</summary>
    public void Refused(CachedAddress of, ProviderException refusal)
    {
        if (!options.Value.IsOn) return;
        if (refusals.Count >= MostRefusals) refusals.Clear();
        refusals[(of.Network, refusal.Provider, of.Address)] = (clock.GetUtcNow() + RefusedFor, refusal);
    }

    /// <summary>That the provider said so within the last minutes.</summary>
    public ProviderException? RefusalOf(CachedAddress of, string provider)
    {
        if (!refusals.TryGetValue((of.Network, provider, of.Address), out var known) || known.Until <= clock.GetUtcNow()) return null;
        usage.Count(of.Network, provider, CacheUsage.Refusal, isHit: true);
        return known.Refusal;
    }

    private async Task<KeptSummary?> ReadAsync(string where, CachedAddress of, string? provider, ChainTip tip, CancellationToken ct)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        var row = await connection.QueryFirstOrDefaultAsync<Row>(new CommandDefinition($"""
            select provider, tip_height, tip_hash, confirmed::text as confirmed, pending::text as pending, count, told_at as reported_at
            from cached_summaries where network = @Network and address = @Address
            and told_at > now() - make_interval(hours => @PassingHours) and {where}
            order by told_at desc limit 1
            """, new { of.Network, of.Address, options.Value.PassingHours, provider, tip.Height, tip.Hash }, cancellationToken: ct));
        return row is null ? null : new KeptSummary(
            row.Provider, new ChainTip(row.TipHeight, row.TipHash),
            new AddressSummary(Amount.Parse(row.Confirmed), Amount.Parse(row.Pending), row.Count), row.ReportedAt);
    }

    private sealed class Row
    {
        public string Provider { get; init; } = "";

        public long TipHeight { get; init; }

        public string TipHash { get; init; } = "";

        public string Confirmed { get; init; } = "";

        public string Pending { get; init; } = "";

        public long? Count { get; init; }

        public DateTimeOffset ReportedAt { get; init; }
    }
}
