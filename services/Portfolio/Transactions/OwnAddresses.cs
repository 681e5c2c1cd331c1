using Npgsql;
using NpgsqlTypes;
using Postgres;
using ServiceDefaults;

namespace Portfolio.Transactions;

/// <summary>What users call those who took part in a transaction, where these are addresses of their own.</summary>
internal sealed class OwnAddresses(NpgsqlDataSource database)
{
    private const string Sql = """
        select distinct on (a.network, a.address) a.network, a.address, coalesce(a.label, w.label)
        from (select distinct * from unnest(@networks, @addresses) u (network, address)) n
        join addresses a on a.address = n.address and a.network = n.network
        join wallets w on w.wallet_id = a.wallet_id and w.owner_id = @owner and (@wallets is null or w.wallet_id = any(@wallets))
        order by a.network, a.address, a.label nulls last, w.label
        """;

    /// <summary>The names of the parties of these transactions: an address's label, else that of its wallet.</summary>
    public async Task<AddressNames> ReadAsync(Caller caller, IEnumerable<TransactionView> transactions, CancellationToken ct)
    {
        var parties = transactions
            .SelectMany(view => view.From!.Concat(view.To!).Select(party => (view.Network, party.Address)))
            .Where(party => party.Address is not null).Distinct().ToList();
        if (parties.Count == 0) return new([]);

        var rows = await database.QueryAsync<(string Network, string Address, string Name)>(Sql, new
        {
            networks = parties.Select(party => party.Network).ToArray(), addresses = parties.Select(party => party.Address).ToArray(),
            owner = caller.UserId, wallets = Postgres.Sql.Typed(caller.Wallets?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid),
        }, ct);
        return new(rows.ToDictionary(row => (row.Network, row.Address), row => row.Name));
    }
}

/// <summary>Addresses by what they are called.</summary>
internal sealed class AddressNames(Dictionary<(string Network, string Address), string> names)
{
    /// <summary>The transaction with the names of those who took part in it.</summary>
    public TransactionView Named(TransactionView view) =>
        names.Count == 0 ? view : view with { From = Named(view.Network, view.From), To = Named(view.Network, view.To) };

    private IReadOnlyList<PartyView>? Named(string network, IReadOnlyList<PartyView>? parties) =>
        parties is null ? null
            : [.. parties.Select(party => party with { Label = party.Address is { } text ? names.GetValueOrDefault((network, text)) : null })];
}
