using ChainSimulator.Serving;
using ChainSimulator.Solana;
using Chains;
using Providers;
using Services.Simulator;
using Shouldly;
using Sync.Chains;
using Sync.Chains.Solana;
using Xunit;

namespace Services.Sync;

/// <summary>What a node of Solana tells of an address is the truth, whatever way it is asked, and adds up to what it reports.</summary>
public sealed class ReadingSolana(RunningSimulator simulator) : IClassFixture<RunningSimulator>, IAsyncLifetime
{
    private static readonly Network Network = Networks.Solana;

    private readonly CancellationToken ct = TestContext.Current.CancellationToken;
    private readonly SolanaProvider provider = new(simulator);

    public static TheoryData<string> Told => [.. SolanaWorlds.Told.Keys];

    public async ValueTask InitializeAsync()
    {
        await simulator.Script.ResetAsync(1, ct);
        await simulator.Script.MineSolanaAsync(SolanaWorlds.Beginning(), ct);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [MemberData(nameof(Told))]
    public async Task what_happened_is_told_to_the_unit_in_the_chains_order(string world)
    {
        var me = await Make(world, SolanaWorlds.Told[world]);
        foreach (var (batch, encoding) in ((int, string)[])[(1, SolanaRpc.Raw), (20, SolanaRpc.Parsed)])
        {
            var adapter = provider.Adapter(batch: batch, encoding: encoding);
            var page = await adapter.PageAsync(SolanaProvider.Address(me), null, ct);
            page.Full.ShouldBeFalse();
            await ShouldBeTrue(adapter, me, page.Transactions, isOrdered: true);
        }
    }

    [Theory]
    [MemberData(nameof(Told))]
    public async Task pages_are_the_history_however_small_and_whoever_reads_them(string world)
    {
        var me = await Make(world, SolanaWorlds.Told[world]);
        foreach (var size in (int[])[3, 5])
        {
            var one = provider.Adapter(page: size);
            await ShouldBeTrue(one, me, (await SolanaProvider.Walk(() => one, me)).Facts, isOrdered: !world.Contains("somebody else emptied"));

            // Each page by another process, which knows what was noted and nothing else.
            var past = new SolanaProvider.KeptAccounts();
            await ShouldBeTrue(one, me, (await SolanaProvider.Walk(() => provider.Adapter(past, size), me)).Facts,
                isOrdered: !world.Contains("somebody else emptied"));
        }
    }

    [Fact]
    public async Task each_token_is_told_with_its_decimals_and_no_name()
    {
        var me = await Make("decimals", SolanaWorlds.Told["one transaction in several lists"]);
        foreach (var encoding in (string[])[SolanaRpc.Raw, SolanaRpc.Parsed])
        {
            (await provider.Adapter(encoding: encoding).PageAsync(SolanaProvider.Address(me), null, ct)).Assets!.ShouldBe(
                [new(SolanaRules.AssetOf(Network, SolanaWorlds.Usdc), null, 6), new(SolanaRules.AssetOf(Network, SolanaWorlds.Bonk), null, 6)],
                ignoreOrder: true);
        }
    }

    [Fact]
    public async Task lists_longer_than_is_told_at_once_are_read_on()
    {
        var me = SolanaWorlds.Account("long lists");
        await Mine(SolanaWorlds.Mine(SolanaWorlds.Fund(me),
            SolanaWorlds.Tx(SolanaWorlds.Bank, SolanaWorlds.Open(SolanaWorlds.Of(me, SolanaWorlds.Usdc), SolanaWorlds.Usdc, me))));
        // More in one slot than a list tells at once, and two lists of different lengths.
        await Mine(SolanaWorlds.Mine(SolanaWorlds.In(me, SolanaWorlds.Usdc, "1") with { Times = 1030 }));
        for (var n = 0; n < 3; n++)
            await Mine(SolanaWorlds.Mine(SolanaWorlds.Tx(SolanaWorlds.Bank, SolanaWorlds.Pay(SolanaWorlds.Bank, me, "1")) with { Times = 40 },
                SolanaWorlds.In(me, SolanaWorlds.Usdc, "1") with { Times = 330 }));

        var adapter = provider.Adapter(page: 400, batch: 100);
        var (facts, pages) = await SolanaProvider.Walk(() => adapter, me);

        pages.ShouldBeGreaterThan(4);
        await ShouldBeTrue(adapter, me, facts, isOrdered: true);
    }

    [Fact]
    public async Task a_place_is_found_again_whatever_came_on_top_and_one_that_is_gone_leads_nowhere()
    {
        var me = await Make("places", SolanaWorlds.Told["a token account closed, made again and closed again"]);
        var adapter = provider.Adapter(page: 4);
        var first = await adapter.PageAsync(SolanaProvider.Address(me), null, ct);
        await Mine(SolanaWorlds.Mine(SolanaWorlds.Fund(me) with { Times = 30 }));

        foreach (var each in (SolanaNode[])[adapter, provider.Adapter()])
        {
            var page = await each.PageAsync(SolanaProvider.Address(me), first.PositionAt(first.Transactions.Count - 2), ct);
            page.Transactions[0].Txid.ShouldBe(first.Transactions[^1].Txid);
            page.Newer.ShouldBe(first.Transactions.Count - 1);
        }

        var gone = new Position(first.Transactions[0].Height, new string('4', 87), 3);
        (await Should.ThrowAsync<ProviderException>(() =>
            adapter.PageAsync(SolanaProvider.Address(me), gone, ct))).Failure.ShouldBe(ProviderFailure.Contradiction);
    }

    [Fact]
    public async Task a_check_of_what_did_not_change_asks_each_list_once()
    {
        var me = SolanaWorlds.Account("many accounts");
        var opened = Enumerable.Range(0, 60).Select(n => SolanaWorlds.Open(SolanaWorlds.Of(me, $"{n}"), SolanaWorlds.Usdc, me));
        await Mine(SolanaWorlds.Mine(SolanaWorlds.Fund(me)), SolanaWorlds.Mine([.. opened.Select(open => SolanaWorlds.Tx(SolanaWorlds.Bank, open))]));
        var adapter = provider.Adapter();
        await adapter.PageAsync(SolanaProvider.Address(me), null, ct);

        await simulator.Script.ResetCountersAsync(ct);
        await adapter.PageAsync(SolanaProvider.Address(me), null, ct);
        (await simulator.Script.RequestsAsync(ct)).Total.ShouldBe(63, "an account that stands as it stood may have been paid and emptied meanwhile");

        // And what one of them got is read.
        await Mine(SolanaWorlds.Mine(SolanaWorlds.Tx(SolanaWorlds.Bank,
            SolanaWorlds.Send(SolanaWorlds.Account("somebody else's dollars"), SolanaWorlds.Of(me, "7"), "5"))));
        await simulator.Script.ResetCountersAsync(ct);
        (await adapter.PageAsync(SolanaProvider.Address(me), null, ct)).Transactions[0].Others!.ShouldHaveSingleItem().Delta.ShouldBe(5);
        (await simulator.Script.RequestsAsync(ct)).Total.ShouldBe(65);
    }

    [Fact]
    public async Task what_came_and_went_between_two_looks_is_read_though_the_account_stands_as_it_stood()
    {
        var (me, dollars) = (SolanaWorlds.Account("a till"), SolanaWorlds.Account("somebody else's dollars"));
        var till = SolanaWorlds.Of(me, "till");
        await Mine(SolanaWorlds.Mine(SolanaWorlds.Fund(me)),
            SolanaWorlds.Mine(SolanaWorlds.Tx(SolanaWorlds.Bank, SolanaWorlds.Open(till, SolanaWorlds.Usdc, me))));
        var adapter = provider.Adapter();
        await adapter.PageAsync(SolanaProvider.Address(me), null, ct);

        await Mine(
            SolanaWorlds.Mine(SolanaWorlds.Tx(SolanaWorlds.Bank, SolanaWorlds.Send(dollars, till, "5"))),
            SolanaWorlds.Mine(SolanaWorlds.Tx(SolanaWorlds.Bank, SolanaWorlds.Send(till, dollars, "5"))));

        (await adapter.PageAsync(SolanaProvider.Address(me), null, ct)).Transactions.Take(2).Select(told => told.Others!.Single().Delta.ToString())
            .ShouldBe(["-5", "5"]);
    }

    [Fact]
    public async Task it_stands_while_nothing_of_the_address_moves_though_the_chain_does()
    {
        var me = await Make("stands", SolanaWorlds.Told["tokens that come in do not name the wallet"]);
        var (adapter, address) = (provider.Adapter(), SolanaProvider.Address(me));
        async Task<ChainTip> Read()
        {
            var start = await adapter.TipAsync(ct);
            await adapter.PageAsync(address, null, ct);
            return start;
        }

        var tip = await Read();
        await Mine(SolanaWorlds.Mine(SolanaWorlds.Tx(SolanaWorlds.Bank,
            SolanaWorlds.Pay(SolanaWorlds.Bank, SolanaWorlds.Other, "1"))) with
        { Blocks = 3 });
        (await adapter.StandsAsync(address, tip, ct)).ShouldBeTrue();
        (await provider.Adapter().StandsAsync(address, tip, ct)).ShouldBeFalse("who did not read the page cannot say");

        await Mine(SolanaWorlds.Mine(SolanaWorlds.In(me, SolanaWorlds.Usdc, "1")));
        (await adapter.StandsAsync(address, tip, ct)).ShouldBeFalse("tokens came in");

        tip = await Read();
        await Mine(SolanaWorlds.Mine(SolanaWorlds.Tx(SolanaWorlds.Bank, SolanaWorlds.Name(me))));
        (await adapter.StandsAsync(address, tip, ct)).ShouldBeFalse("it was named");
        (await adapter.StandsAsync(address, await Read(), ct)).ShouldBeTrue();
    }

    [Fact]
    public async Task the_tip_and_the_blocks_below_are_told_and_skipped_slots_have_none()
    {
        var tip = await simulator.Script.MineSolanaAsync(new SolanaMine(SolanaWorlds.Mainnet, Skipped: 2), ct);
        var adapter = provider.Adapter();
        (await adapter.TipAsync(ct)).ShouldBe(new ChainTip(tip.Slot, tip.Hash));
        (await adapter.BlockHashAsync(tip.Slot, ct)).ShouldBe(tip.Hash);
        (await adapter.BlockHashAsync(tip.Slot - 1, ct)).ShouldBeNull();
        (await adapter.BlockHashAsync(tip.Slot + 1, ct)).ShouldBeNull();
        (await adapter.BlocksAsync(tip.Slot, ct)).Select(block => (block.Height, block.Hash)).ShouldBe([(tip.Slot, tip.Hash)]);
        (await adapter.BlocksAsync(tip.Slot - 1, ct)).ShouldBeEmpty();
    }

    [Fact]
    public async Task an_account_never_used_has_an_empty_history()
    {
        var nobody = SolanaProvider.Address(SolanaWorlds.Account("nobody"));
        (await provider.Adapter().SummaryAsync(nobody, ct)).ShouldBe(new AddressSummary(0, 0, null));
        (await provider.Adapter().PageAsync(nobody, null, ct))
            .ShouldSatisfyAllConditions(page => page.Transactions.ShouldBeEmpty(), page => page.Full.ShouldBeFalse());
    }

    [Fact]
    public async Task a_node_of_another_chain_is_refused()
    {
        var refused = await Should.ThrowAsync<ProviderException>(() => provider.Adapter(asked: "solana-devnet").TipAsync(ct));
        (refused.Failure, refused.Message).ShouldBe((ProviderFailure.BadAnswer, $"node: is a provider of another chain than {Network.Caip2}"));
    }

    [Fact]
    public async Task what_is_listed_and_not_told_yet_is_waited_for_and_what_is_not_kept_is_out_of_reach()
    {
        var me = await Make("not yet", SolanaWorlds.Told["payments and their fees"]);
        await simulator.Script.SetFaultAsync(new(FaultKind.EmptyPage, Route: "*getTransaction"), ct);
        await Fails(ProviderFailure.Behind);

        await simulator.Script.SetFaultAsync(new(FaultKind.Omit, Route: "*getFirstAvailableBlock", Every: 1_000_000), ct);
        await Fails(ProviderFailure.OutOfReach);
        await simulator.Script.ClearFaultsAsync(ct);

        // Lists of a node that keeps the newest blocks only end early: the oldest told transaction is not the first.
        await Mine(SolanaWorlds.Mine(SolanaWorlds.Fund(me)));
        var page = await provider.Adapter(page: 3).PageAsync(SolanaProvider.Address(me), null, ct);
        page.Full.ShouldBeTrue();

        async Task Fails(ProviderFailure failure) =>
            (await Should.ThrowAsync<ProviderException>(() => provider.Adapter()
                .PageAsync(SolanaProvider.Address(me), null, ct))).Failure.ShouldBe(failure);
    }

    [Fact]
    public async Task what_is_listed_and_never_told_is_a_gap_after_some_tries_and_everything_around_it_is_read()
    {
        var me = await Make("never told", SolanaWorlds.Told["payments and their fees"]);
        var adapter = provider.Adapter();
        await simulator.Script.SetFaultAsync(new(FaultKind.EmptyPage, Route: "*getTransaction"), ct);
        for (var tries = 0; tries < 2; tries++)
        {
            (await Should.ThrowAsync<ProviderException>(() => adapter.PageAsync(SolanaProvider.Address(me), null, ct))).Failure
                .ShouldBe(ProviderFailure.Behind);
        }

        var page = await adapter.PageAsync(SolanaProvider.Address(me), null, ct);
        var all = (await simulator.Script.SolanaTruthAsync(SolanaWorlds.Mainnet, me, ct)).Transactions.Select(line => line.Txid).ToList();
        page.Gaps.Select(gap => gap.Txid).ShouldBe(all);
        page.Gaps.ShouldAllBe(gap => gap.Reason.Contains("does not tell it yet"));
        page.Transactions.ShouldBeEmpty();

        // What is told again is a gap no longer.
        await simulator.Script.ClearFaultsAsync(ct);
        adapter.Forget(SolanaProvider.Address(me));
        page = await adapter.PageAsync(SolanaProvider.Address(me), null, ct);
        (page.Gaps.Count, page.Transactions.Count).ShouldBe((0, all.Count));
        (await adapter.TransactionAsync(SolanaProvider.Address(me), all[0], page.Transactions[0].Height, ct))!.Delta
            .ShouldBe(page.Transactions[0].Delta);
    }

    [Theory]
    [InlineData(FaultKind.RateLimit, (int)ProviderFailure.RateLimited)]
    [InlineData(FaultKind.Lag, (int)ProviderFailure.Behind)]
    public async Task a_refusal_that_comes_with_status_200_is_one(FaultKind fault, int failure)
    {
        var adapter = provider.Adapter();
        await Mine(new SolanaMine(SolanaWorlds.Mainnet, Blocks: 2));
        await adapter.TipAsync(ct);
        await simulator.Script.SetFaultAsync(new(fault, Route: "*getBalance", By: 1), ct);
        var refused = await Should.ThrowAsync<ProviderException>(() => adapter.SummaryAsync(SolanaProvider.Address(SolanaWorlds.Other), ct));
        refused.Failure.ShouldBe((ProviderFailure)failure);
        await simulator.Script.ClearFaultsAsync(ct);
    }

    private async Task<string> Make(string name, Func<string, IReadOnlyList<SolanaMine>> world)
    {
        var me = SolanaWorlds.Account(name);
        await Mine([.. world(me)]);
        return me;
    }

    private async Task Mine(params SolanaMine[] script)
    {
        foreach (var mine in script) await simulator.Script.MineSolanaAsync(mine, ct);
    }

    // The set, the order, and that it adds up to what is reported, asset by asset.
    private async Task ShouldBeTrue(SolanaNode adapter, string me, IReadOnlyList<ChainTransaction> facts, bool isOrdered)
    {
        var truth = await simulator.Script.SolanaTruthAsync(SolanaWorlds.Mainnet, me, ct);
        facts.Select(SolanaProvider.Shown).ShouldBe(truth.Transactions.Select(line => SolanaProvider.Shown(Network, line)), ignoreOrder: !isOrdered);
        var address = SolanaProvider.Address(me);
        EvmProvider.Sum(facts).ShouldBe((await adapter.SummaryAsync(address, ct)).Confirmed);
        var assets = facts.SelectMany(fact => fact.Others!).Select(change => change.Asset).Distinct().ToList();
        var told = await adapter.BalancesAsync(address, assets, null, ct);
        foreach (var asset in assets)
        {
            told[asset].ToString().ShouldBe(truth.Tokens.GetValueOrDefault(SolanaRules.MintOf(Network, asset)!, "0"));
            EvmProvider.Sum(facts, asset).ShouldBe(told[asset], asset);
        }
    }
}
