using Chains;
using Dapper;
using EventSourcing;
using Npgsql;
using Sync.Chains;
using Sync.Ledgers;

namespace Sync.Walks;

/// <summary>The tips that were seen. They tell a provider that lags behind from a chain that was reorganised.</summary>
internal static class ChainTips
{
    private const int BlocksKept = 500;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>Refuses a tip below the one known, unless the chain there is another one, or the provider keeps saying so.</summary>
    /// <exception cref="ProviderException">The provider lags.</exception>
    public static async Task RefuseLaggingAsync(NpgsqlConnection connection, IChainAdapter adapter, ChainTip tip, DateTimeOffset now, CancellationToken ct)
    {
        var known = await connection.QuerySingleOrDefaultAsync<KnownTip>(new CommandDefinition("""
            select t.height, t.at, b.hash as block_there from chain_tips t
            left join chain_blocks b on b.network = t.network and b.height = @Height
            where t.network = @Slug
            """, new { adapter.Network.Slug, tip.Height }, cancellationToken: ct));
        if (known is null || tip.Height >= known.Height) return;

        var reorganised = known.BlockThere is { } block && block != tip.Hash;
        if (!reorganised && now - known.At < Patience)
            throw new ProviderException(ProviderFailure.Unavailable, adapter.Provider, $"lags: its tip {tip.Height} is below {known.Height}, which was seen before");
    }

    /// <summary>Notes a tip in the caller's work, and tells it where it is another than before.</summary>
    public static async Task AdvanceAsync(Work work, Network network, ChainTip tip, DateTimeOffset now, CancellationToken ct)
    {
        var moved = await work.Connection.ExecuteAsync(new CommandDefinition("""
            insert into chain_tips (network, height, hash, at) values (@Slug, @Height, @Hash, @now)
            on conflict (network) do update set height = excluded.height, hash = excluded.hash, at = excluded.at
            where chain_tips.hash <> excluded.hash
            """, new { network.Slug, tip.Height, tip.Hash, now }, cancellationToken: ct));
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

        public string? BlockThere { get; init; }
    }
}
