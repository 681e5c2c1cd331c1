using ChainSimulator.Serving;
using ChainSimulator.Solana;
using Chains;
using EventSourcing;
using Shouldly;
using Sync.Ledgers;
using Sync.Walks;
using Testing;
using Xunit;

namespace Services.Sync;

/// <summary>Addresses of Solana from the import to their verdicts: walks, ledgers and their log against the simulator's truth.</summary>
public sealed class SyncingSolana(SolanaParts sync) : IClassFixture<SolanaParts>, IAsyncLifetime
{
    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await sync.Begin();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task an_address_with_several_assets_goes_through_the_saga_and_ends_verified()
    {
        var me = SolanaWorlds.Account("through the saga");
        foreach (var world in (string[])["payments and their fees", "tokens came into an account that is closed",
            "a token account that changes hands", "one transaction in several lists"])
            await sync.Mine([.. SolanaWorlds.Told[world](me)]);
        await sync.Mine(Busy(me, 60));
        var wallet = await sync.NewWalletOf(me);

        await using var bus = await SagaBus.Start(sync, fetching: true);
        await bus.Due(wallet);
        await Eventually.Is(async () => await bus.State(wallet) == "Idle", "the wallet is synced");

        var truth = await ShouldBeTrue(me);
        truth.Tokens.Count(token => token.Value != "0").ShouldBe(2);
        (await bus.Told(wallet)).ShouldBe("sync_started,sync_completed");
    }

    [Fact]
    public async Task what_came_since_is_read_and_a_check_that_finds_nothing_costs_little()
    {
        var (wallet, me) = await Synced("since", SolanaWorlds.Told["one transaction in several lists"], Busy(SolanaWorlds.Account("since"), 40));

        // What lies below the safe depth is settled.
        await sync.Mine(new SolanaMine(SolanaWorlds.Mainnet, Blocks: 100));
        await sync.Resync(wallet);
        await sync.Mine(SolanaWorlds.Mine(SolanaWorlds.In(me, SolanaWorlds.Bonk, "77")));
        await sync.Resync(wallet);
        await ShouldBeTrue(me);

        await sync.Script.ResetCountersAsync(ct);
        await sync.Execute("update ledgers set wanted_at = now() where address = $1", me);
        await sync.Sync(wallet, Triggers.Scheduled);
        (await sync.Script.RequestsAsync(ct)).Total.ShouldBe(10);

        // Who asks for a sync has the tokens' balances compared again too.
        await sync.Script.ResetCountersAsync(ct);
        await sync.Resync(wallet);
        (await sync.Script.RequestsAsync(ct)).Total.ShouldBe(12);
        await ShouldBeTrue(me);
    }

    [Fact]
    public async Task a_history_costs_two_questions_a_transaction_and_a_few_for_each_thousand()
    {
        const int Blocks = 300;
        var me = SolanaWorlds.Account("what it costs");
        await sync.Mine([.. SolanaWorlds.Told["one transaction in several lists"](me)]);
        for (var n = 1; n <= Blocks; n++)
            await sync.Mine(SolanaWorlds.Mine(n % 3 == 0 ? SolanaWorlds.In(me, SolanaWorlds.Usdc, $"{n}")
                : SolanaWorlds.Tx(SolanaWorlds.Bank, SolanaWorlds.Pay(SolanaWorlds.Bank, me, $"{n}"))));
        var wallet = await sync.NewWalletOf(me);
        await sync.Script.ResetCountersAsync(ct);
        await sync.Sync(wallet);

        var transactions = (await ShouldBeTrue(me)).Transactions.Count;
        var asked = (await sync.Script.RequestsAsync(ct)).Total;
        TestContext.Current.TestOutputHelper!.WriteLine($"{asked} questions for {transactions} transactions");
        asked.ShouldBeInRange(2L * transactions, (2L * transactions) + 20);
    }

