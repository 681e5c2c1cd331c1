using ChainSimulator.Evm;
using ChainSimulator.Serving;
using Chains;
using Providers;
using Services.Simulator;
using Shouldly;
using Sync.Chains;
using Sync.Chains.Evm;
using Testing;
using Xunit;

namespace Services.Sync;

/// <summary>What every dialect that tells accounts has to show: the history is the truth, and adds up to the balance or to a named
/// difference.</summary>
public sealed class ReadingAccounts(RunningSimulator simulator) : IClassFixture<RunningSimulator>
{
    private const string Ethereum = EvmWorlds.Ethereum;

    private readonly CancellationToken ct = TestContext.Current.CancellationToken;
    private readonly EvmProvider provider = new(simulator);

    public static IReadOnlyList<string> Dialects => [EvmProvider.Explorer, EvmProvider.WithNode, EvmProvider.Blockscout, EvmProvider.Alchemy];

    // Alchemy names no receiver of what made a contract.
    public static IEnumerable<TheoryDataRow<string, string>> Told =>
        from dialect in Dialects
        from world in EvmWorlds.Told.Keys
        where dialect != EvmProvider.Alchemy || world != "an account that is a contract made by a transaction"
        select new TheoryDataRow<string, string>(dialect, world);

    public static MatrixTheoryData<string, string> Untold =>
        new([EvmProvider.Explorer, EvmProvider.WithNode, EvmProvider.Alchemy], EvmWorlds.Untold.Keys);

    public static MatrixTheoryData<string, string> Costly =>
        new([EvmProvider.WithNode, EvmProvider.Blockscout, EvmProvider.Alchemy], EvmWorlds.Costly.Keys);

    public static TheoryData<string> All => [.. Dialects];

    [Theory]
    [MemberData(nameof(Told))]
    public async Task what_happened_is_told_to_the_unit(string dialect, string world)
    {
        var (me, network) = await Make(world, EvmWorlds.Told[world], dialect);
        var (facts, truth) = await ReadLikeTheTruth(dialect, network, me);

        truth.Untold.ShouldBeEmpty();
        await AddUp(dialect, network, me, facts, Amount.Zero, new Dictionary<string, Amount>());
    }

    [Theory]
    [MemberData(nameof(Costly))]
    public async Task what_only_receipts_tell_is_told_where_there_is_a_node(string dialect, string world)
    {
        var (me, network) = await Make(world, EvmWorlds.Costly[world], dialect);
        var (facts, _) = await ReadLikeTheTruth(dialect, network, me);
        await AddUp(dialect, network, me, facts, Amount.Zero, new Dictionary<string, Amount>());
    }

    [Fact]
    public async Task without_a_node_what_only_receipts_tell_is_the_difference()
    {
        var (me, network) = await Make("blobs", EvmWorlds.Costly["blobs"], "no node");
        var (facts, _) = await EvmProvider.Walk(provider.Adapter(EvmProvider.Explorer, network), me);
        await AddUp(EvmProvider.Explorer, network, me, facts, -new Amount(3L * 131_072 * 987_654_321), new Dictionary<string, Amount>());

        (me, network) = await Make("the room", EvmWorlds.Costly["the room on the chain below"], "no node");
        (facts, _) = await EvmProvider.Walk(provider.Adapter(EvmProvider.Explorer, network), me);
        await AddUp(EvmProvider.Explorer, network, me, facts, -new Amount(116_000_000_031), new Dictionary<string, Amount>());
    }

