using Chains;
using Providers;
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
    public void what_is_told_twice_is_one_by_its_number_and_two_by_two_numbers()
    {
        Merge(Inside(Other, Me, 30) with { Index = "1" }, Inside(Other, Me, 30) with { Index = "1" }).ShouldHaveSingleItem().Delta.ShouldBe(30);
        Merge(Inside(Other, Me, 30) with { Index = "1" }, Inside(Other, Me, 30) with { Index = "2" }).ShouldHaveSingleItem().Delta.ShouldBe(60);
        Merge(Inside(Other, Me, 30), Inside(Other, Me, 30)).ShouldHaveSingleItem().Delta.ShouldBe(60, "nothing numbers them");
        var moved = Moved(Token, Other, Me, 5);
        Merge(moved with { Index = "7" }, moved with { Index = "7" }, moved with { Index = "8" })
            .ShouldHaveSingleItem().Others.ShouldHaveSingleItem().Delta.ShouldBe(10);
        Merge(Sent(Me, Other, 100, fee: 7), Sent(Me, Other, 100, fee: 7)).ShouldHaveSingleItem().Delta.ShouldBe(-107);
    }

    [Fact]
    public void the_transaction_told_once_more_as_a_movement_inside_is_none()
    {
        Merge(Sent(Me, Other, 100), Inside(Me, Other, 100) with { Index = "0" }).ShouldHaveSingleItem().Delta.ShouldBe(-100);
        Merge(Sent(Me, Other, 100), Inside(Me, Other, 100)).ShouldHaveSingleItem().Delta.ShouldBe(-100);
        Merge(Sent(Other, Me, 100), Inside(Other, Me, 100) with { Index = "0" }).ShouldHaveSingleItem().Delta.ShouldBe(100);
        Merge(Sent(Me, Other, 100), Inside(Other, Me, 100) with { Index = "0" }).ShouldHaveSingleItem().Delta.ShouldBe(0, "it came back");
        Merge(Sent(Me, Other, 100), Inside(Me, Other, 100) with { Index = "trace 0_1" }).ShouldHaveSingleItem().Delta.ShouldBe(-200,
            "an account that lends itself code may be called");
    }

    [Fact]
    public void deposits_and_withdrawals_of_whatever_contract_was_called_count_by_its_logs()
    {
        var wrapping = GivenAccounts.Account('d');
        var asset = $"eip155:1/erc20:{wrapping}";
        var deposit = new EvmLog(wrapping, EvmLogKind.Deposit, wrapping, Me, 100);
        Of(Sent(Me, wrapping, 100), deposit).ShouldBe([new AssetChange(asset, 100)]);
        Of(Sent(Me, wrapping, 0), new EvmLog(wrapping, EvmLogKind.Withdrawal, Me, wrapping, 40)).ShouldBe([new AssetChange(asset, -40)]);
        Of(Sent(Me, wrapping, 100), deposit, new EvmLog(wrapping, EvmLogKind.Transfer, GivenAccounts.Account('0'), Me, 100))
            .ShouldBe([new AssetChange(asset, 100)], "a Transfer tells it too");
        Of(Sent(Me, Other, 100), deposit).ShouldBe([], "another contract was called");
        Of(Sent(Other, wrapping, 100), deposit).ShouldBe([], "somebody else called");
        Of(Sent(Me, wrapping, 0), deposit).ShouldBe([], "nothing came with the call");
        var withdrawal = new EvmLog(wrapping, EvmLogKind.Withdrawal, Me, wrapping, 40);
        Of(Sent(Me, wrapping, 0), withdrawal, new EvmLog(Token, EvmLogKind.Transfer, wrapping, Me, 40))
            .ShouldBe([new AssetChange($"eip155:1/erc20:{Token}", 40)], "a vault pays out another token");
        Of(Sent(Me, Weth, 100, input: "0xd0e30db0"), new EvmLog(Other, null, null, null, 0)).ShouldBe([], "the known contract logged nothing");
        Of(Sent(Me, Weth, 100, input: "0xd0e30db0")).ShouldBe([new AssetChange($"eip155:1/erc20:{Weth}", 100)], "nobody tells what was logged");
    }

    [Fact]
    public void where_a_list_and_the_log_disagree_the_log_wins()
    {
        Of([Sent(Me, Weth, 18), Moved(Weth, Me, GivenAccounts.Account('0'), 18)], new EvmLog(Weth, EvmLogKind.Deposit, Weth, Me, 18))
            .ShouldBe([new AssetChange($"eip155:1/erc20:{Weth}", 18)]);
        Of([Sent(Me, Other, 0), Moved(Token, Me, Other, 5)], new EvmLog(Token, EvmLogKind.Transfer, Other, Me, 5))
            .ShouldBe([new AssetChange($"eip155:1/erc20:{Token}", 5)]);
        Of([Sent(Me, Other, 0), Moved(Token, Me, Other, 5)], new EvmLog(Other, null, null, null, 0)).ShouldBe([], "it logged nothing");
        Of([Sent(Me, Other, 0), Moved(Token, Me, Other, 5)], new EvmLog(Token, null, null, null, 0))
            .ShouldBe([new AssetChange($"eip155:1/erc20:{Token}", -5)], "it logs in a way of its own");
    }

    [Fact]
    public void the_native_coin_under_a_contracts_name_is_the_native_coin()
    {
        var named = Networks.Ethereum with { NativeContracts = [Token] };
        ChainTransaction Fact(params EvmRow[] rows) => new EvmFacts(named, Me, Bad).Merge(rows).ShouldHaveSingleItem();

        foreach (var (rows, delta, why) in new (EvmRow[], long, string)[]
        {
            ([Moved(Token, Other, Me, 5)], 5, "nothing else tells it"),
            ([Moved(Token, Me, Other, 5)], -5, "nothing else tells it"),
            ([Inside(Token, Me, 5), Moved(Token, Other, Me, 5)], 5, "it repeats a movement inside, which names another side"),
            ([Sent(Me, Other, 5, fee: 7), Moved(Token, Me, Other, 5)], -12, "it repeats the value"),
            ([Sent(Me, Other, 5, fee: 7), Moved(Token, Me, Other, 5), Moved(Token, Me, Weth, 9), Moved(Token, Weth, Me, 2)], -12, "and the fee"),
            ([Sent(Me, Token, 0, fee: 7), Moved(Token, Me, Other, 5)], -12, "the contract was called"),
            ([Sent(Me, Token, 0, fee: 7), Moved(Token, Me, Other, 5), Moved(Token, Me, Weth, 9), Moved(Token, Weth, Me, 2)], -12, "with the fee"),
            ([Inside(Other, Me, 3), Moved(Token, Other, Me, 3), Moved(Token, Other, Me, 4)], 7, "one of two is told otherwise"),
            ([Inside(Other, Me, 3), Inside(Other, Me, 4), Moved(Token, Other, Me, 7)], 7, "it is told in parts"),
            ([Moved(Token, Me, Me, 5)], 0, "to oneself"),
        })
        {
            var fact = Fact(rows);
            fact.Delta.ShouldBe(delta, why);
            fact.Others.ShouldBe([], why);
        }
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
            [Sent(Me, Other, 1), Sent(Me, Other, 2)],
        ])
            Should.Throw<ProviderException>(() => Merge(rows)).Failure.ShouldBe(ProviderFailure.Contradiction);
    }

    private static IReadOnlyList<ChainTransaction> Merge(params EvmRow[] rows) => new EvmFacts(Networks.Ethereum, Me, Bad).Merge(rows);

    private static IReadOnlyList<AssetChange>? Of(EvmRow.Sent sent, params EvmLog[] logs) => Of([sent], logs);

    private static IReadOnlyList<AssetChange>? Of(EvmRow[] rows, params EvmLog[] logs) => new EvmFacts(Networks.Ethereum, Me, Bad)
        .Merge(rows, new Dictionary<string, EvmCost> { [GivenAccounts.Hash('1')] = new(null, 0, Logs: logs) }).ShouldHaveSingleItem().Others;

    private static ProviderException Bad(string reason) => new(ProviderFailure.Contradiction, "explorer", reason);

    private static EvmRow.Sent Sent(string from, string? to, long value, long fee = 0, bool failed = false, string input = "0x", char txid = '1',
        long height = 5) =>
        new(GivenAccounts.Hash(txid), height, GivenAccounts.Hash('f'), Given.Now, from, to, null, value, fee, failed, input);

    private static EvmRow.Inside Inside(string from, string? to, long value, char txid = '1') =>
        new(GivenAccounts.Hash(txid), 5, null, Given.Now, from, to, null, value, false);

    private static EvmRow.Token Moved(string contract, string from, string to, long value) =>
        new(GivenAccounts.Hash('1'), 5, GivenAccounts.Hash('f'), Given.Now, from, to, contract, value, "T", 18);
}
