using Chains;
using Dapper;
using EventSourcing;
using Npgsql;
using Postgres;
using Sync.Chains;

namespace Sync.Networks;

/// <summary>The tips that were seen. They distinguish a provider that lags behind from a chain that was reorganised.</summary>
internal static class ChainTips
{
    private const int BlocksKept = 500;
    private const int FreeGrowth = 1_000_000;
    private static readonly TimeSpan Apart = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Refuses a tip that cannot be: far above the one known for the time that passed, or below it, unless the chain there
    /// is another one or nobody has seen the higher tip again for a while. Returns the height known.
    /// </summary>
    /// <exception cref="ProviderException">The provider lags, or names a tip out of reach.</exception>
    public static async Task<long?> RefuseImplausibleAsync(NpgsqlConnection connection, IChainAdapter adapter, ChainTip tip, DateTimeOffset now,
        CancellationToken ct)
    {
        var known = await KnownAsync("""
            select t.height, t.at, t.lower_since, b.hash as block_there
            from chain_tips t left join chain_blocks b on b.network = @Slug and b.height = @Height
            where t.network = @Slug
            """);
        if (known is null) return null;
        // Written only where it changes: every slice of the network asks, and would wait for the one row.
        if (tip.Height < known.Height != known.LowerSince is not null)
            known = await KnownAsync("""
                update chain_tips t set lower_since = case when @Height < t.height then coalesce(t.lower_since, @now) end
                from (select 1) as one left join chain_blocks b on b.network = @Slug and b.height = @Height
                where t.network = @Slug
                returning t.height, t.at, t.lower_since, b.hash as block_there
                """) ?? known;

        // Generous, since simulated chains grow in leaps; still out of reach for another network's height or a number made up.
        var reachable = known.Height + FreeGrowth + (long)(10 * ((now - known.At) / adapter.Network.BlockTime));
        if (tip.Height > reachable)
            throw new ProviderException(ProviderFailure.BadAnswer, adapter.Provider,
                $"names a tip of {tip.Height} where {known.Height} was seen before");
        if (tip.Height >= known.Height) return known.Height;
        // Nodes that are asked at once are a few blocks apart where a block lasts less than a question. Nothing is known of the lower one's.
        if (known.Height - tip.Height <= (long)(Apart / adapter.Network.BlockTime)) return null;

        var reorganised = known.BlockThere is { } block && block != tip.Hash;
        if (!reorganised && now - known.LowerSince < Patience)
            throw new ProviderException(ProviderFailure.Behind, adapter.Provider,
                $"lags: its tip {tip.Height} is below {known.Height}, which was seen before");
        return known.Height;

        Task<KnownTip?> KnownAsync(string sql) => connection.QuerySingleOrDefaultAsync<KnownTip>(
            new CommandDefinition(sql, new { adapter.Network.Slug, tip.Height, now }, cancellationToken: ct));
    }

    /// <summary>Notes a tip in the caller's work, and publishes it where it is another than before. Who was slower than others changes
    /// nothing.</summary>
    public static async Task AdvanceAsync(Work work, Network network, ChainTip tip, long? knownHeight, DateTimeOffset now, CancellationToken ct)
    {
        var moved = await work.Connection.ExecuteAsync(new CommandDefinition("""
            insert into chain_tips (network, height, hash, at)
            select @Slug, @Height, @Hash, @now
            -- Looked at first: a conflict locks the row until the work ends, also where nothing is to be changed.
            where not exists (
                select from chain_tips t where t.network = @Slug
                  and (t.hash = @Hash or (t.height > @Height and t.height is distinct from @knownHeight)))
            on conflict (network) do update set height = excluded.height, hash = excluded.hash, at = excluded.at, lower_since = null
            where chain_tips.hash <> excluded.hash and (excluded.height >= chain_tips.height or chain_tips.height = @knownHeight)
            """, new { network.Slug, tip.Height, tip.Hash, now, knownHeight }, cancellationToken: ct));
        if (moved == 0) return;

        await work.Connection.ExecuteAsync(new CommandDefinition("""
            insert into chain_blocks (network, height, hash) values (@Slug, @Height, @Hash)
            on conflict (network, height) do update set hash = excluded.hash;
            delete from chain_blocks where network = @Slug and (height > @Height or height < @Height - @BlocksKept)
            """, new { network.Slug, tip.Height, tip.Hash, BlocksKept }, cancellationToken: ct));
        work.Append(ChainEvent.Category, FactId.Of("chain", network.Slug),
            [NewEvent.Fresh(new ChainEvent.ChainTipAdvanced(network.Slug, tip.Height, tip.Hash, now))]);
    }

    private sealed class KnownTip
    {
        public long Height { get; init; }

        public DateTimeOffset At { get; init; }

        public DateTimeOffset? LowerSince { get; init; }

        public string? BlockThere { get; init; }
    }
}
