using Contracts;
using Shouldly;
using Xunit;

namespace Services.Portfolio;

/// <summary>What was told is a record: a rebuild changes none of it, and what a swap brings that was not heard before is told.</summary>
public sealed class RebuildBesideTheFeed
{
    private const string Told = "select coalesce(string_agg(id::text || ' ' || data::text, E'\\n' order by seq_id), '') from mt_events";

    [Theory]
    [InlineData(51)]
    [InlineData(52)]
    public async Task a_swap_in_the_middle_changes_nothing_that_was_told(int seed)
    {
        await using var portfolio = await RebuiltPortfolio.Told(seed);
        await portfolio.Announce();
        portfolio.Sync.Append(new ChainTipAdvanced("bitcoin", 1_032, "h", DateTimeOffset.UnixEpoch));
        await portfolio.Apply();
        await portfolio.Announce();
        var before = await portfolio.Ask<string>(Told);
        var deposits = await Deposits(portfolio);
        deposits.ShouldNotBeEmpty();

        var (code, output) = await portfolio.Rebuild("--verify");
        code.ShouldBe(0, output);
        (code, output) = await portfolio.Rebuild("--swap");
        code.ShouldBe(0, output);
        await portfolio.Apply();
        await portfolio.Announce();

        (await portfolio.Ask<string>(Told)).ShouldBe(before);
        (await Deposits(portfolio)).ShouldBe(deposits);
        (await portfolio.Ask<long>("select (select count(*) from feed_marks) + (select count(*) from feed_goings)")).ShouldBe(0);
    }

    [Fact]
    public async Task what_a_swap_brings_is_told_though_no_inbox_heard_it()
    {
        var (owner, wallet, address, ledger) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        var at = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await using var portfolio = await RebuiltPortfolio.Start();
        portfolio.Wallets.Append([new WalletCreated(wallet, owner, "w", at), new AddressImported(wallet, address, "bitcoin", "a", null, at)]);
        portfolio.Sync.Append([
            new LedgerTracked(ledger, wallet, address, "bitcoin", "a", at), new LedgerWalkCompleted(ledger, "first", 100, "h", at),
            new WalletSyncCompleted(wallet, Guid.CreateVersion7(), 1, 1, at),
        ]);
        await portfolio.Apply();
        await portfolio.Announce();
        var types = "select string_agg(type, ' ' order by seq_id) from mt_events";
        (await portfolio.Ask<string>(types)).ShouldBe("sync_completed");

        portfolio.Sync.Append([
            new TransactionsObserved(ledger, [RandomHistory.Transaction(new Random(1), 101, 5)]), new ChainTipAdvanced("bitcoin", 101, "h", at),
            new WalletSyncCompleted(wallet, Guid.CreateVersion7(), 1, 1, at),
        ]);
        var (code, output) = await portfolio.Rebuild("--swap");
        code.ShouldBe(0, output);
        await portfolio.Announce();

        (await portfolio.Ask<string>(types)).Split(' ')
            .ShouldBe(["sync_completed", "deposit_update", "balance_changed", "sync_completed"], ignoreOrder: true);
    }

    [Fact]
    public async Task what_a_restored_log_does_not_hold_any_more_is_not_taken_back()
    {
        var (owner, wallet, address, ledger) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        var at = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await using var portfolio = await RebuiltPortfolio.Start();
        portfolio.Wallets.Append([new WalletCreated(wallet, owner, "w", at), new AddressImported(wallet, address, "bitcoin", "a", null, at)]);
        var payment = RandomHistory.Transaction(new Random(1), 101, 5);
        portfolio.Sync.Append([
            new LedgerTracked(ledger, wallet, address, "bitcoin", "a", at), new LedgerWalkCompleted(ledger, "first", 100, "h", at),
        ]);
        portfolio.Sync.Append([new TransactionsObserved(ledger, [payment]), new ChainTipAdvanced("bitcoin", 101, "h", at)]);
        await portfolio.Apply();
        await portfolio.Announce();
        portfolio.Sync.SetBack(to: 2);
        var (code, output) = await portfolio.Rebuild("--swap");
        code.ShouldBe(0, output);
        portfolio.Sync.Append([new ChainTipAdvanced("bitcoin", 102, "h", at)]);
        await portfolio.Apply();
        await portfolio.Announce();
        var deposits = "select string_agg(type, ' ' order by seq_id) from mt_events where type not like 'balance%'";
        (await portfolio.Ask<string>(deposits)).ShouldBe("deposit_update");

        portfolio.Sync.Append([new TransactionsObserved(ledger, [payment]), new ChainTipAdvanced("bitcoin", 106, "h", at)]);
        await portfolio.Apply();
        await portfolio.Announce();
        (await portfolio.Ask<string>(deposits)).ShouldBe("deposit_update deposit_completed");
    }

    [Fact]
    public async Task what_waits_is_rebuilt_as_it_is()
    {
        var (wallet, ledger) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var at = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await using var portfolio = await RebuiltPortfolio.Start(batchSize: 7);
        portfolio.Sync.Append([new LedgerTracked(ledger, wallet, Guid.CreateVersion7(), "bitcoin", "a", at),
            new BalanceReported(ledger, RandomHistory.Asset, 0, 40, 0, 100, "h", "test", at),
            new LedgerWalkCompleted(ledger, "first", 100, "h", at)]);
        var (random, chain) = (new Random(6), new ForkingChain([ledger], 100));
        for (var step = 0; step < 120; step++)
        {
            portfolio.Sync.Append(chain.Step(random.Next(7), random.Next(1_000), random.Next(1_000)));
            if (random.Next(5) == 0) await portfolio.Apply();
        }

        await portfolio.Apply();
        (await portfolio.Ask<long>("select count(distinct state) from pending_transactions")).ShouldBe(3);
        var (code, output) = await portfolio.Rebuild("--verify");
        code.ShouldBe(0, output);
        output.ShouldContain("rows compared: equal");
    }

    private static async Task<string> Deposits(RebuiltPortfolio portfolio) =>
        await portfolio.Ask<string>("select coalesce(string_agg(d::text, E'\\n' order by deposit_id), '') from deposits d");
}
