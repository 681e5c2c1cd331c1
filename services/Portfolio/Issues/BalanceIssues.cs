using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Chains;
using Contracts;
using Npgsql;
using NpgsqlTypes;
using Portfolio.Balances;
using Postgres;
using ServiceDefaults;

namespace Portfolio.Issues;

/// <summary>What is wrong with balances, as the read model has it; an address in several wallets is there once.</summary>
internal sealed class BalanceIssues(NpgsqlDataSource database, KnownAssets assets)
{
    private const string Tracked = """
        from wallets w
        join addresses a on a.wallet_id = w.wallet_id
        join ledger_trackers t on t.address_id = a.address_id and not t.ended
        join ledgers l on l.ledger_id = t.ledger_id
        """;

    private const string Own = "w.owner_id = @owner and (@wallets is null or w.wallet_id = any(@wallets))";

    private const string Mismatch = $"b.verdict = 'mismatch' and ({BalanceStatus.Sql}) = 'mismatch'";

    private const string Gap = """b.differences @> '[{"Class":"gap"}]'""";

    private static string Sql(string wanted) => $"""
        select x.*, count(*) over () as all_of_them from (
            select distinct on (a.network, a.address, b.asset)
                   w.wallet_id, w.label as wallet, a.address_id, a.network, a.address, a.label, b.asset, b.reported::text as reported,
                   b.derived::text as derived, b.verified_at, b.differences::text as differences
            {Tracked}
            join balances b on b.ledger_id = l.ledger_id
            where {Own} and {wanted}
            order by a.network, a.address, b.asset, w.wallet_id) x
        order by x.wallet, x.wallet_id, x.network, x.address, x.asset limit @most
        """;

    private const string StaleSql = $"""
        select x.*, count(*) over () as all_of_them from (
            select w.wallet_id, w.label as wallet, a.network, count(*) as addresses, min(l.stale_since) as since
            {Tracked}
            where {Own} and l.stale_since is not null
            group by w.wallet_id, w.label, a.network) x
        order by x.since, x.wallet_id, x.network limit @most
        """;

    /// <summary>Balances of which a provider says something else than the transactions come to.</summary>
    public async Task<IssuesOfKind> MismatchesAsync(Caller caller, int most, CancellationToken ct)
    {
        var rows = await database.QueryAsync<Row>(Sql(Mismatch), Args(caller, most), ct);
        var names = await assets.NamesAsync(rows.Select(row => (row.Network, (string?)row.Asset)), ct);
        return new(IssueKind.Mismatch, rows.FirstOrDefault()?.AllOfThem ?? 0, [.. rows.Select(row =>
        {
            var asset = names.Of(row.Network, row.Asset);
            return row.View with
            {
                Asset = row.Asset, Symbol = asset.Symbol, Reported = MoneyOf(row.Reported, asset), Derived = MoneyOf(row.Derived, asset),
                Since = row.VerifiedAt,
            };
        })]);
    }

    /// <summary>Addresses with transactions that are listed and that nobody tells whole.</summary>
    public async Task<IssuesOfKind> GapsAsync(Caller caller, int most, CancellationToken ct)
    {
        var rows = await database.QueryAsync<Row>(Sql(Gap), Args(caller, most), ct);
        return new(IssueKind.Gap, rows.FirstOrDefault()?.AllOfThem ?? 0, [.. rows.Select(row =>
        {
            var gaps = JsonSerializer.Deserialize<List<BalanceDifference>>(row.Differences!)!.Where(each => each.Class == "gap").ToList();
            return row.View with
            {
                Of = gaps.Sum(each => each.Transactions), Reason = gaps.Select(each => each.Reason).FirstOrDefault(), Since = row.VerifiedAt,
            };
        })]);
    }

    /// <summary>Wallets with addresses that no provider answers for.</summary>
    public async Task<IssuesOfKind> StaleAsync(Caller caller, int most, CancellationToken ct)
    {
        var rows = await database.QueryAsync<(Guid WalletId, string Wallet, string Network, long Addresses, DateTimeOffset Since, long AllOfThem)>(
            StaleSql, Args(caller, most), ct);
        return new(IssueKind.Stale, rows.Select(row => row.AllOfThem).FirstOrDefault(), [.. rows.Select(row => new IssueView
        {
            WalletId = row.WalletId, Wallet = row.Wallet, Network = row.Network, Of = row.Addresses, Since = row.Since,
        })]);
    }

    private static object Args(Caller caller, int most) => new
    {
        owner = caller.UserId, wallets = Postgres.Sql.Typed(caller.Wallets?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid), most = (long)most,
    };

    private static Money? MoneyOf(string? amount, Asset asset) =>
        amount is null ? null : Money.Of(new(BigInteger.Parse(amount, CultureInfo.InvariantCulture)), asset);

    private sealed class Row
    {
        public Guid WalletId { get; init; }

        public string Wallet { get; init; } = "";

        public Guid AddressId { get; init; }

        public string Network { get; init; } = "";

        public string Address { get; init; } = "";

        public string? Label { get; init; }

        public string Asset { get; init; } = "";

        public string? Reported { get; init; }

        public string? Derived { get; init; }

        public DateTimeOffset? VerifiedAt { get; init; }

        public string? Differences { get; init; }

        public long AllOfThem { get; init; }

        public IssueView View => new()
        {
            WalletId = WalletId, Wallet = Wallet, AddressId = AddressId, Network = Network, Address = Address, Label = Label,
        };
    }
}
