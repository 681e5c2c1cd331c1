using System.Globalization;
using System.Numerics;
using Chains;
using EventSourcing;
using Npgsql;
using NpgsqlTypes;
using Portfolio.Ledgers;
using static Portfolio.SqlBatch;

namespace Portfolio.Feed;

/// <summary>Tells balances that are other than they were told, of addresses whose history was read.</summary>
internal sealed class BalanceNews(KnownAssets assets)
{
    private static readonly string Different = $"""
        select i.address_id, i.wallet_id, w.owner_id, a.address_id is not null as known, l.ledger_id, l.network, l.address, b.asset,
               b.derived, {PendingSums.Shown}, b.verdict, b.reported, b.verified_height, b.provider,
               coalesce(t.confirmed, 0), coalesce(t.pending, 0), t.verdict, t.last_message
        from unnest($1) k (ledger_id)
        join ledgers l on l.ledger_id = k.ledger_id
        join address_imports i on i.ledger_id = k.ledger_id and i.done
        join ledger_trackers r on r.ledger_id = k.ledger_id and r.address_id = i.address_id and not r.ended
        left join wallets w on w.wallet_id = i.wallet_id
        left join addresses a on a.address_id = i.address_id
        join balances b on b.ledger_id = k.ledger_id
        {PendingSums.Joined}
        left join told_balances t on t.address_id = i.address_id and t.asset = b.asset
        where b.derived <> coalesce(t.confirmed, 0) or {PendingSums.Shown} <> coalesce(t.pending, 0) or b.verdict is distinct from t.verdict
        order by i.address_id, b.asset
        """;

    public async Task TellAsync(Round round, IReadOnlyList<Guid> ledgers, CancellationToken ct)
    {
        if (ledgers.Count == 0) return;
        var rows = await ReadAsync(round, ledgers, ct);
        if (rows.Count == 0) return;

        var names = await assets.NamesAsync(rows.Select(row => (row.Network, (string?)row.Asset)), ct);
        var told = new List<Row>(rows.Count);
        foreach (var row in rows)
        {
            if (row is { OwnerId: { } user, IsKnown: true }) told.Add(Tell(round, user, row, names.Of(row.Network, row.Asset)));
            else round.Miss(new(row.LedgerId, ""));
        }

        await SaveAsync(round, told, ct);
    }

