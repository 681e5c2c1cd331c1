using ChainSimulator.Evm;
using ChainSimulator.Serving;
using Chains;
using Shouldly;
using Sync.Chains.Evm;
using Xunit;

namespace Services.Sync;

/// <summary>
/// A chain on which a block comes with every question, so that no round ends at the newest block it began at: one block of
/// so many is taken for the tip, and everything is told as of that one.
/// </summary>
public sealed class FastChains(AlchemyFirst sync) : IClassFixture<AlchemyFirst>
{
    private const string Usdt = "0x55d398326f99059ff775485246999027b3197955";
    private static readonly long Stride = EvmRules.Stride(Networks.Shipped.Find(EvmWorlds.Bsc)!);

    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("alchemy")]
    [InlineData("etherscan")]
    public async Task a_round_ends_though_a_block_comes_before_each_answer(string by)
    {
        var me = EvmProvider.Account($"fast by {by}");
        await Mine(Pays(me, "10000000000000000000"));
        for (var n = 1; n <= 30; n++)
        {
            var (pays, fails) = (Pays(me, "5") with { Moves = [new(Usdt, EvmWorlds.Other, me, $"{n}")] },
                EvmWorlds.Sends(me, EvmWorlds.Other, "9") with { Moves = [new(Usdt, me, EvmWorlds.Other, "1")], Failed = true });
            await Mine(pays, EvmWorlds.Sends(me, EvmWorlds.Other, "2"), fails, Pays(me, "9") with { Failed = true });
        }

        await EndStride();
        var (wallet, address) = await Track(me);
        await sync.Script.SetFaultAsync(new(FaultKind.NewBlock, Network: EvmWorlds.Bsc), ct);
        if (by != "alchemy") await sync.Script.SetFaultAsync(new(FaultKind.Status, Network: EvmWorlds.Bsc, Replica: "alchemy"), ct);

        await sync.Sync(wallet);
        await ShouldBeVerified(me, address, by);

        await Mine(Pays(me, "70") with { Moves = [new(Usdt, EvmWorlds.Other, me, "7")] });
        await EndStride();
        await sync.Resync(wallet);
        await ShouldBeVerified(me, address, by);
    }

    [Theory]
    [InlineData("alchemy")]
    [InlineData("etherscan")]
    public async Task what_is_newer_than_the_tip_is_in_neither_balance_nor_history_until_the_next_one(string by)
    {
        var me = EvmProvider.Account($"newer by {by}");
        await Mine(Pays(me, "100") with { Moves = [new(Usdt, EvmWorlds.Other, me, "1")] });
        await EndStride();
        var tip = await sync.Script.EvmTruthAsync(EvmWorlds.Bsc, me, ct);
        await Mine(Pays(me, "11") with { Moves = [new(Usdt, EvmWorlds.Other, me, "2")] });
        var (wallet, address) = await Track(me);
        if (by != "alchemy") await sync.Script.SetFaultAsync(new(FaultKind.Status, Network: EvmWorlds.Bsc, Replica: "alchemy"), ct);

        await sync.Sync(wallet);
        var told = await sync.LastVerdict(address, EvmWorlds.Bsc);
        (told.Verdict, told.Reported, told.Height, told.TipHash).ShouldBe(("verified", 100, tip.TipHeight, tip.TipHash));
        told = await sync.LastVerdict(address, EvmWorlds.Bsc, $"eip155:56/erc20:{Usdt}");
        (told.Verdict, told.Reported).ShouldBe(("verified", 1));

        await EndStride();
        await sync.Resync(wallet);
        await ShouldBeVerified(me, address, by);
    }

    private static EvmTransaction Pays(string to, string value) => EvmWorlds.Sends(EvmWorlds.Other, to, value);

    private Task<EvmTip> Mine(params EvmTransaction[] transactions) => sync.Script.MineEvmAsync(new EvmMine(EvmWorlds.Bsc, transactions), ct);

    // The newest block is one that is taken for the tip.
    private async Task EndStride()
    {
        var height = (await sync.Script.EvmTruthAsync(EvmWorlds.Bsc, EvmWorlds.Other, ct)).TipHeight;
        await sync.Script.MineEvmAsync(new EvmMine(EvmWorlds.Bsc, Blocks: (int)(Stride - (height % Stride))), ct);
    }

    private async Task<(Guid Wallet, string Address)> Track(string me)
    {
        await sync.Forget();
        return await sync.Track(me, EvmWorlds.Bsc);
    }

    private async Task ShouldBeVerified(string me, string address, string by)
    {
        await sync.ShouldBeTrueOf(me, address, EvmWorlds.Bsc);
        foreach (var asset in (string?[])[null, $"eip155:56/erc20:{Usdt}"])
        {
            var told = await sync.LastVerdict(address, EvmWorlds.Bsc, asset);
            (told.Verdict, told.Provider).ShouldBe(("verified", by), told.ToString());
            (told.Height % Stride).ShouldBe(0);
        }
    }
}
