using Chains;
using Shouldly;
using Sync.Reconciliation;
using Xunit;

namespace Services.Sync;

/// <summary>How low balances ever were, against counting all rows from the first, while blocks come, vanish and settle.</summary>
public sealed class BalancesBelowZero(AccountParts sync) : IClassFixture<AccountParts>
{
    private static readonly string[] Assets = ["", "eip155:1/erc20:0xaa", "eip155:1/erc20:0xbb"];

    private readonly CancellationToken ct = TestContext.Current.CancellationToken;
    private readonly Guid ledger = Guid.NewGuid();
    private readonly List<(string Txid, long Height, long[] Deltas)> rows = [];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task what_is_kept_and_what_is_new_come_to_what_all_rows_say(int seed)
    {
        var random = new Random(seed);
        await Begin();
        long? floor = null;
        var (tip, wasBelow) = (0L, 0);
        for (var round = 0; round < 60; round++)
        {
            for (var blocks = random.Next(4); blocks > 0; blocks--) tip = await Add(++tip, random);
            if (floor is { } deep && random.Next(10) == 0)
            {
                await Add(random.NextInt64(1, deep + 1), random);
                await using var connection = await sync.Database.DataSource.OpenConnectionAsync(ct);
                await LowestBalances.DoubtAsync(connection, ledger, ct);
            }

            var gone = rows.Where(row => row.Height > (floor ?? 0) && random.Next(6) == 0).Select(row => row.Txid).ToArray();
            var lowest = await Read(floor, gone);

            rows.RemoveAll(row => gone.Contains(row.Txid));
            await sync.Execute("update ledger_transactions set orphaned = true where ledger_id = $1 and txid = any($2)", ledger, gone);
            for (var asset = 0; asset < Assets.Length; asset++)
                Of(lowest, asset).ShouldBe(Naive(asset), $"{Assets[asset]} in round {round}");
            wasBelow += lowest.Others.Count;
            if (random.Next(3) > 0) floor = Math.Max(floor ?? 0, tip - random.Next(6));
            else if (random.Next(8) == 0) floor = null;
        }

        wasBelow.ShouldBeGreaterThan(10);
    }

    [Fact]
    public async Task an_asset_that_was_below_zero_long_ago_has_no_settled_row_read_again()
    {
        await Begin();
        await Add("a", 1, [5, -3, 0]);
        await Add("b", 2, [5, 9, 7]);
        await Add("c", 3, [5, 1, 7]);
        (await Read(null, [])).Others.ShouldBe(new Dictionary<string, Amount> { [Assets[1]] = -3 });

        // Were it read, it would say another thing.
        await sync.Execute(
            "update ledger_transactions set others = jsonb_build_object($2, '100') where ledger_id = $1 and txid = 'b'", ledger, Assets[1]);
        (await Read(2, [])).Others.ShouldBe(new Dictionary<string, Amount> { [Assets[1]] = -3 });
        (await Read(0, [])).Others.ShouldBe(new Dictionary<string, Amount> { [Assets[1]] = 7 - 1 - 100 });
    }

    private async Task Begin()
    {
        await sync.Execute("""
            insert into ledgers (ledger_id, network, address, opened_at, wanted_at) values ($1, 'bitcoin', $1::text, now(), now())
            """, ledger);
        foreach (var asset in Assets[1..])
            await sync.Execute("insert into ledger_assets (ledger_id, asset, derived, derived_count) values ($1, $2, 0, 0)", ledger, asset);
    }

    private async Task<long> Add(long height, Random random)
    {
        for (var transactions = random.Next(1, 3); transactions > 0; transactions--)
            await Add($"{height}-{Guid.NewGuid():N}", height, [.. Assets.Select(_ => random.NextInt64(-9, 14))]);
        return height;
    }

    private async Task Add(string txid, long height, long[] deltas)
    {
        rows.Add((txid, height, deltas));
        await sync.Execute("""
            insert into ledger_transactions (ledger_id, txid, height, block_hash, delta, seen_round, others)
            values ($1, $2, $3, 'block', $4, 1, jsonb_build_object($5, $6::text, $7, $8::text))
            """, ledger, txid, height, deltas[0], Assets[1], deltas[1], Assets[2], deltas[2]);
    }

    // As a round does: read, take back what is gone, keep what was read.
    private async Task<LowestBalances> Read(long? floor, string[] gone)
    {
        for (var i = 1; i < Assets.Length; i++)
        {
            await sync.Execute(
                "update ledger_assets set derived = $3 where ledger_id = $1 and asset = $2", ledger, Assets[i], rows.Sum(row => row.Deltas[i]));
        }

        await using var connection = await sync.Database.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var lowest = await LowestBalances.ReadAsync(connection, ledger, rows.Sum(row => row.Deltas[0]), floor, gone, ct);
        await lowest.WriteAsync(connection, ledger, ct);
        await transaction.CommitAsync(ct);
        await sync.Execute(
            "update ledgers set below_zero = $2::numeric where ledger_id = $1", ledger, (object?)lowest.Native?.ToString() ?? DBNull.Value);
        return lowest;
    }

    private static Amount? Of(LowestBalances lowest, int asset) =>
        asset == 0 ? lowest.Native : lowest.Others.TryGetValue(Assets[asset], out var balance) ? balance : null;

    private Amount? Naive(int asset)
    {
        Amount balance = 0;
        Amount? lowest = null;
        foreach (var block in rows.GroupBy(row => row.Height).OrderBy(block => block.Key))
        {
            foreach (var row in block) balance += row.Deltas[asset];
            if (balance < (lowest ?? 0)) lowest = balance;
        }

        return lowest;
    }
}
