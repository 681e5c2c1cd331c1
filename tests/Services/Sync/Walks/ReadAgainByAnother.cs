using ChainSimulator.Evm;
using ChainSimulator.Serving;
using Shouldly;
using Xunit;

namespace Services.Sync;

/// <summary>A history read again by a provider that lists less than the one that read it first.</summary>
public sealed class ReadAgainByAnother(AlchemyFirst sync) : IClassFixture<AlchemyFirst>
{
    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task what_the_other_does_not_list_does_not_have_the_history_read_with_every_check()
    {
        var me = EvmProvider.Account("read again by another");
        await sync.Script.MineEvmAsync(EvmWorlds.Mine(EvmWorlds.Sends(EvmWorlds.Other, me, "5") with { Failed = true }), ct);
        await sync.Script.MineEvmAsync(EvmWorlds.Mine(EvmWorlds.Sends(EvmWorlds.Other,
            EvmWorlds.Dust) with
        { Moves = [new(EvmWorlds.Dust, EvmWorlds.Other, me, "100")] }), ct);
        await sync.Script.MineEvmAsync(new EvmMine(EvmParts.Ethereum, Blocks: 300), ct);
        await sync.Forget();
        var (wallet, address) = await sync.Track(me);
        await sync.Script.SetFaultAsync(new(FaultKind.Status, Status: 500, Replica: "alchemy"), ct);
        await sync.Sync(wallet);
        var settled = (long)(await sync.Execute("select settled_height from ledgers where address = $1", address))!;

        // The explorer's list of the token is not whole, so its balance is explained by nothing, and the history is read again at once.
        await sync.Script.SetFaultAsync(new(FaultKind.EmptyPage, Route: "*tokentx&contractaddress*"), ct);
        await sync.Script.MineEvmAsync(new EvmMine(EvmParts.Ethereum, Rebases: [new EvmMove(EvmWorlds.Dust, null, me, "13")], Blocks: 300), ct);
        await sync.Resync(wallet);
        (await sync.Execute("select read_again_at is not null from ledgers where address = $1", address)).ShouldBe(true);

        await sync.Forget();
        for (var n = 0; n < 3; n++)
        {
            await sync.Script.MineEvmAsync(new EvmMine(EvmParts.Ethereum, Blocks: 300), ct);
            await sync.Resync(wallet);
        }

        ((long)(await sync.Execute("select settled_height from ledgers where address = $1", address))!).ShouldBeGreaterThanOrEqualTo(settled);
    }
}
