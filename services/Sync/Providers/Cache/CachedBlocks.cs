using Microsoft.Extensions.Options;
using Npgsql;
using Sync.Chains;

namespace Sync.Providers.Cache;

/// <summary>Blocks below the safe depth behind what a process has in memory, for all processes and for good.</summary>
internal sealed class CachedBlocks(NpgsqlDataSource dataSource, IOptions<CacheOptions> options, CacheUsage usage) : IKnownBlocks
{
    public async Task<IReadOnlyList<ChainBlock>> FindAsync(string network, IReadOnlyCollection<long> heights, CancellationToken ct)
    {
        var found = new List<ChainBlock>();
        if (!options.Value.IsOn || heights.Count == 0) return found;
        await using var command = dataSource.CreateCommand(
            "select b.height, b.hash, b.time from unnest($2) as n (height) join cached_blocks b on b.network = $1 and b.height = n.height");
        command.Parameters.Add(new() { Value = network });
        command.Parameters.Add(new() { Value = heights.ToArray() });
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) found.Add(new(reader.GetInt64(0), reader.GetString(1), reader.GetFieldValue<DateTimeOffset>(2)));
        return found;
    }

    public async Task KeepAsync(string network, string provider, IReadOnlyCollection<ChainBlock> blocks, CancellationToken ct)
    {
        if (!options.Value.IsOn || blocks.Count == 0) return;
        await using var command = dataSource.CreateCommand("""
            insert into cached_blocks (network, provider, height, hash, time) select $1, $2, * from unnest($3, $4, $5) order by 3
            on conflict (network, height) do update set hash = excluded.hash, time = excluded.time, provider = excluded.provider, stored_at = now()
            where (cached_blocks.hash, cached_blocks.time) <> (excluded.hash, excluded.time)
            """);
        command.Parameters.Add(new() { Value = network });
        command.Parameters.Add(new() { Value = provider });
        command.Parameters.Add(new() { Value = blocks.Select(block => block.Height).ToArray() });
        command.Parameters.Add(new() { Value = blocks.Select(block => block.Hash).ToArray() });
        command.Parameters.Add(new() { Value = blocks.Select(block => block.Time.ToUniversalTime()).ToArray() });
        await command.ExecuteNonQueryAsync(ct);
    }

    public async Task ForgetAsync(string network, string provider, CancellationToken ct)
    {
        if (!options.Value.IsOn) return;
        await using var command = dataSource.CreateCommand("delete from cached_blocks where network = $1 and provider = $2");
        command.Parameters.Add(new() { Value = network });
        command.Parameters.Add(new() { Value = provider });
        await command.ExecuteNonQueryAsync(ct);
    }

    public void Count(string network, bool isHit, int number) => usage.Count(network, "any", CacheUsage.Block, isHit, number);

    public async Task SweepAsync(CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand("""
            delete from cached_blocks where (select count(*) from cached_blocks) > $1
              and stored_at <= (select stored_at from cached_blocks order by stored_at desc offset $1 limit 1)
            """);
        command.CommandTimeout = 0;
        command.Parameters.Add(new() { Value = options.Value.Blocks });
        await command.ExecuteNonQueryAsync(ct);
    }
}