    [Fact]
    public async Task a_sync_that_switches_nodes_in_the_middle_ends_with_exactly_the_truth()
    {
        var me = SolanaWorlds.Account("switched");
        await sync.Mine(SolanaWorlds.Mine(SolanaWorlds.Fund(me)));
        for (var n = 0; n < 25; n++)
            await sync.Mine([.. SolanaWorlds.Life(me, n % 2 == 0 ? SolanaWorlds.Usdc : SolanaWorlds.Bonk, $"{n + 1}"),
                SolanaWorlds.Mine(SolanaWorlds.Fund(me))]);
        await sync.Script.SetFaultAsync(new(FaultKind.Status, Replica: "main", Network: SolanaWorlds.Mainnet, Route: "*getTransaction", Skip: 40),
            ct);

        var wallet = await sync.NewWalletOf(me);
        await sync.Sync(wallet);

        await ShouldBeTrue(me);
        var tellers = new HashSet<string>();
        foreach (var told in await Events(me)) if (told is LedgerEvent.TransactionObserved { Transaction.Provider: var teller }) tellers.Add(teller);
        tellers.ShouldBe(["first", SyncParts.Second], ignoreOrder: true);
        (await sync.Execute("select count(*) > 0 and bool_and(from_height is not null) from past_accounts where address = $1", me)).ShouldBe(true);
    }

    [Fact]
    public async Task what_moves_while_it_is_read_is_read_again_before_anything_is_concluded()
    {
        var me = SolanaWorlds.Account("moving");
        await sync.Mine([.. SolanaWorlds.Told["one transaction in several lists"](me), Busy(me, 30)]);
        var wallet = await sync.NewWalletOf(me);
        var gate = await sync.Script.SetFaultAsync(new(FaultKind.Gate, Network: SolanaWorlds.Mainnet, Route: "*getTransaction", Count: 1), ct);

        var syncing = sync.Sync(wallet);
        await Eventually.Is(async () => (await sync.Script.GatesAsync(ct)).Count == 1, "a page is being read");
        await sync.Mine(SolanaWorlds.Mine(SolanaWorlds.In(me, SolanaWorlds.Usdc, "1000")), SolanaWorlds.Mine(SolanaWorlds.Fund(me)));
        await sync.Script.ClearFaultsAsync(ct, gate);
        await syncing;

        await ShouldBeTrue(me);
        (await Events(me)).OfType<LedgerEvent.BalanceReconciled>().ShouldAllBe(told => told.Verdict == "verified");
    }

    [Fact]
    public async Task what_is_listed_and_not_told_yet_is_waited_for_and_is_no_data()
    {
        var me = SolanaWorlds.Account("not told yet");
        await sync.Mine([.. SolanaWorlds.Told["tokens that come in do not name the wallet"](me)]);
        var wallet = await sync.NewWalletOf(me);
        await sync.Script.SetFaultAsync(new(FaultKind.EmptyPage, Route: "*getTransaction"), ct);

        var waiting = await sync.Sync(wallet, tries: 1);
        waiting.ShouldAllBe(answer => answer.Outcome == SliceOutcome.Deferred && answer.Reason!.Contains("does not tell it yet"));
        waiting.ShouldNotBeEmpty();
        (await sync.Execute("select count(*) from ledger_transactions where ledger_id = $1", await sync.LedgerOf(me))).ShouldBe(0L);

        await sync.Script.ClearFaultsAsync(ct);
        await sync.Sync(wallet);
        await ShouldBeTrue(me);
    }

    [Theory]
    [InlineData("Stake11111111111111111111111111111111111111", "explained", "rewards")]
    [InlineData(null, "mismatch", "balance")]
    public async Task rewards_that_come_by_no_transaction_are_the_difference(string? program, string verdict, string difference)
    {
        var me = SolanaWorlds.Account($"rewarded {program}");
        if (program is not null) await sync.Script.OwnSolanaAsync(new SolanaProgram(SolanaWorlds.Mainnet, me, program), ct);
        await sync.Mine(SolanaWorlds.Mine(SolanaWorlds.Fund(me)), new SolanaMine(SolanaWorlds.Mainnet, Gifts: [new(me, "12345")]));
        var wallet = await sync.NewWalletOf(me);
        await sync.Sync(wallet);

        var told = (await Events(me)).OfType<LedgerEvent.BalanceReconciled>().Last();
        (told.Verdict, told.Reported - told.Derived).ShouldBe((verdict, 12_345));
        told.Differences.ShouldHaveSingleItem().ShouldBe(new(difference, 12_345, 0));
    }

