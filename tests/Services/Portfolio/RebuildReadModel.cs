using Contracts;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Portfolio;

public sealed class RebuildReadModel
{
    private const string Left = "select count(*) from pg_namespace where nspname in ('rebuild', 'replaced')";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task after_any_history_the_rebuilt_rows_are_the_live_ones(int seed)
    {
        var history = new RandomHistory(seed);
        await using var portfolio = await RebuiltPortfolio.Start(batchSize: 7);
        // The live model hears both logs in pieces, one overtaking the other.
        var random = new Random(seed);
        foreach (var (wallets, sync) in RandomHistory.Pieces(history.WalletsLog, random, 9).Zip(RandomHistory.Pieces(history.SyncLog, random, 9)))
        {
            portfolio.Wallets.Append(wallets);
            portfolio.Sync.Append(sync);
            await portfolio.Apply();
        }

        await portfolio.Apply();
        foreach (var closed in history.SyncLog.OfType<LedgerClosed>())
            portfolio.Sync.Purge(contract => contract is TransactionsObserved of && of.LedgerId == closed.LedgerId, closed);
        await portfolio.Apply();

        var (code, output) = await portfolio.Rebuild("--verify");
        code.ShouldBe(0, output);
        output.ShouldContain("rows compared: equal");
        (await portfolio.Ask<long>("select count(*) from transactions")).ShouldBePositive();
        (await portfolio.Ask<long>(Left)).ShouldBe(0);
    }

    [Fact]
    public async Task what_was_taken_back_and_told_otherwise_in_the_same_block_is_rebuilt_as_it_is_live()
    {
        var (owner, wallet, address, ledger) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        var at = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var (wrong, invented) = (RandomHistory.Transaction(new Random(1), 90, 500), RandomHistory.Transaction(new Random(2), 91, 40));
        var right = RandomHistory.Transaction(new Random(1), 90, 470) with { Incarnation = 1 };
        await using var portfolio = await RebuiltPortfolio.Start(batchSize: 3);
        portfolio.Wallets.Append([new WalletCreated(wallet, owner, "w", at), new AddressImported(wallet, address, "bitcoin", "a", null, at)]);
        portfolio.Sync.Append([new LedgerTracked(ledger, wallet, address, "bitcoin", "a", at), new TransactionsObserved(ledger, [wrong, invented])]);
        await portfolio.Apply();
        portfolio.Wallets.Append([new SyncCancelRequested(wallet, at)]);
        portfolio.Sync.Append([
            new TransactionsOrphaned(ledger, [.. new[] { wrong, invented }.Select(each =>
                new OrphanedTransaction(each.Txid, each.BlockHash, each.Height, 0))], at),
            new TransactionsObserved(ledger, [right]),
        ]);
        await portfolio.Apply();

        (await portfolio.Ask<string>("select derived::text || ' ' || derived_count from balances")).ShouldBe("470 1");
        (await portfolio.Ask<bool>("select paused from addresses")).ShouldBeTrue();
        var (code, output) = await portfolio.Rebuild("--verify");
        code.ShouldBe(0, output);
        output.ShouldContain("rows compared: equal");
    }

    [Fact]
    public async Task every_damaged_row_is_found_and_named()
    {
        await using var portfolio = await RebuiltPortfolio.Told(seed: 1);
        var ledger = await portfolio.Ask<Guid>("select ledger_id from transactions order by ledger_id limit 1");
        var txid = await portfolio.Ask<string>($"select txid from transactions where ledger_id = '{ledger}' order by txid limit 1");
        await portfolio.Execute($"update balances set derived = derived + 1 where ledger_id = '{ledger}'");
        await portfolio.Execute($"delete from transaction_details where ledger_id = '{ledger}' and txid = '{txid}'");
        await portfolio.Execute("insert into chain_tips (network, height, hash) values ('nowhere', 7, 'h')");
        await portfolio.Execute("insert into assets (network, asset, symbol, decimals) values ('nowhere', 'a', 'A', 7)");

        var (code, output) = await portfolio.Rebuild("--verify");

        code.ShouldBe(2, output);
        output.ShouldContain($"  balances (ledger_id {ledger}, asset {RandomHistory.Asset}): derived is ");
        output.ShouldContain($"  transaction_details (ledger_id {ledger}, txid {txid}) is missing");
        output.ShouldContain("  chain_tips (network nowhere) should not be there");
        output.ShouldContain("  assets (network nowhere, asset a) should not be there");
        output.ShouldContain("rows compared: different");
        (await portfolio.Ask<long>(Left)).ShouldBe(0);
    }

