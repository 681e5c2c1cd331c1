using Chains;
using Shouldly;
using Sync.Chains;
using Sync.Chains.Evm;
using Xunit;

namespace Unit.Sync;

/// <summary>How what three lists say of an account becomes one fact for each transaction.</summary>
public sealed class MergingLists
{
    private const string Weth = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2";
    private static readonly string Me = GivenAccounts.Me;
    private static readonly string Other = GivenAccounts.Account('b');
    private static readonly string Token = GivenAccounts.Account('c');

    [Fact]
    public void a_value_movements_inside_and_tokens_of_one_transaction_are_one_fact()
    {
        var fact = Merge(
            Sent(Me, Other, 100, fee: 7), Inside(Other, Me, 30), Inside(Other, Me, 30), Moved(Token, Me, Other, 5), Moved(Token, Other, Me, 2),
            Moved(GivenAccounts.Account('d'), Other, Me, 9)).ShouldHaveSingleItem();

        (fact.Delta, fact.Fee).ShouldBe((-47, 7));
        fact.Others.ShouldBe([new AssetChange($"eip155:1/erc20:{Token}", -3), new AssetChange($"eip155:1/erc20:{GivenAccounts.Account('d')}", 9)]);
        fact.From.Select(party => (party.Address, party.Value)).ShouldContain((GivenAccounts.Address.Text, 100));
        fact.To.Count.ShouldBe(6);
        fact.BlockHash.ShouldBe(GivenAccounts.Hash('f'));
    }

    [Fact]
    public void a_failed_transaction_moves_nothing_and_costs_its_sender()
    {
        var fact = Merge(Sent(Me, Other, 100, fee: 7, failed: true), Inside(Other, Me, 30), Moved(Token, Me, Other, 5)).ShouldHaveSingleItem();
        (fact.Delta, fact.Fee, fact.Others!.Count).ShouldBe((-7, 7, 0));
        Merge(Sent(Other, Me, 100, fee: 7, failed: true)).ShouldHaveSingleItem()
            .ShouldSatisfyAllConditions(told => told.Delta.ShouldBe(0), told => told.Fee.ShouldBe(0));
    }

    [Fact]
    public void what_goes_to_oneself_costs_its_fee_only()
    {
        var fact = Merge(Sent(Me, Me, 100, fee: 7), Moved(Token, Me, Me, 5)).ShouldHaveSingleItem();
        (fact.Delta, fact.Others!.Count).ShouldBe((-7, 0));
    }

    [Fact]
    public void a_receipt_knows_the_cost_better_and_a_deposit_mints_even_if_it_fails()
    {
        var costs = new Dictionary<string, EvmCost> { [GivenAccounts.Hash('1')] = new(20, 0) };
        new EvmFacts(Networks.Ethereum, Me, Bad).Merge([Sent(Me, Other, 100, fee: 7)], costs).ShouldHaveSingleItem().Delta.ShouldBe(-120);
        costs[GivenAccounts.Hash('1')] = new(0, 500);
        new EvmFacts(Networks.Ethereum, Me, Bad).Merge([Sent(Me, Other, 100, fee: 0)], costs).ShouldHaveSingleItem().Delta.ShouldBe(400);
        new EvmFacts(Networks.Ethereum, Me, Bad).Merge([Sent(Me, Other, 100, fee: 0, failed: true)], costs)
            .ShouldHaveSingleItem().Delta.ShouldBe(500);
    }

    [Fact]
    public void a_deposit_of_the_native_coin_is_counted_once_however_it_is_told()
    {
        var asset = $"eip155:1/erc20:{Weth}";
        Merge(Sent(Me, Weth, 100, input: "0xd0e30db0")).ShouldHaveSingleItem().Others.ShouldBe([new AssetChange(asset, 100)]);
        Merge(Sent(Me, Weth, 100, input: "0x")).ShouldHaveSingleItem().Others.ShouldBe([new AssetChange(asset, 100)]);
        Merge(Sent(Me, Weth, 100, input: "0xd0e30db0"), Moved(Weth, GivenAccounts.Account('0'), Me, 100))
            .ShouldHaveSingleItem().Others.ShouldBe([new AssetChange(asset, 100)]);
        Merge(Sent(Me, Weth, 0, input: "0x2e1a7d4d" + 40.ToString("x64")), Inside(Weth, Me, 40)).ShouldHaveSingleItem()
            .ShouldSatisfyAllConditions(fact => fact.Delta.ShouldBe(40), fact => fact.Others.ShouldBe([new AssetChange(asset, -40)]));
        Merge(Sent(Me, Weth, 0, input: "0x2e1a7d4d"), Inside(Weth, Me, 40)).ShouldHaveSingleItem().Others.ShouldBe([]);
        Merge(Sent(Other, Weth, 100, input: "0xd0e30db0"), Inside(Weth, Me, 40)).ShouldHaveSingleItem().Others.ShouldBe([]);
    }

    [Fact]
    public void the_making_of_a_contract_told_twice_is_counted_once()
    {
        var made = GivenAccounts.Account('e');
        var sent = Sent(Me, null, 100) with { Created = made };
        Merge(sent, Inside(Me, null, 100) with { Created = made }).ShouldHaveSingleItem().Delta.ShouldBe(-100);
        Merge(sent, Inside(Me, null, 40) with { Created = Other }).ShouldHaveSingleItem().Delta.ShouldBe(-140);
    }

    [Fact]
    public void facts_stand_newest_first_and_inside_a_block_always_in_the_same_order()
    {
        EvmRow[] rows = [Sent(Other, Me, 1, txid: '1'), Sent(Other, Me, 1, txid: '3'), Inside(Other, Me, 1, txid: '2'),
            Sent(Other, Me, 1, txid: '0', height: 6)];
        foreach (var order in (EvmRow[][])[rows, [.. rows.Reverse()]])
            Merge(order).Select(fact => fact.Txid).ShouldBe([GivenAccounts.Hash('0'), GivenAccounts.Hash('3'), GivenAccounts.Hash('2'),
                GivenAccounts.Hash('1')]);
    }

    [Fact]
    public void lists_that_tell_of_two_chains_contradict_each_other()
    {
        foreach (var rows in (EvmRow[][])
        [
            [Sent(Me, Other, 1), Moved(Token, Me, Other, 1) with { BlockHash = GivenAccounts.Hash('e') }],
            [Sent(Me, Other, 1), Moved(Token, Me, Other, 1) with { Height = 6 }],
            [Sent(Me, Other, 1), Sent(Me, Other, 1)],
        ])
            Should.Throw<ProviderException>(() => Merge(rows)).Failure.ShouldBe(ProviderFailure.Contradiction);
    }

    private static IReadOnlyList<ChainTransaction> Merge(params EvmRow[] rows) => new EvmFacts(Networks.Ethereum, Me, Bad).Merge(rows);

    private static ProviderException Bad(string reason) => new(ProviderFailure.Contradiction, "explorer", reason);

    private static EvmRow.Sent Sent(string from, string? to, long value, long fee = 0, bool failed = false, string input = "0x", char txid = '1',
        long height = 5) =>
        new(GivenAccounts.Hash(txid), height, GivenAccounts.Hash('f'), Given.Now, from, to, null, value, fee, failed, input);

    private static EvmRow.Inside Inside(string from, string? to, long value, char txid = '1') =>
        new(GivenAccounts.Hash(txid), 5, null, Given.Now, from, to, null, value, false);

    private static EvmRow.Token Moved(string contract, string from, string to, long value) =>
        new(GivenAccounts.Hash('1'), 5, GivenAccounts.Hash('f'), Given.Now, from, to, contract, value, "T", 18);
}
