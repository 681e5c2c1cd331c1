using Chains;
using Npgsql;
using NpgsqlTypes;
using Portfolio.Balances;

namespace Portfolio.History;

/// <summary>
/// Until when what wallets' addresses add up to stays as it is, network by network. An address counts from its import on: while its history is
/// being read it may have held anything at any time. Read it before the sums, so that what was settled by then is in them.
/// </summary>
internal sealed class SettledPast
{
    private static readonly string Sql = $"""
        select a.network, bool_or({BalanceStatus.Provisional("'-infinity'::timestamptz")}),
               min(case when l.walk = 'top' then l.walked_at - interval '1 day' end)
        from addresses a
        left join ledger_trackers t on t.address_id = a.address_id and not t.ended
        left join ledgers l on l.ledger_id = t.ledger_id
        where a.wallet_id = any($1) and ($2::uuid[] is null or a.address_id = any($2))
        group by a.network
        """;

    private readonly Dictionary<string, DateTimeOffset> until;

    private SettledPast(Dictionary<string, DateTimeOffset> until) => this.until = until;

    /// <summary>Of all addresses of some wallets, or of some of them.</summary>
    public static async Task<SettledPast> ReadAsync(
        NpgsqlDataSource database, IReadOnlyCollection<Guid> wallets, IReadOnlyList<Guid>? addresses, CancellationToken ct)
    {
        await using var command = database.CreateCommand(Sql);
        command.Placed(wallets.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid);
        command.Placed(addresses?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var until = new Dictionary<string, DateTimeOffset>();
        while (await reader.ReadAsync(ct))
        {
            until[reader.GetString(0)] = reader.GetBoolean(1) ? DateTimeOffset.MinValue
                : reader.IsDBNull(2) ? DateTimeOffset.MaxValue : reader.GetFieldValue<DateTimeOffset>(2);
        }

        return new(until);
    }

    /// <summary>The same where only one asset is asked for: its network's, and those of the addresses that hold it.</summary>
    public SettledPast Of(string? asset, NetworkCatalogue networks, IEnumerable<string> holding)
    {
        if (asset is null) return this;
        var own = holding.Append(networks.Named(asset.Split('/')[0])?.Slug ?? "").ToHashSet();
        return new(until.Where(one => own.Contains(one.Key)).ToDictionary());
    }

    /// <summary>Whether a network's sums before an instant may still change because a history is being read.</summary>
    public bool IsProvisional(string network, DateTimeOffset before) => until.TryGetValue(network, out var settled) && before > settled;

    /// <summary>Whether any network's may.</summary>
    public bool IsProvisional(DateTimeOffset before) => until.Values.Any(settled => before > settled);

    /// <summary>Whether any network's sums up to the end of a day by UTC may.</summary>
    public bool IsProvisional(DateOnly until) => IsProvisional(new DateTimeOffset(until.AddDays(1), TimeOnly.MinValue, TimeSpan.Zero));
}
