using Chains;
using ChainSimulator.Evm;
using ChainSimulator.Serving;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Sync;

/// <summary>A balance that the transactions do not come to is shown by class: explained where the classes make it up, a mismatch where
/// anything is left.</summary>
public sealed class ExplainingDifferences(EvmParts sync) : IClassFixture<EvmParts>
{
    private const string Dust = $"eip155:1/erc20:{EvmWorlds.Dust}";
    private const string Weth = $"eip155:1/erc20:{EvmWorlds.Weth}";

    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("withdrawals of a stake", "withdrawals", "32018000000000000000")]
    [InlineData("block rewards", "block-rewards", "2000000000000000000")]
    [InlineData("an allocation of the genesis", "genesis", "1000000000000000000")]
    public async Task what_comes_by_no_transaction_is_explained(string world, string name, string value)
    {
        var (wallet, address) = await Track(world);
        await sync.Sync(wallet);
        await ShouldBe(address, null, "explained", (name, value));

        // Nothing more is asked about the difference that is known, and the next one is.
        await sync.Script.ResetCountersAsync(ct);
        await sync.Resync(wallet);
        Asked(await sync.Script.LastRequestsAsync(ct)).ShouldBe(0);

        await sync.Script.MineEvmAsync(new EvmMine(EvmParts.Ethereum, Gifts: [new(address, "5000000000")], Blocks: 200), ct);
        await sync.Resync(wallet);
        await ShouldBe(address, null, "explained", [.. new[] { (Class: name, Value: Amount.Parse(value)), ("withdrawals", 5_000_000_000) }
            .GroupBy(each => each.Item1, (one, all) => (one, all.Aggregate(Amount.Zero, (sum, each) => sum + each.Item2).ToString()))
            .OrderBy(each => each.one, StringComparer.Ordinal)]);

        // What is settled is not told again, and still counts.
        await sync.Script.MineEvmAsync(new EvmMine(EvmParts.Ethereum, Gifts: [new(address, "7000000000")]), ct);
        await sync.Script.ReorganiseEvmAsync(new EvmReorganise(EvmParts.Ethereum, 1), ct);
        await sync.Script.MineEvmAsync(new EvmMine(EvmParts.Ethereum, Gifts: [new(address, "1000000000", EvmGiftKind.Reward)]), ct);
        await sync.Resync(wallet);
        (await sync.LastVerdict(address)).ShouldSatisfyAllConditions(
            told => told.Verdict.ShouldBe("explained"), told => told.Differences.Select(difference => difference.Class).ShouldBeUnique());
    }

    [Fact]
    public async Task what_is_left_over_stays_a_mismatch_beside_the_classes()
    {
        var (wallet, address) = await Track("withdrawals of a stake", "and something");
        await sync.Script.MineEvmAsync(new EvmMine(EvmParts.Ethereum, Rebases: [new("", null, address, "9")]), ct);
        await sync.Sync(wallet);
        await ShouldBe(address, null, "mismatch", ("withdrawals", "32018000000000000000"), ("balance", "9"));
    }

    [Fact]
    public async Task an_explorer_that_is_busy_is_asked_again_and_one_that_knows_no_such_list_is_not()
    {
        var (wallet, address) = await Track("withdrawals of a stake", "busy");
        await sync.Script.SetFaultAsync(new(FaultKind.RateLimit, Route: "*txsBeaconWithdrawal*", Count: 1), ct);
        await Eventually.Is(
            async () =>
            {
                await sync.Sync(wallet);
                return await sync.Execute("select verdict from ledgers where address = $1", address) is string;
            },
            "the explorer is asked again when its patience is over");
        await ShouldBe(address, null, "explained", ("withdrawals", "32018000000000000000"));
    }

    [Theory]
    [InlineData("a token that keeps a part of each transfer", -45)]
    [InlineData("a token that rebases", -387)]
    public async Task a_token_whose_contract_tells_another_balance_than_its_transfers_is_explained_once_all_of_them_are_known(string world,
        long difference)
    {
        var (wallet, address) = await Track(world);
        await sync.Sync(wallet);
        await ShouldBe(address, Dust, "explained", ("token-contract", $"{difference}"));
        (await sync.LastVerdict(address)).Verdict.ShouldBe("verified");
    }

    [Fact]
    public async Task a_wrapped_coin_of_which_a_transfer_was_not_read_is_a_mismatch()
    {
        var (wallet, address) = await Track("a token that rebases", "with one untold");
        await sync.Script.SetFaultAsync(new(FaultKind.EmptyPage, Route: "*tokentx&address*"), ct);
        await sync.Script.MineEvmAsync(EvmWorlds.Mine(EvmWorlds.Sends(address, EvmWorlds.Weth, "1") with
        {
            Input = "0xd0e30db0",
            Moves = [new(EvmWorlds.Weth, null, address, "1", IsLogged: false), new(EvmWorlds.Weth, EvmWorlds.Other, address, "3")]
        }), ct);
        await sync.Sync(wallet);
        await ShouldBe(address, Weth, "mismatch", ("wrapped-native", "3"));
    }

    [Fact]
    public async Task the_wrapped_coin_is_named_as_what_it_is()
    {
        var (wallet, address) = await Track("the native coin wrapped by a contract of one's own");
        await sync.Script.MineEvmAsync(EvmWorlds.Mine(EvmWorlds.Sends(EvmWorlds.Other,
            EvmWorlds.Weth) with
        { Moves = [new(EvmWorlds.Weth, EvmWorlds.Other, address, "3")] }), ct);
        await sync.Sync(wallet);
        await ShouldBe(address, Weth, "mismatch", ("wrapped-native", "50"));
    }

    private static int Asked(IEnumerable<LoggedRequest> requests) =>
        requests.Count(request => request.Path.Contains("txsBeaconWithdrawal", StringComparison.Ordinal)
            || request.Path.Contains("getminedblocks", StringComparison.Ordinal));

    private async Task<(Guid Wallet, string Address)> Track(string world, string more = "")
    {
        var me = EvmProvider.Account($"explained {world} {more}");
        foreach (var mine in EvmWorlds.Untold[world](me)) await sync.Script.MineEvmAsync(mine, ct);
        return await sync.Track(me);
    }

    private async Task ShouldBe(string address, string? asset, string verdict, params (string Class, string Value)[] differences)
    {
        var told = await sync.LastVerdict(address, asset: asset);
        told.Verdict.ShouldBe(verdict);
        told.Differences.Select(difference => (difference.Class, difference.Balance.ToString())).ShouldBe(differences);
        (told.Reported - told.Derived).ShouldBe(told.Differences.Aggregate(Amount.Zero, (sum, difference) => sum + difference.Balance));
    }
}