    [Fact]
    public async Task a_rebuild_while_contracts_are_applied_ends_equal()
    {
        var history = new RandomHistory(seed: 5, users: 5, addresses: 40);
        await using var portfolio = await RebuiltPortfolio.Start();
        portfolio.Wallets.Append(history.WalletsLog);
        using var pieces = RandomHistory.Pieces(history.SyncLog, new Random(5), 4).GetEnumerator();
        for (var i = 0; i < 10 && pieces.MoveNext(); i++) portfolio.Sync.Append(pieces.Current);
        await portfolio.Apply();

        var ends = new TaskCompletionSource();
        var traffic = Task.Run(async () =>
        {
            var pieces = 0;
            while (!ends.Task.IsCompleted)
            {
                if (await MoreAsync()) pieces++;
            }

            return pieces;
        });
        var rebuilds = new List<(int Code, string Told)>();
        do rebuilds.Add(await portfolio.Rebuild("--verify"));
        while (rebuilds.Count < 3);
        ends.SetResult();

        (await traffic).ShouldBePositive();
        rebuilds.ShouldAllBe(rebuild => rebuild.Code == 0, string.Join('\n', rebuilds.Select(rebuild => rebuild.Told)));
        rebuilds.Select(rebuild => rebuild.Told.Split('\n').First(line => line.StartsWith("comparing at", StringComparison.Ordinal)))
            .ShouldBeUnique();

        async Task<bool> MoreAsync()
        {
            var more = pieces.MoveNext();
            // When the history is told, tips go on.
            if (more) portfolio.Sync.Append(pieces.Current);
            else portfolio.Sync.Append(new ChainTipAdvanced("bitcoin", Random.Shared.Next(), "h", DateTimeOffset.UnixEpoch));
            await portfolio.Apply();
            return more;
        }
    }

    [Fact]
    public async Task a_rebuild_killed_in_the_middle_is_gone_on_with_and_ends_equal()
    {
        await using var portfolio = await RebuiltPortfolio.Told(seed: 2);
        using var stop = new CancellationTokenSource();
        var pages = 0;
        portfolio.Sync.Asked = () =>
        {
            if (++pages == 5) stop.Cancel();
        };
        var (code, output) = await portfolio.RebuildUntil("--verify", stop.Token);
        code.ShouldBe(1, output);
        output.ShouldContain("stays in the schema 'rebuild'");
        var reached = await portfolio.Ask<long>("select read_to from rebuild.inbox_checkpoints where source = 'sync'");
        reached.ShouldBePositive();

        portfolio.Sync.Asked = () => { };
        (code, output) = await portfolio.Rebuild("--verify");

        code.ShouldBe(0, output);
        output.ShouldContain("is gone on with");
        output.ShouldContain($"sync: replayed from {reached} to");
    }

    [Fact]
    public async Task what_another_version_left_over_is_begun_anew()
    {
        await using var portfolio = await RebuiltPortfolio.Told(seed: 3);
        await portfolio.Execute("create schema rebuild; create table rebuild.wallets (nonsense int)");

        var (code, output) = await portfolio.Rebuild("--verify");

        code.ShouldBe(0, output);
        output.ShouldContain("begun anew");
    }

