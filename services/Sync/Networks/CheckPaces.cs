using Dapper;
using Npgsql;
using NpgsqlTypes;
using Postgres;

namespace Sync.Networks;

/// <summary>
/// How often a network's addresses are checked. What was not touched is known as of <paramref name="Covered"/> as well as of its
/// last check: until then blocks were followed. What was checked before <paramref name="AskedAt"/> is due.
/// </summary>
internal sealed record CheckPace(string Network, TimeSpan Every, DateTimeOffset Covered, DateTimeOffset AskedAt);

/// <summary>
/// The one place that says how often addresses are checked: seldom where blocks tell what touches them, at the usual pace where they
/// do not, or while the follower is late.
/// </summary>
internal sealed class CheckPaces
{
    /// <summary>Joins a ledger <c>l</c> with its pace <c>p</c>: seconds, <c>covered</c> and <c>asked_at</c>; a network that has none is left
    /// out.</summary>
    public const string Join =
        "join unnest(@paced, @every, @covered, @askedAt) as p (network, every, covered, asked_at) on p.network = l.network";

    private static readonly DateTimeOffset Never = DateTimeOffset.UnixEpoch;

    private readonly IReadOnlyList<CheckPace> paces;
    private readonly TimeSpan usual;

    private CheckPaces(IReadOnlyList<CheckPace> paces, TimeSpan usual) => (this.paces, this.usual) = (paces, usual);

    /// <summary>Whether all are the same.</summary>
    public bool AreEven => paces.All(pace => pace.Every == paces[0].Every);

    public string[] Paced => [.. paces.Select(pace => pace.Network)];

    public double[] Every => [.. paces.Select(pace => pace.Every.TotalSeconds)];

    public SqlMapper.ICustomQueryParameter Covered => Sql.Column(paces, NpgsqlDbType.TimestampTz, pace => pace.Covered);

    public SqlMapper.ICustomQueryParameter AskedAt => Sql.Column(paces, NpgsqlDbType.TimestampTz, pace => pace.AskedAt);

    public CheckPace this[string network] => paces.FirstOrDefault(pace => pace.Network == network) ?? new CheckPace(network, usual, Never, Never);

    /// <summary>The paces of these networks now.</summary>
    public static async Task<CheckPaces> ReadAsync(
        NpgsqlConnection connection, IReadOnlyCollection<string> networks, SyncOptions options, CancellationToken ct)
    {
        var followers = options.Follow.Enabled ? (await Followers.AllAsync(connection, ct)).ToDictionary(follower => follower.Network) : [];
        return new([.. networks.Select(network => Of(network, followers.GetValueOrDefault(network), options))], Usual(options));
    }

    /// <summary>The pace of one network now.</summary>
    public static async Task<CheckPace> ReadAsync(NpgsqlDataSource database, string network, SyncOptions options, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return (await ReadAsync(connection, [network], options, ct))[network];
    }

    /// <summary>The pace that a follower makes possible. It is never quicker than the usual one.</summary>
    public static CheckPace Of(string network, FollowerState? follower, SyncOptions options)
    {
        var usual = Usual(options);
        if (follower is null || follower.Coverage == Coverage.None) return new(network, usual, Never, follower?.AskedAt ?? Never);
        if (follower.LateSince is not null) return new(network, usual, follower.CaughtUpAt, follower.AskedAt ?? Never);
        var followed = TimeSpan.FromSeconds(follower.Coverage == Coverage.Whole ? options.FollowedCheckSeconds : options.PartlyFollowedCheckSeconds);
        return new(network, followed > usual ? followed : usual, Never, follower.AskedAt ?? Never);
    }

    private static TimeSpan Usual(SyncOptions options) => TimeSpan.FromSeconds(options.CheckSeconds);
}
