using System.Numerics;
using Npgsql;
using NpgsqlTypes;
using Portfolio.Balances;
using Portfolio.Ledgers;

namespace Portfolio.Valuation;

/// <summary>How much of one asset a wallet's addresses hold; none for a wallet of which nothing is known.</summary>
internal sealed record WalletHolding(Guid WalletId, string Label, string? Asset, BigInteger Amount);

/// <summary>What each wallet of a user holds, as <see cref="BalanceTotals"/> sums it up over all of them.</summary>
internal sealed class WalletHoldings(NpgsqlDataSource database)
{
    private static string Sql(bool past) => $"""
        select w.wallet_id, w.label, b.asset, coalesce(sum({(past ? "past.change" : $"coalesce({BalanceTotals.Confirmed}, b.derived)")}), 0)
        from wallets w
        left join addresses a on a.wallet_id = w.wallet_id
        left join ledger_trackers t on t.address_id = a.address_id and not t.ended
        left join ledgers l on l.ledger_id = t.ledger_id
        left join balances b on b.ledger_id = l.ledger_id
        {(past ? $"left join lateral ({SumsByTime.Until("b.ledger_id", "b.asset", "$3")}) past on true" : "")}
        where w.owner_id = $1 and ($2::uuid[] is null or w.wallet_id = any($2)) and ($3::timestamptz is null or true)
        group by w.wallet_id, w.label, b.asset
        order by w.wallet_id, b.asset
        """;

    public async Task<IReadOnlyList<WalletHolding>> ReadAsync(
        Guid owner, IReadOnlyCollection<Guid>? wallets, DateTimeOffset? at, CancellationToken ct)
    {
        await using var command = database.CreateCommand(Sql(at is not null));
        command.Placed(owner);
        command.Placed(wallets?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid);
        command.Placed(at, NpgsqlDbType.TimestampTz);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var holdings = new List<WalletHolding>();
        while (await reader.ReadAsync(ct))
        {
            holdings.Add(new(
                reader.GetGuid(0), reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2), reader.GetFieldValue<BigInteger>(3)));
        }

        return holdings;
    }
}