    [Fact]
    public async Task a_swap_repairs_the_damage_and_everything_goes_on()
    {
        await using var portfolio = await RebuiltPortfolio.Told(seed: 4);
        // Prepared on pooled connections before the tables are others.
        for (var i = 0; i < 4; i++) await portfolio.Ask<long>("select count(*) from transactions");
        await portfolio.Execute(
            "update transactions set delta = delta + 1; delete from balance_days; update wallets set owner_id = gen_random_uuid()");

        var (code, output) = await portfolio.Rebuild("--swap");

        code.ShouldBe(0, output);
        (await portfolio.Rebuild("--verify")).Code.ShouldBe(0);
        (await portfolio.Ask<long>(Left)).ShouldBe(0);
        var more = new RandomHistory(seed: 40);
        portfolio.Wallets.Append(more.WalletsLog);
        portfolio.Sync.Append(more.SyncLog);
        await portfolio.Apply();
        (portfolio.Blocked("sync"), portfolio.Blocked("wallets")).ShouldBe((null, null));
        (await portfolio.Ask<long>("select count(*) from balance_days")).ShouldBePositive();
        (await portfolio.Rebuild("--verify")).Code.ShouldBe(0);
    }

    [Fact]
    public async Task a_swap_takes_a_live_model_that_is_ahead_of_a_restored_log_back_to_it()
    {
        await using var portfolio = await RebuiltPortfolio.Told(seed: 6);
        portfolio.Sync.SetBack(to: 20);
        await portfolio.Apply();
        portfolio.Blocked("sync").ShouldNotBeNull();
        var (code, output) = await portfolio.Rebuild("--verify");
        (code, output.Contains("--swap makes the live model anew", StringComparison.Ordinal)).ShouldBe((1, true), output);

        (code, output) = await portfolio.Rebuild("--swap");

        code.ShouldBe(0, output);
        portfolio.Sync.Append(new ChainTipAdvanced("bitcoin", 77, "h", DateTimeOffset.UnixEpoch),
            new AssetDescribed("bitcoin", "rune", "RUNE", 8, "p", DateTimeOffset.UnixEpoch));
        await portfolio.Apply();
        portfolio.Blocked("sync").ShouldBeNull();
        (await portfolio.Ask<long>("select height from chain_tips where network = 'bitcoin'")).ShouldBe(77);
        (await portfolio.Rebuild("--verify")).Code.ShouldBe(0);
    }

    [Fact]
    public async Task rows_purged_in_the_source_before_the_live_inbox_heard_of_it_are_no_difference()
    {
        await using var portfolio = await RebuiltPortfolio.Told(seed: 1);
        var ledger = await portfolio.Ask<Guid>("select ledger_id from transactions order by ledger_id limit 1");
        portfolio.Sync.Purge(contract => contract is TransactionsObserved of && of.LedgerId == ledger,
            new LedgerClosed(ledger, DateTimeOffset.UnixEpoch));

        await using var told = new StringWriter();
        var verifying = portfolio.RebuildTelling("--verify", told);
        await Eventually.Is(() => told.ToString().Contains("compared once more", StringComparison.Ordinal), "the purge was taken for a difference");
        await portfolio.Apply();

        (await verifying).ShouldBe(0, told.ToString());
        (await portfolio.Ask<long>($"select count(*) from transactions where ledger_id = '{ledger}'")).ShouldBe(0);
    }

    [Fact]
    public async Task two_rebuilds_at_once_do_not_meddle_with_each_other()
    {
        await using var portfolio = await RebuiltPortfolio.Told(seed: 1);
        (int Code, string Told)? second = null;
        portfolio.Sync.Asked = () =>
        {
            if (second is null) second = portfolio.Rebuild("--verify").GetAwaiter().GetResult();
        };

        (await portfolio.Rebuild("--verify")).Code.ShouldBe(0);

        second.ShouldNotBeNull().Code.ShouldBe(1);
        second.Value.Told.ShouldContain("under way");
    }

    [Fact]
    public async Task what_is_wrong_in_the_arguments_is_refused()
    {
        await using var portfolio = await RebuiltPortfolio.Start();
        var (code, output) = await portfolio.Rebuild("--everything");
        (code, output.Trim()).ShouldBe((1, "Usage: dotnet Portfolio.dll rebuild --verify | --swap"));
    }
}
