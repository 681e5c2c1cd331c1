using ChainSimulator.Evm;
using ChainSimulator.Serving;
using Shouldly;
using Sync.Walks;
using Xunit;

namespace Services.Sync;

/// <summary>A token's balance that changes without a Transfer that is told: it is a stated difference, or known, but never verified.</summary>
public sealed class TokensMovedUnseen(EvmParts sync) : IClassFixture<EvmParts>
{
    private const string Usdc = $"eip155:1/erc20:{EvmWorlds.Usdc}";
    private const string Dust = $"eip155:1/erc20:{EvmWorlds.Dust}";

    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_transfer_that_is_told_later_than_the_safe_depth_is_found_by_its_balance()
    {
        var (wallet, me, address) = await Verified("told too late", EvmWorlds.Usdc);
        // What came before is settled.
        await sync.Script.MineEvmAsync(new EvmMine(EvmParts.Ethereum, Blocks: 300), ct);
        await sync.Resync(wallet);
        await sync.Script.SetFaultAsync(new(FaultKind.EmptyPage, Route: "*action=tokentx*"), ct);
        await Pays(EvmWorlds.Usdc, me, "900");
        await sync.Script.MineEvmAsync(new EvmMine(EvmParts.Ethereum, Blocks: 300), ct);
        await sync.Resync(wallet);
        await sync.Script.ClearFaultsAsync(ct);
        await sync.Script.MineEvmAsync(new EvmMine(EvmParts.Ethereum, Blocks: 300), ct);
        for (var n = 0; n < 3; n++) await sync.Resync(wallet);

        (await sync.Script.EvmTruthAsync(EvmParts.Ethereum, me, ct)).Tokens[EvmWorlds.Usdc].ShouldBe("1000");
        var told = await sync.LastVerdict(address, asset: Usdc);
        (told.Verdict, told.Derived.ToString()).ShouldBe(("verified", "1000"), "the difference was seen, and the history read again");
        await sync.ShouldBeTrueOf(me, address);
    }

    [Fact]
    public async Task a_contract_that_tells_another_balance_each_time_has_the_history_read_again_once()
    {
        var (wallet, me, address) = await Verified("another each time", EvmWorlds.Dust);
        await sync.Script.MineEvmAsync(new EvmMine(EvmParts.Ethereum, Blocks: 300), ct);
        await sync.Resync(wallet);
        // Its own list is not whole, so that nothing explains its balance.
        await sync.Script.SetFaultAsync(new(FaultKind.EmptyPage, Route: "*tokentx&contractaddress*"), ct);
        for (var n = 0; n < 3; n++)
        {
            await Rebase(new EvmMove(EvmWorlds.Dust, null, me, "13"));
            (await sync.LastVerdict(address, asset: Dust)).Verdict.ShouldBe("mismatch");
            (await sync.Execute("select settled_height is null from ledgers where address = $1", address)).ShouldBe(n == 0);
            await sync.Resync(wallet);
            await Rebase(new EvmMove(EvmWorlds.Dust, me, null, "13"));
            (await sync.LastVerdict(address, asset: Dust)).Verdict.ShouldBe("verified");
        }

        async Task Rebase(EvmMove move)
        {
            await sync.Script.MineEvmAsync(new EvmMine(EvmParts.Ethereum, Rebases: [move], Blocks: 300), ct);
            // A regular check, a day later: who asks has it read again each time.
            await sync.Execute("update ledger_assets set compared_at = compared_at - interval '2 days'");
            await sync.Execute("update ledgers set wanted_at = now() where address = $1", address);
            await sync.Sync(wallet, Triggers.Scheduled);
        }
    }

    [Fact]
    public async Task a_token_that_rebases_after_it_was_verified_is_not_verified_any_more()
    {
        var (wallet, me, address) = await Verified("rebased", EvmWorlds.Dust);
        await sync.Script.MineEvmAsync(new EvmMine(EvmParts.Ethereum, Rebases: [new(EvmWorlds.Dust, null, me, "13")], Blocks: 300), ct);
        for (var n = 0; n < 3; n++) await sync.Resync(wallet);

        (await sync.Script.EvmTruthAsync(EvmParts.Ethereum, me, ct)).Tokens[EvmWorlds.Dust].ShouldBe("113");
        var told = await sync.LastVerdict(address, asset: Dust);
        (told.Verdict, told.Reported.ToString()).ShouldBe(("explained", "113"));
    }

    private async Task<(Guid Wallet, string Me, string Address)> Verified(string name, string token)
    {
        var me = EvmProvider.Account(name);
        await Pays(token, me, "100");
        await sync.Script.MineEvmAsync(new EvmMine(EvmParts.Ethereum, Blocks: 5), ct);
        var (wallet, address) = await sync.Track(me);
        await sync.Sync(wallet);
        (await sync.LastVerdict(address, asset: $"eip155:1/erc20:{token}")).Verdict.ShouldBe("verified");
        return (wallet, me, address);
    }

    private async Task Pays(string token, string to, string value) =>
        await sync.Script.MineEvmAsync(EvmWorlds.Mine(EvmWorlds.Sends(EvmWorlds.Other,
            token) with
        { Moves = [new(token, EvmWorlds.Other, to, value)] }), ct);
}
