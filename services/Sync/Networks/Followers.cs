using Npgsql;
using Postgres;
using Sync.Chains;

namespace Sync.Networks;

/// <summary>How much of what touches an address a follower's blocks tell; the names are stored.</summary>
internal static class Coverage
{
    /// <summary>Tips only.</summary>
    public const string None = "none";

    /// <summary>All but what contracts pay.</summary>
    public const string Part = "part";

    /// <summary>All of it.</summary>
    public const string Whole = "whole";
}

/// <summary>Where a network's follower stands: the last block it is done with.</summary>
internal sealed record FollowerState(
    string Network, long Height, string Hash, long TipHeight, string Coverage, DateTimeOffset AdvancedAt, DateTimeOffset CaughtUpAt,
    DateTimeOffset? LateSince, DateTimeOffset? AskedAt)
{
    public ChainTip Block => new(Height, Hash);
}

/// <summary>The rows of followers and their tails. Written by whoever holds the network's lease, in the transaction that guards it.</summary>
internal static class Followers
{
    private const string Columns = "network, height, hash, tip_height, coverage, advanced_at, caught_up_at, late_since, asked_at";

    public static Task<List<FollowerState>> AllAsync(NpgsqlConnection connection, CancellationToken ct) =>
        connection.QueryAsync<FollowerState>($"select {Columns} from followers", null, ct);

    public static Task<FollowerState?> FindAsync(NpgsqlConnection connection, string network, CancellationToken ct) =>
        connection.QueryFirstOrDefaultAsync<FollowerState>($"select {Columns} from followers where network = @network", new { network }, ct);

    /// <summary>The tail, newest first; it may have holes where blocks were passed over.</summary>
    public static async Task<IReadOnlyList<ChainTip>> TailAsync(NpgsqlConnection connection, string network, CancellationToken ct) =>
        await connection.QueryAsync<ChainTip>(
            "select height, hash from follower_blocks where network = @network order by height desc", new { network }, ct);

    /// <summary>Moves the follower to a block, forwards or back: what the tail knows above it is forgotten.</summary>
    public static Task MoveAsync(
        NpgsqlConnection connection, string network, ChainTip block, long tip, string coverage, int tail, DateTimeOffset now, CancellationToken ct) =>
        connection.ExecuteAsync("""
            insert into followers as f (network, height, hash, tip_height, coverage, advanced_at, caught_up_at)
            values (@network, @Height, @Hash, @tip, @coverage, @now, @now)
            on conflict (network) do update set height = excluded.height, hash = excluded.hash, tip_height = excluded.tip_height,
                coverage = excluded.coverage, advanced_at = excluded.advanced_at,
                caught_up_at = case when excluded.height >= excluded.tip_height then excluded.caught_up_at else f.caught_up_at end,
                late_since = case when excluded.height < excluded.tip_height then f.late_since end;
            insert into follower_blocks (network, height, hash) values (@network, @Height, @Hash)
            on conflict (network, height) do update set hash = excluded.hash;
            delete from follower_blocks where network = @network and (height > @Height or height <= @Height - @tail)
            """, new { network, block.Height, block.Hash, tip, coverage, now, tail }, ct);

    /// <summary>It stands where a provider's chain ends.</summary>
    public static Task CatchUpAsync(NpgsqlConnection connection, string network, long tip, DateTimeOffset now, CancellationToken ct) =>
        connection.ExecuteAsync(
            "update followers set tip_height = @tip, caught_up_at = @now, late_since = null where network = @network", new { network, tip, now }, ct);

    /// <summary>Every address of the network that was checked before is due.</summary>
    public static Task AskAllAsync(NpgsqlConnection connection, string network, DateTimeOffset now, CancellationToken ct) =>
        connection.ExecuteAsync("update followers set asked_at = @now where network = @network", new { network, now }, ct);

    /// <summary>Marks as late; false where it was known.</summary>
    public static async Task<bool> LateAsync(
        NpgsqlConnection connection, string network, DateTimeOffset seenAt, DateTimeOffset now, CancellationToken ct) =>
        await connection.ExecuteAsync("""
            update followers set late_since = @now
            where network = @network and late_since is null and caught_up_at = @seenAt and coverage <> 'none'
            """, new { network, seenAt, now }, ct) > 0;
}
