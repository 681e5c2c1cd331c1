using ChainSimulator.Evm;
using ChainSimulator.Serving;
using Shouldly;
using Sync.Chains.Evm;
using Sync.Ledgers;
using Xunit;

namespace Services.Sync;

/// <summary>Alchemy first, then an explorer of Etherscan's dialect.</summary>
public sealed class AlchemyFirst : EvmParts
{
    protected override IReadOnlyList<(string Name, string Kind, string? Replica)> Explorers =>
        [("alchemy", "alchemy", "alchemy"), ("etherscan", "etherscan", "etherscan")];

    protected override string TimeoutSeconds => "5";
}

/// <summary>Two providers of different dialects tell one account's history between them.</summary>
public sealed class FailingOverOnAccounts(AlchemyFirst sync) : IClassFixture<AlchemyFirst>
{
    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(5)]
    [InlineData(18)]
    public async Task where_alchemy_fails_in_the_middle_etherscan_goes_on_and_the_end_is_the_truth(int after)
    {
        var me = await History($"alchemy fails after {after}", 6);
        var (wallet, address) = await Track(me);
        await sync.Script.SetFaultAsync(new(FaultKind.Status, Status: 500, Replica: "alchemy", Skip: after), ct);
        await sync.Sync(wallet);

        await ShouldBeTrue(me, address);
        (await Providers(address)).ShouldContain("etherscan");

        // Back again, it tells the same, to the last part.
        await sync.Forget();
        await sync.Script.MineEvmAsync(EvmWorlds.Mine(EvmWorlds.Sends(me, EvmWorlds.Other, "5"),
            EvmWorlds.Sends(me, EvmWorlds.Other, "5") with { Failed = true }), ct);
        await sync.Resync(wallet);
        await ShouldBeTrue(me, address);
        (await Providers(address)).ShouldContain("alchemy");
    }

    [Fact]
    public async Task where_etherscan_fails_in_the_middle_alchemy_goes_on_and_the_end_is_the_truth()
    {
        var me = await History("etherscan fails", 6, large: Etherscan.Window + 50);
        var (wallet, address) = await Track(me);
        // Alchemy is away when the walk begins, and back when the explorer has told its first page.
        await sync.Script.SetFaultAsync(new(FaultKind.Status, Status: 500, Replica: "alchemy", Count: 3), ct);
        await sync.Script.SetFaultAsync(new(FaultKind.Status, Status: 500, Replica: "etherscan", Route: "/evm/api*", Skip: 3), ct);
        await sync.Sync(wallet);

        await ShouldBeTrue(me, address);
        (await Providers(address)).ShouldBe(["alchemy", "etherscan"], ignoreOrder: true);
    }

    [Fact]
    public async Task a_validators_balance_is_explained_by_the_other_where_one_tells_nothing_of_it()
    {
        var me = await History("a validator", 2);
        await sync.Script.MineEvmAsync(new EvmMine(EvmParts.Ethereum, Gifts: [new(me, "32000000000000000000")]), ct);
        var (wallet, address) = await Track(me);
        await sync.Sync(wallet);
        var told = await sync.LastVerdict(address);
        (told.Verdict, told.Provider, told.Differences.Single().Class).ShouldBe(("explained", "etherscan", "withdrawals"));

        // And what was told is known, whoever is asked next.
        await sync.Resync(wallet);
        told = await sync.LastVerdict(address);
        (told.Verdict, told.Provider).ShouldBe(("explained", "alchemy"));
    }

    [Theory]
    [InlineData("a token that keeps a part of each transfer", -45)]
    [InlineData("a token that rebases", -387)]
    public async Task a_token_whose_contract_tells_another_balance_is_explained_by_alchemys_list_of_it(string world, long difference)
    {
        var me = EvmProvider.Account($"alchemy explains {world}");
        foreach (var mine in EvmWorlds.Untold[world](me)) await sync.Script.MineEvmAsync(mine, ct);
        var (wallet, address) = await Track(me);
        await sync.Sync(wallet);

        var told = await sync.LastVerdict(address, asset: $"eip155:1/erc20:{EvmWorlds.Dust}");
        (told.Verdict, told.Provider, told.Differences.Single().Class, told.Differences.Single().Balance)
            .ShouldBe(("explained", "alchemy", "token-contract", difference));
    }

    // Blocks of everything, some of it failed, spread over many pages.
    private async Task<string> History(string name, int rounds, int large = 0)
    {
        var me = EvmProvider.Account(name);
        await sync.Script.MineEvmAsync(EvmWorlds.Mine(EvmWorlds.Sends(EvmWorlds.Other, me, "10000000000000000000")), ct);
        for (var n = 0; n < rounds; n++)
        {
            await sync.Script.MineEvmAsync(EvmWorlds.Mine(EvmWorlds.Sends(me, EvmWorlds.Router, "3") with { Failed = true }) with { Blocks = 40 },
                ct);
            await sync.Script.MineEvmAsync(EvmWorlds.Mine(
                EvmWorlds.Sends(me, EvmWorlds.Router, "1000", gas: 180_000) with
                {
                    Type = 3,
                    BlobGas = 131_072,
                    BlobGasPrice = "7",
                    Inside = [new(EvmWorlds.Router, me, "100"), new(EvmWorlds.Router, me, "100")],
                    Moves = [new(EvmWorlds.Usdc, EvmWorlds.Router, me, "2500")],
                    Times = 12,
                },
                EvmWorlds.Sends(me, EvmWorlds.Weth, "10") with
                {
                    Input = "0xd0e30db0",
                    Moves = [new(EvmWorlds.Weth, null, me, "10", IsLogged: false)]
                },
                EvmWorlds.Sends(me, me, "5")), ct);
            await sync.Script.MineEvmAsync(EvmWorlds.Mine(EvmWorlds.Sends(EvmWorlds.Other,
                EvmWorlds.Router) with
            {
                Inside = [new(EvmWorlds.Router, me, "7")],
                Moves = [new(EvmWorlds.Dust, EvmWorlds.Other, me, "1")],
                Times = 9
            }), ct);
            for (var part = 0; part < 5 && large > 0; part++)
                await sync.Script.MineEvmAsync(EvmWorlds.Mine(EvmWorlds.Sends(EvmWorlds.Other, me, "1") with { Times = large / rounds / 5 }), ct);
        }

        return me;
    }

    private async Task<(Guid Wallet, string Address)> Track(string me)
    {
        await sync.Forget();
        return await sync.Track(me);
    }

    private async Task ShouldBeTrue(string me, string address)
    {
        await sync.ShouldBeTrueOf(me, address);
        (await sync.LastVerdict(address)).Verdict.ShouldBe("verified");
        foreach (var token in (string[])[EvmWorlds.Usdc, EvmWorlds.Weth, EvmWorlds.Dust])
            (await sync.LastVerdict(address, asset: $"eip155:1/erc20:{token}")).Verdict.ShouldBe("verified", token);
        var ledger = await sync.LedgerOf(address, EvmParts.Ethereum);
        // Both tell the same parts: nothing is added to what the other told, and nothing disputed.
        (await sync.EventsOf(ledger)).OfType<LedgerEvent.MovementAdded>().ShouldBeEmpty();
        (await sync.Execute("select count(*) from ledger_transactions where ledger_id = $1 and disputed is not null", ledger)).ShouldBe(0L);
    }

    private async Task<IReadOnlyList<string>> Providers(string address) =>
        [.. (await sync.EventsOf(await sync.LedgerOf(address, EvmParts.Ethereum))).OfType<LedgerEvent.TransactionObserved>()
            .Select(e => e.Transaction.Provider).Distinct()];
}
