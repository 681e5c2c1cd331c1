using Contracts;
using Shouldly;
using Xunit;

namespace Services.Portfolio;

public sealed class ApplyContracts(PortfolioService portfolio) : IClassFixture<PortfolioService>
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task contracts_in_any_sizes_and_orders_of_their_sources_come_to_what_a_naive_replay_does(int seed)
    {
        var history = new RandomHistory(seed);
        var naive = new Naive();
        naive.Apply(history.WalletsLog);
        naive.Apply(history.SyncLog);

        await portfolio.Clear();
        await ApplyInterleaved(history, new Random(seed), most: 40);

        var random = new Random(seed);
        foreach (var (wallet, owner) in naive.Wallets)
        {
            using var client = portfolio.As(owner);
            var lines = await Lists.All(client, $"/api/v1/wallets/{wallet}/transactions", random);
            lines.Select(Lists.Line).ShouldBe(naive.Lines(wallet));

            var balances = await Lists.All(client, $"/api/v1/wallets/{wallet}/balances", random);
            balances.Where(entry => naive.Derived(wallet).ContainsKey((Guid)entry["addressId"]!))
                .ToDictionary(entry => (Guid)entry["addressId"]!, entry => Lists.Amount(entry["derived"])!.Value)
                .ShouldBe(naive.Derived(wallet), ignoreOrder: true);
        }

        foreach (var user in history.Users)
        {
            using var client = portfolio.As(user);
            var totals = (await Lists.Get(client, "/api/v1/portfolio"))["totals"]!.AsArray();
            totals.Sum(total => (decimal)Lists.Amount(total!["derived"])!.Value).ShouldBe((decimal)naive.DerivedOf(user));
        }
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public async Task the_same_rows_come_of_one_contract_at_a_time_of_batches_and_of_each_contract_twice(int seed)
    {
        var history = new RandomHistory(seed);
        await portfolio.Clear();
        foreach (var contract in history.WalletsLog) await portfolio.FromWallets(contract);
        foreach (var contract in history.SyncLog) await portfolio.FromSync(contract);
        var oneByOne = await portfolio.Rows();

        await portfolio.Clear();
        await portfolio.FromSync(history.SyncLog);
        await portfolio.FromWallets(history.WalletsLog);
        (await portfolio.Rows()).ShouldBe(oneByOne);

        await portfolio.Clear();
        foreach (var contract in history.SyncLog)
        {
            await portfolio.FromSync(contract);
            await portfolio.FromSync(contract);
        }

        foreach (var contract in history.WalletsLog) await portfolio.FromWallets(contract, contract);
        (await portfolio.Rows()).ShouldBe(oneByOne);
    }

    [Fact]
    public async Task a_transaction_that_comes_back_counts_once_where_it_is_now()
    {
        var world = await SmallWorld.Create(portfolio);
        var first = RandomHistory.Transaction(new Random(1), 100, 500);
        var second = RandomHistory.Transaction(new Random(2), 101, -200);
        await portfolio.FromSync(new TransactionsObserved(world.Ledger, [second, first]), world.WalkCompleted(101));

        await portfolio.FromSync(new TransactionsOrphaned(world.Ledger, [new(second.Txid, second.BlockHash, 101, 0)], world.At));
        (await world.Lines()).Select(line => (line.Txid, line.Balance)).ShouldBe([(first.Txid, 500)]);

        await portfolio.FromSync(new TransactionsObserved(world.Ledger, [second with { Height = 103, Incarnation = 1, BlockHash = "other" }]));
        (await world.Lines()).Select(line => (line.Txid, line.Balance)).ShouldBe([(second.Txid, 300), (first.Txid, 500)]);
        var entry = (await Lists.Get(world.Client, $"{world.Path}/transactions"))["data"]![0]!;
        ((long)entry["height"]!, (string)entry["blockHash"]!).ShouldBe((103, "other"));
    }

    [Fact]
    public async Task a_transaction_whose_block_nobody_names_is_told_without_a_name()
    {
        var world = await SmallWorld.Create(portfolio);
        var unnamed = RandomHistory.Transaction(new Random(1), 100, 500) with { BlockHash = null };
        await portfolio.FromSync(new TransactionsObserved(world.Ledger, [unnamed]), world.WalkCompleted(101));

        var entry = (await Lists.Get(world.Client, $"{world.Path}/transactions"))["data"]![0]!;
        ((string)entry["txid"]!, entry["blockHash"]).ShouldBe((unnamed.Txid, null));
        await portfolio.FromSync(new TransactionsOrphaned(world.Ledger, [new(unnamed.Txid, null, 100, 0)], world.At));
        (await world.Lines()).ShouldBeEmpty();
    }

    [Fact]
    public async Task an_orphaned_transaction_is_listed_when_asked_for_and_counts_nowhere()
    {
        var world = await SmallWorld.Create(portfolio);
        var kept = RandomHistory.Transaction(new Random(3), 100, 500);
        var gone = RandomHistory.Transaction(new Random(4), 101, 70);
        await portfolio.FromSync(
            new TransactionsObserved(world.Ledger, [gone, kept]), world.WalkCompleted(101),
            new TransactionsOrphaned(world.Ledger, [new(gone.Txid, gone.BlockHash, 101, 0)], world.At));

        var all = (await Lists.Get(world.Client, $"{world.Path}/transactions?include=orphaned"))["data"]!.AsArray();
        all.Select(entry => ((string)entry!["txid"]!, (string)entry["status"]!, Lists.Amount(entry["balance"])))
            .ShouldBe([(gone.Txid, "orphaned", null), (kept.Txid, "confirming", 500)]);
        (await Lists.Get(world.Client, $"{world.Path}/transactions"))["data"]!.AsArray().Count.ShouldBe(1);
    }

    private async Task ApplyInterleaved(RandomHistory history, Random random, int most)
    {
        using var wallets = RandomHistory.Pieces(history.WalletsLog, random, most).GetEnumerator();
        using var sync = RandomHistory.Pieces(history.SyncLog, random, most).GetEnumerator();
        var (moreWallets, moreSync) = (wallets.MoveNext(), sync.MoveNext());
        while (moreWallets || moreSync)
        {
            if (moreWallets && (!moreSync || random.Next(2) == 0))
            {
                await portfolio.FromWallets(wallets.Current);
                moreWallets = wallets.MoveNext();
            }
            else
            {
                await portfolio.FromSync(sync.Current);
                moreSync = sync.MoveNext();
            }
        }
    }
}
