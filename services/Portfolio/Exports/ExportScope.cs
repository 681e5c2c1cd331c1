using Npgsql;
using Portfolio.Assets;
using Postgres;
using ServiceDefaults;

namespace Portfolio.Exports;

/// <summary>Which wallets an export is of, with what they and their addresses are called and sorted by; as they were when it began.</summary>
internal sealed record ExportScope(
    IReadOnlyList<Guid> Wallets, IReadOnlyList<string> Networks, IReadOnlyDictionary<Guid, (string Label, string[] Tags)> WalletsById,
    IReadOnlyDictionary<Guid, string[]> TagsOfAddresses)
{
    /// <summary>Why assets count for nothing, of those that do.</summary>
    public IReadOnlyDictionary<string, string> LeftOut { get; init; } = new Dictionary<string, string>();

    /// <summary>The addresses of these wallets, where an export asks whose coins were spent.</summary>
    public IReadOnlySet<(string Network, string Address)> Own { get; init; } = new HashSet<(string, string)>();

    public static async Task<ExportScope> ReadAsync(
        NpgsqlDataSource database, AssetMarks marks, Caller caller, ExportFilter filter, CancellationToken ct)
    {
        var only = filter.Wallet is { } one ? [one] : caller.Wallets?.ToArray();
        var wallets = await database.QueryAsync<(Guid Id, string Label, string[] Tags)>("""
            select wallet_id, label, tags from wallets where owner_id = @owner and (@only::uuid[] is null or wallet_id = any(@only))
            order by wallet_id
            """, new { owner = caller.UserId, only = Sql.Typed(only, NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Uuid) }, ct);
        var ids = wallets.Select(wallet => wallet.Id).ToArray();
        var networks = await database.QueryAsync<string>("""
            select distinct network from addresses where wallet_id = any(@ids) and (@network::text is null or network = @network) order by network
            """, new { ids, network = filter.Transactions.Network }, ct);
        var tagged = await database.QueryAsync<(Guid Id, string[] Tags)>(
            "select address_id, tags from addresses where wallet_id = any(@ids) and tags <> '{}'", new { ids }, ct);
        var held = await database.QueryAsync<(string Network, string Asset)>("""
            select distinct a.network, b.asset
            from addresses a join ledger_trackers t on t.address_id = a.address_id and not t.ended join balances b on b.ledger_id = t.ledger_id
            where a.wallet_id = any(@ids) and (@network::text is null or a.network = @network)
            """, new { ids, network = filter.Transactions.Network }, ct);
        var own = !filter.IsForTaxes ? [] : await database.QueryAsync<(string Network, string Address)>(
            "select network, address from addresses where wallet_id = any(@ids)", new { ids }, ct);
        return new(
            ids, networks, wallets.ToDictionary(wallet => wallet.Id, wallet => (wallet.Label, wallet.Tags)),
            tagged.ToDictionary(address => address.Id, address => address.Tags))
        {
            LeftOut = await marks.ReadAsync(caller.UserId, held, ct), Own = own.ToHashSet(),
        };
    }
}
