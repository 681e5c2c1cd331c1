using Chains;
using Npgsql;
using NpgsqlTypes;
using Portfolio.Transactions;
using Postgres;

namespace Portfolio.Assets;

/// <summary>Marks entries of a list that were made to deceive.</summary>
internal sealed class Risks(NpgsqlDataSource database, NetworkCatalogue networks, AssetMarks marks)
{
    // How many of an address's payments before an entry tell whom it pays.
    private const int LookBack = 500;

    // Payments that the address itself made and paid for: what a contract says on somebody else's word is none.
    private const string PaidSql = """
        select n.ledger_id, p.value ->> 0 as address, min(o.height) as since
        from unnest(@ledgers, @tops) n (ledger_id, top)
        cross join lateral (
            select x.txid, x.height from transactions x
            where x.ledger_id = n.ledger_id and sign(x.delta) = -1 and x.height <= n.top and not x.orphaned
            order by x.height desc limit @lookBack) o
        join transaction_details d on d.ledger_id = n.ledger_id and d.txid = o.txid and d.fee > 0
        cross join lateral jsonb_array_elements(d.receivers) p
        where p.value ->> 0 is not null and p.value ->> 1 <> '0'
        group by 1, 2
        """;

    public async Task<IReadOnlyDictionary<TransactionKey, RiskView>> ReadAsync(
        Guid owner, IReadOnlyList<TransactionRow> rows, CancellationToken ct)
    {
        var found = new Dictionary<TransactionKey, RiskView>();
        var marked = await marks.ReadAsync(owner, [.. rows.Select(row => (row.Network, row.Key.Asset)).Distinct()], ct);
        foreach (var row in rows)
        {
            if (marked.TryGetValue(row.Key.Asset, out var reason)) found[row.Key] = new("spam", null, reason);
            else if (IsUnpaidNothing(row))
                found[row.Key] = new("zero-value", null, "Nothing moved, and this address did not pay for it.");
        }

        var suspects = rows.Where(row => !row.Coinbase && (row.Delta.Sign > 0 || IsUnpaidNothing(row))).ToList();
        var paid = await PaidAsync(suspects, ct);
        foreach (var row in suspects)
        {
            if (networks.Find(row.Network) is not { } network || !paid.TryGetValue(row.Key.LedgerId, out var known)) continue;
            var imitation = row.From.Concat(row.Delta.IsZero ? row.To : []).Select(party => party.Address)
                .Where(address => address is not null && address != row.Address).Distinct()
                .Select(address => (Address: address!, Imitates: Poisoning.ImitatedBy(network, address!, row.Key.Height, known)))
                .FirstOrDefault(pair => pair.Imitates is not null);
            if (imitation.Imitates is { } real)
                found[row.Key] = new("address-poisoning", real,
                    $"{imitation.Address} begins and ends like {real}, which this address pays, and is another address.");
        }

        return found;
    }

    private bool IsUnpaidNothing(TransactionRow row) =>
        row.Delta.IsZero && row.Fee.IsZero && networks.Find(row.Network)?.Family is not ChainFamily.Utxo;

    private async Task<IReadOnlyDictionary<Guid, List<Counterparty>>> PaidAsync(IReadOnlyList<TransactionRow> rows, CancellationToken ct)
    {
        var tops = rows.GroupBy(row => row.Key.LedgerId, (ledger, same) => (Ledger: ledger, Top: same.Max(row => row.Key.Height))).ToList();
        if (tops.Count == 0) return new Dictionary<Guid, List<Counterparty>>();
        var paid = await database.QueryAsync<(Guid Ledger, string Address, long Since)>(
            PaidSql, new
            {
                lookBack = LookBack,
                ledgers = Sql.Column(tops, NpgsqlDbType.Uuid, top => top.Ledger), tops = Sql.Column(tops, NpgsqlDbType.Bigint, top => top.Top),
            }, ct);
        return paid.GroupBy(row => row.Ledger).ToDictionary(
            same => same.Key, same => same.Select(row => new Counterparty(row.Address, row.Since)).ToList());
    }
}