    [Theory]
    [MemberData(nameof(Untold))]
    public async Task what_comes_by_no_transaction_is_the_difference_and_nothing_else(string dialect, string world)
    {
        var (me, network) = await Make(world, EvmWorlds.Untold[world], dialect);
        var (facts, _) = await EvmProvider.Walk(provider.Adapter(dialect, network), me);
        var truth = await simulator.Script.EvmTruthAsync(network.Slug, me, ct);
        var native = Amount.Parse(truth.Untold.GetValueOrDefault("", "0"));
        // What a token keeps of a transfer, or logs in no way that is known, is in the truth of its transactions.
        var tokens = truth.Untold.Where(asset => asset.Key != "").ToDictionary(asset => asset.Key, asset => Amount.Parse(asset.Value));
        if (world.Contains("keeps")) tokens[EvmWorlds.Dust] = -45;
        if (world.Contains("wrapped")) tokens[EvmWorlds.Weth] = 50;

        (native.IsZero && tokens.Values.All(value => value.IsZero)).ShouldBeFalse();
        facts.Count.ShouldBe(truth.Transactions.Count);
        await AddUp(dialect, network, me, facts, native, tokens);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task pages_of_whole_blocks_are_the_history_however_narrow_the_window(string dialect)
    {
        var me = EvmProvider.Account($"many {dialect}");
        await MineMany(me, 60);
        var (whole, _) = await EvmProvider.Walk(provider.Adapter(dialect, EvmProvider.Ethereum), me);
        foreach (var window in (int[])[3, 7, 40])
        {
            var (facts, pages) = await EvmProvider.Walk(provider.Adapter(dialect, EvmProvider.Ethereum, window), me);
            facts.Select(fact => fact.Txid).ShouldBe(whole.Select(fact => fact.Txid), $"{window}");
            pages.ShouldBeGreaterThan(1);
        }

        await ReadLikeTheTruth(dialect, EvmProvider.Ethereum, me, window: 7);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task a_place_is_found_again_whatever_came_on_top(string dialect)
    {
        var me = EvmProvider.Account($"place {dialect}");
        await MineMany(me, 30);
        var adapter = provider.Adapter(dialect, EvmProvider.Ethereum, 10);
        var first = await adapter.PageAsync(EvmProvider.Address(adapter.Network, me), null, ct);
        var place = first.PositionAt(first.Transactions.Count - 2);
        await MineMany(me, 30);

        foreach (var number in (long[])[place.Newer, 0, 1_000_000])
        {
            var page = await adapter.PageAsync(EvmProvider.Address(adapter.Network, me), place with { Newer = number }, ct);
            page.Transactions[0].Txid.ShouldBe(first.Transactions[^1].Txid);
            page.Newer.ShouldBe(number + 1);
            (!page.Full || page.Transactions.Count > 1).ShouldBeTrue();
        }

        await simulator.Script.ReorganiseEvmAsync(new EvmReorganise(Ethereum, 110), ct);
        (await Should.ThrowAsync<ProviderException>(() =>
            adapter.PageAsync(EvmProvider.Address(adapter.Network, me), place, ct))).Failure.ShouldBe(ProviderFailure.Contradiction);
    }

    [Fact]
    public async Task a_block_larger_than_a_page_is_read_whole_and_one_that_is_never_told_whole_is_refused()
    {
        var me = EvmProvider.Account("large block");
        await simulator.Script.MineEvmAsync(EvmWorlds.Mine(EvmWorlds.Sends(EvmWorlds.Other, me, "1")), ct);
        await simulator.Script.MineEvmAsync(EvmWorlds.Mine(EvmWorlds.Sends(EvmWorlds.Other, me, "1") with
        {
            Times = 2500,
            Moves = [new(EvmWorlds.Usdc, EvmWorlds.Other, me, "2")]
        }), ct);
        var (facts, _) = await EvmProvider.Walk(provider.Adapter(EvmProvider.Explorer, EvmProvider.Ethereum), me);
        (facts.Count, EvmProvider.Sum(facts)).ShouldBe((2501, 2501));

        await simulator.Script.MineEvmAsync(EvmWorlds.Mine(EvmWorlds.Sends(EvmWorlds.Other, me, "1") with { Times = 10_001 }), ct);
        var refused = await Should.ThrowAsync<ProviderException>(() =>
            EvmProvider.Walk(provider.Adapter(EvmProvider.Explorer, EvmProvider.Ethereum), me));
        (refused.Failure, refused.Message).ShouldBe((ProviderFailure.OutOfReach,
            $"etherscan: tells no more than 10000 results of a block, and block " +
            $"{(await simulator.Script.EvmTruthAsync(Ethereum, me, ct)).TipHeight} has more"));
    }

    [Fact]
    public async Task a_block_that_comes_between_two_lists_is_told_by_none()
    {
        var me = EvmProvider.Account("between lists");
        await simulator.Script.MineEvmAsync(EvmWorlds.Mine(EvmWorlds.Sends(EvmWorlds.Other, me, "1")), ct);
        await simulator.Script.SetFaultAsync(new(FaultKind.Gate, Route: "*action=tokentx*"), ct);

        var page = provider.Adapter(EvmProvider.WithNode, EvmProvider.Ethereum).PageAsync(EvmProvider.Address(EvmProvider.Ethereum, me), null, ct);
        await Eventually.Is(async () => (await simulator.Script.GatesAsync(ct)).Count == 1, "the last list is asked for");
        await simulator.Script.MineEvmAsync(EvmWorlds.Mine(EvmWorlds.Sends(EvmWorlds.Other, me,
            "5") with
        { Moves = [new(EvmWorlds.Usdc, EvmWorlds.Other, me, "2")] }), ct);
        await simulator.Script.ClearFaultsAsync(ct);

        (await page).Transactions.ShouldHaveSingleItem().Delta.ShouldBe(1);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task the_tip_and_the_blocks_below_are_told(string dialect)
    {
        var tip = await simulator.Script.MineEvmAsync(new EvmMine(Ethereum, Blocks: 3), ct);
        var adapter = provider.Adapter(dialect, EvmProvider.Ethereum);
        (await adapter.TipAsync(ct)).ShouldBe(new ChainTip(tip.Height, tip.Hash));
        (await adapter.BlockHashAsync(tip.Height, ct)).ShouldBe(tip.Hash);
        (await adapter.BlockHashAsync(tip.Height + 1, ct)).ShouldBeNull();
        (await adapter.BlocksAsync(tip.Height, ct)).Select(block => (block.Height, block.Hash)).ShouldBe([(tip.Height, tip.Hash)]);
        (await adapter.BlocksAsync(tip.Height + 1, ct)).ShouldBeEmpty();

        await simulator.Script.ReorganiseEvmAsync(new EvmReorganise(Ethereum, 2), ct);
        (await adapter.BlockHashAsync(tip.Height, ct)).ShouldNotBe(tip.Hash);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task an_account_never_used_has_an_empty_history(string dialect)
    {
        var adapter = provider.Adapter(dialect, EvmProvider.Ethereum);
        var nobody = EvmProvider.Address(EvmProvider.Ethereum, EvmProvider.Account("nobody"));
        (await adapter.SummaryAsync(nobody, ct)).ShouldBe(new AddressSummary(0, 0, null));
        (await adapter.PageAsync(nobody, null, ct)).ShouldSatisfyAllConditions(page => page.Transactions.ShouldBeEmpty(),
            page => page.Full.ShouldBeFalse());
    }

    [Fact]
    public async Task a_node_of_another_chain_is_refused()
    {
        var refused = await Should.ThrowAsync<ProviderException>(() => provider.Node(EvmProvider.Ethereum, asked: EvmProvider.Optimism)
            .BlockAsync(null, ct));
        (refused.Failure, refused.Message).ShouldBe((ProviderFailure.BadAnswer, "node: is a provider of another chain than eip155:1"));
    }

    [Fact]
    public async Task a_rate_limit_that_comes_with_status_200_is_one()
    {
        var adapter = provider.Adapter(EvmProvider.WithNode, EvmProvider.Ethereum);
        var address = EvmProvider.Address(EvmProvider.Ethereum, EvmProvider.Account("limited"));
        await adapter.TipAsync(ct);
        foreach (var route in (string[])["/evm/api*", "/evm/rpc*"])
        {
            await simulator.Script.SetFaultAsync(new(FaultKind.RateLimit, Route: route), ct);
            var limited = await Should.ThrowAsync<ProviderException>(() => adapter.PageAsync(address, null, ct));
            (limited.Failure, limited.RetryAfter is null).ShouldBe((ProviderFailure.RateLimited, false));
            await simulator.Script.ClearFaultsAsync(ct);
        }
    }

    [Theory]
    [InlineData(EvmProvider.WithNode)]
    [InlineData(EvmProvider.Alchemy)]
    public async Task on_a_fast_chain_one_block_of_so_many_is_the_tip_and_balances_are_of_that_one(string dialect)
    {
        var bsc = Networks.Shipped.Find(EvmWorlds.Bsc)!;
        var (me, adapter, node) = (EvmProvider.Account($"a fast chain by {dialect}"), provider.Adapter(dialect, bsc), provider.Node(bsc));
        var address = EvmProvider.Address(bsc, me);
        var stride = EvmRules.Stride(bsc);
        stride.ShouldBe(64);
        var at = (await simulator.Script.MineEvmAsync(new EvmMine(bsc.Slug, [EvmWorlds.Sends(EvmWorlds.Other, me, "100")]), ct)).Height;
        var tip = await simulator.Script.MineEvmAsync(new EvmMine(bsc.Slug, Blocks: (int)(stride - (at % stride))), ct);
        await simulator.Script.MineEvmAsync(new EvmMine(bsc.Slug, [EvmWorlds.Sends(EvmWorlds.Other, me, "11")], Blocks: stride - 1), ct);

        (await adapter.TipAsync(ct)).ShouldBe(new ChainTip(tip.Height, tip.Hash));
        var told = new ChainTip(tip.Height, tip.Hash);
        (await adapter.SummaryAsync(address, told, ct)).Confirmed.ShouldBe(100);
        (await adapter.NewestAsync(address, told, ct)).Transactions.ShouldHaveSingleItem().Delta.ShouldBe(100);

        var next = await simulator.Script.MineEvmAsync(new EvmMine(bsc.Slug), ct);
        (await adapter.TipAsync(ct)).ShouldBe(new ChainTip(next.Height, next.Hash));
        // Whatever came since: everything is of the tip that is asked for.
        (await adapter.SummaryAsync(address, told, ct)).Confirmed.ShouldBe(100);
        (await adapter.NewestAsync(address, told, ct)).Transactions.Count.ShouldBe(1);
        told = new ChainTip(next.Height, next.Hash);
        (await adapter.SummaryAsync(address, told, ct)).Confirmed.ShouldBe(111);
        (await adapter.NewestAsync(address, told, ct)).Transactions.Count.ShouldBe(2);

        // The state of the tip before is still kept; after as many blocks again it is not.
        (await node.BalanceAsync(me, tip.Height, ct)).ShouldBe(100);
        await simulator.Script.MineEvmAsync(new EvmMine(bsc.Slug, Blocks: stride), ct);
        (await Should.ThrowAsync<ProviderException>(() => node.BalanceAsync(me, tip.Height, ct))).Failure.ShouldBe(ProviderFailure.Behind);
        (await Should.ThrowAsync<ProviderException>(() =>
            node.TokensAsync(me, [EvmWorlds.Usdc], tip.Height, ct))).Failure.ShouldBe(ProviderFailure.Behind);
    }

    [Fact]
    public async Task a_token_that_answers_no_balance_hides_no_other()
    {
        var me = EvmProvider.Account("odd tokens");
        var answers = Enum.GetValues<TokenAnswer>();
        string Contract(TokenAnswer answer) => EvmProvider.Account($"token {answer}");
        foreach (var answer in answers) await simulator.Script.KnowAsync(new EvmToken(Ethereum, Contract(answer), "ODD", 6, answer), ct);
        await simulator.Script.MineEvmAsync(EvmWorlds.Mine(EvmWorlds.Sends(EvmWorlds.Other,
            me) with
        { Moves = [.. answers.Select(answer => new EvmMove(Contract(answer), EvmWorlds.Other, me, "41"))] }), ct);

        var adapter = provider.Adapter(EvmProvider.WithNode, EvmProvider.Ethereum);
        var page = await adapter.PageAsync(EvmProvider.Address(EvmProvider.Ethereum, me), null, ct);
        var told = await adapter.BalancesAsync(EvmProvider.Address(EvmProvider.Ethereum, me),
            [.. page.Assets!.Select(note => note.Asset), "eip155:1/slip44:60", "eip155:10/erc20:" + EvmWorlds.Usdc], null, ct);

        page.Assets!.ShouldAllBe(note => note.Symbol == "ODD" && note.Decimals == 6);
        told.ShouldBe(new Dictionary<string, Amount> { [Asset(Contract(TokenAnswer.Word))] = 41, [Asset(Contract(TokenAnswer.Long))] = 41 },
            ignoreOrder: true);
    }

    [Fact]
    public async Task logs_are_read_from_ranges_that_a_node_refuses_in_halves()
    {
        var me = EvmProvider.Account("logs");
        var from = (await simulator.Script.MineEvmAsync(new EvmMine(Ethereum), ct)).Height;
        for (var i = 1; i <= 5; i++)
        {
            await simulator.Script.MineEvmAsync(EvmWorlds.Mine(EvmWorlds.Sends(EvmWorlds.Other,
                me) with
            { Moves = [new(EvmWorlds.Usdc, EvmWorlds.Other, me, $"{i}"), new(EvmWorlds.Usdc, me, me, "1")] }) with
            { Blocks = 90 }, ct);
        }

        var node = provider.Node(EvmProvider.Ethereum);
        var logs = await node.TransfersAsync(me, from, from + 450, ct);
        logs.Select(log => log.Value).ShouldBe([1, 1, 2, 1, 3, 1, 4, 1, 5, 1]);
        logs.ShouldAllBe(log => log.To == me && log.Contract == EvmWorlds.Usdc);
        (await node.SentAsync(EvmWorlds.Other, ct)).ShouldBeGreaterThanOrEqualTo(5);
    }

    private static string Asset(string contract) => $"eip155:1/erc20:{contract}";

    private async Task<(string Account, Network Network)> Make(string world, Func<string, IReadOnlyList<EvmMine>> script, string dialect)
    {
        var me = EvmProvider.Account($"{world} {dialect}");
        var slug = Ethereum;
        foreach (var mine in script(me))
        {
            slug = mine.Network;
            await simulator.Script.MineEvmAsync(mine, ct);
        }

        return (me, slug == Ethereum ? EvmProvider.Ethereum : EvmProvider.Optimism);
    }

    // Blocks of one to nine rows of all three lists, with empty ones between.
    private async Task MineMany(string me, int blocks)
    {
        for (var i = 0; i < blocks; i++)
        {
            var transactions = Enumerable.Range(0, (i % 4) + 1).Select(n => (n % 3) switch
            {
                0 => EvmWorlds.Sends(EvmWorlds.Other, me, $"{i + 100}"),
                1 => EvmWorlds.Sends(EvmWorlds.Other, EvmWorlds.Router) with
                {
                    Inside = [new(EvmWorlds.Router, me, "9"),
                    new(EvmWorlds.Router, me, "9")]
                },
                _ => EvmWorlds.Sends(me, EvmWorlds.Router, "1") with
                {
                    Moves = [new(EvmWorlds.Usdc, EvmWorlds.Router, me, "3"),
                    new(EvmWorlds.Usdc, EvmWorlds.Router, me, "3")]
                },
            });
            await simulator.Script.MineEvmAsync(EvmWorlds.Mine([.. transactions]) with { Blocks = (i % 3) + 1 }, ct);
        }
    }

    private async Task<(List<ChainTransaction> Facts, EvmTruth Truth)> ReadLikeTheTruth(string dialect, Network network, string me,
        int window = Etherscan.Window)
    {
        var (facts, _) = await EvmProvider.Walk(provider.Adapter(dialect, network, window), me);
        var truth = await simulator.Script.EvmTruthAsync(network.Slug, me, ct);
        // Of what failed Alchemy lists nothing; what somebody else sent in vain changes nothing either.
        if (dialect == EvmProvider.Alchemy)
            truth = truth with { Transactions = [.. truth.Transactions.Where(line => line.Delta != "0" || line.Fee != "0" || line.From.Count > 1)] };
        facts.Select(Shown).ShouldBe(truth.Transactions.Select(line => Shown(network, line)), ignoreOrder: true);
        // A movement inside is told without its block, unless another list tells of the block.
        var blocks = truth.Transactions.ToDictionary(line => line.Txid, line => line.BlockHash);
        facts.Where(fact => fact.BlockHash is not null).ShouldAllBe(fact => fact.BlockHash == blocks[fact.Txid]);
        facts.ShouldAllBe(fact => fact.BlockHash != null || fact.Fee.IsZero);
        facts.Select(fact => fact.Height).ShouldBeInOrder(SortDirection.Descending);
        return (facts, truth);
    }

    private static string Shown(ChainTransaction fact) =>
        $"{fact.Txid} {fact.Height} {fact.BlockTime.ToUnixTimeSeconds()} {fact.Delta} {fact.Fee} " +
        $"{string.Join(' ', fact.Others!.Select(change => $"{change.Asset}={change.Delta}"))}";

    private static string Shown(Network network, EvmTruthLine line) =>
        $"{line.Txid} {line.Height} {line.Time} {line.Delta} {line.Fee} " +
        string.Join(' ', line.Tokens.OrderBy(token => token.Key, StringComparer.Ordinal)
            .Select(token => $"{network.Caip2}/erc20:{token.Key}={token.Value}"));

    private async Task AddUp(string dialect, Network network, string me, List<ChainTransaction> facts, Amount native,
        IReadOnlyDictionary<string, Amount> tokens)
    {
        var adapter = provider.Adapter(dialect, network);
        var address = EvmProvider.Address(network, me);
        (EvmProvider.Sum(facts) + native).ShouldBe((await adapter.SummaryAsync(address, ct)).Confirmed);

        var assets = facts.SelectMany(fact => fact.Others!).Select(change => change.Asset)
            .Concat(tokens.Keys.Select(contract => EvmRules.AssetOf(network, contract))).Distinct().ToList();
        var told = await adapter.BalancesAsync(address, assets, null, ct);
        foreach (var asset in assets)
            (EvmProvider.Sum(facts, asset) + tokens.GetValueOrDefault(EvmRules.ContractOf(network, asset)!)).ShouldBe(told[asset], asset);
    }
}