    [Fact]
    public async Task a_lie_about_the_balance_is_a_difference_and_another_node_is_asked()
    {
        var me = SolanaWorlds.Account("lied about");
        await sync.Mine([.. SolanaWorlds.Told["payments and their fees"](me)]);
        await sync.Script.SetFaultAsync(new(FaultKind.Lie, Replica: "main", Network: SolanaWorlds.Mainnet, Route: "*getBalance", Balance: 5), ct);
        await sync.Sync(await sync.NewWalletOf(me));
        await ShouldBeTrue(me);
    }

    [Fact]
    public async Task devnet_is_synced_by_configuration_alone()
    {
        var me = SolanaWorlds.Account("on devnet");
        await sync.Mine([.. SolanaWorlds.Told["tokens came into an account that is closed"](me)
            .Select(mine => mine with { Network = "solana-devnet" })]);
        await sync.Sync(await sync.NewWalletOf(me, "solana-devnet"));
        await ShouldBeTrue(me, "solana-devnet");
    }

    private static SolanaMine Busy(string me, int transactions) =>
        SolanaWorlds.Mine([.. Enumerable.Range(1, transactions)
            .Select(n => n % 2 == 0 ? SolanaWorlds.In(me, SolanaWorlds.Usdc, $"{n}")
                : SolanaWorlds.Tx(SolanaWorlds.Bank, SolanaWorlds.Pay(SolanaWorlds.Bank, me, $"{n}")))]);

    private async Task<(Guid Wallet, string Me)> Synced(string name, Func<string, IReadOnlyList<SolanaMine>> world, SolanaMine more)
    {
        var me = SolanaWorlds.Account(name);
        await sync.Mine([.. world(me), more]);
        var wallet = await sync.NewWalletOf(me);
        await sync.Sync(wallet);
        await ShouldBeTrue(me);
        return (wallet, me);
    }

    private async Task<SolanaTruth> ShouldBeTrue(string me, string network = SolanaWorlds.Mainnet)
    {
        var truth = await sync.Script.SolanaTruthAsync(network, me, ct);
        var ledger = await sync.LedgerOf(me);
        (await sync.VerdictOf(me)).ShouldBe("verified");
        (await sync.Execute("select derived::text from ledgers where ledger_id = $1", ledger)).ShouldBe(truth.Balance);
        (await sync.Execute(
            "select array_agg(txid || ' ' || height || ' ' || block_hash || ' ' || delta order by height desc, txid) from ledger_transactions " +
            "where ledger_id = $1 and not orphaned", ledger) as string[])
            .ShouldBe([.. truth.Transactions.Select(line => $"{line.Txid} {line.Slot} {line.BlockHash} {line.Delta}")], ignoreOrder: true);

        var assets = await sync.Execute(
            "select array_agg(asset || ' ' || derived || ' ' || coalesce(verdict, 'none')) from ledger_assets where ledger_id = $1",
            ledger) as string[] ?? [];
        var moved = truth.Transactions.SelectMany(line => line.Tokens.Keys).Distinct();
        assets.ShouldBe(
            [.. moved.Select(mint => $"{Networks.Shipped.Find(network)!.Caip2}/token:{mint} {truth.Tokens.GetValueOrDefault(mint, "0")} verified")],
            ignoreOrder: true);
        return truth;
    }

    private async Task<IReadOnlyList<object>> Events(string address)
    {
        var events = new List<object>();
        await foreach (var stored in sync.Store.ReadStreamAsync(StreamName.Of(LedgerEvent.Category, await sync.LedgerOf(address)), ct))
            events.Add(stored.Data);
        return events;
    }
}