    /// <summary>What an address holds when its history has been read is told to nobody; what changes from there on is.</summary>
    public static async Task BeginAsync(Round round, Guid addressId, Guid ledgerId, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"""
            insert into told_balances (address_id, asset, confirmed, pending)
            select $1, b.asset, b.derived, {PendingSums.Shown} from balances b {PendingSums.Joined} where b.ledger_id = $2
            on conflict do nothing
            """, round.Connection);
        command.Parameters.Add(new() { Value = addressId });
        command.Parameters.Add(new() { Value = ledgerId });
        await command.ExecuteNonQueryAsync(ct);
    }

    private static Row Tell(Round round, Guid user, Row row, Asset asset)
    {
        var last = row.LastMessage;
        if ((row.Confirmed, row.Pending) != (row.ConfirmedBefore, row.PendingBefore))
        {
            // No chain has more of anything; who makes up a token may say so.
            BigInteger[] amounts = [row.Confirmed, row.Pending, row.ConfirmedBefore, row.PendingBefore];
            var isPossible = amounts.All(amount => new Amount(amount).IsPossible);
            if (isPossible) Append("balance_changed", Text(row.Confirmed) + " " + Text(row.Pending), new FeedMessage.BalanceChanged
            {
                WalletId = row.WalletId,
                OccurredAt = round.Now,
                AddressId = row.AddressId,
                Network = row.Network,
                Address = row.Address,
                Asset = row.Asset,
                Confirmed = Money.Of(new(row.Confirmed), asset),
                Pending = Money.Of(new(row.Pending), asset),
                ConfirmedBefore = Money.Of(new(row.ConfirmedBefore), asset),
                PendingBefore = Money.Of(new(row.PendingBefore), asset),
            });
        }

        if (row.Verdict == "mismatch" && row.VerdictBefore != "mismatch" && new Amount(row.Confirmed).IsPossible)
        {
            Append("balance_mismatch", $"{row.Height}", new FeedMessage.BalanceMismatch
            {
                WalletId = row.WalletId,
                OccurredAt = round.Now,
                AddressId = row.AddressId,
                Network = row.Network,
                Address = row.Address,
                Asset = row.Asset,
                Reported = row.Reported is { } reported ? Money.Of(new(reported), asset) : null,
                Derived = Money.Of(new(row.Confirmed), asset),
                Height = row.Height,
                Provider = row.Provider,
            });
        }

        return row with { LastMessage = last };

        void Append(string type, string said, FeedMessage message)
        {
            var id = FactId.Of("feed", type, row.AddressId.ToString(), row.Asset, last?.ToString() ?? "", said);
            round.Tell(user, new NewEvent(id, message));
            last = id;
        }
    }

    private static string Text(BigInteger amount) => amount.ToString(CultureInfo.InvariantCulture);

    private static async Task<List<Row>> ReadAsync(Round round, IReadOnlyList<Guid> ledgers, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(Different, round.Connection);
        command.Parameters.Add(Column(ledgers, NpgsqlDbType.Uuid, ledger => ledger));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<Row>();
        while (await reader.ReadAsync(ct))
        {
            rows.Add(new Row(
                reader.GetGuid(0), reader.GetGuid(1), reader.IsDBNull(2) ? null : reader.GetGuid(2), reader.GetBoolean(3), reader.GetGuid(4),
                reader.GetString(5), reader.GetString(6), reader.GetString(7), reader.GetFieldValue<BigInteger>(8),
                reader.GetFieldValue<BigInteger>(9), Text(10), reader.IsDBNull(11) ? null : reader.GetFieldValue<BigInteger>(11),
                reader.IsDBNull(12) ? null : reader.GetInt64(12), Text(13), reader.GetFieldValue<BigInteger>(14),
                reader.GetFieldValue<BigInteger>(15), Text(16), reader.IsDBNull(17) ? null : reader.GetGuid(17)));
        }

        return rows;

        string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
    }

    private static async Task SaveAsync(Round round, List<Row> rows, CancellationToken ct)
    {
        if (rows.Count == 0) return;
        await using var command = new NpgsqlCommand("""
            insert into told_balances (address_id, asset, confirmed, pending, verdict, last_message) select * from unnest($1, $2, $3, $4, $5, $6)
            on conflict (address_id, asset) do update set
                confirmed = excluded.confirmed, pending = excluded.pending, verdict = excluded.verdict, last_message = excluded.last_message
            """, round.Connection);
        command.Parameters.Add(Column(rows, NpgsqlDbType.Uuid, row => row.AddressId));
        command.Parameters.Add(Column(rows, NpgsqlDbType.Text, row => row.Asset));
        command.Parameters.Add(Column(rows, NpgsqlDbType.Numeric, row => row.Confirmed));
        command.Parameters.Add(Column(rows, NpgsqlDbType.Numeric, row => row.Pending));
        command.Parameters.Add(Column(rows, NpgsqlDbType.Text, row => row.Verdict));
        command.Parameters.Add(Column(rows, NpgsqlDbType.Uuid, row => row.LastMessage));
        await command.ExecuteNonQueryAsync(ct);
    }

    private sealed record Row(
        Guid AddressId, Guid WalletId, Guid? OwnerId, bool IsKnown, Guid LedgerId, string Network, string Address, string Asset,
        BigInteger Confirmed, BigInteger Pending, string? Verdict, BigInteger? Reported, long? Height, string? Provider,
        BigInteger ConfirmedBefore, BigInteger PendingBefore, string? VerdictBefore, Guid? LastMessage);
}
