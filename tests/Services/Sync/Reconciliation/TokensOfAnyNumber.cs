using System.Numerics;
using ChainSimulator.Evm;
using Shouldly;
using Sync.Ledgers;
using Xunit;

namespace Services.Sync;

/// <summary>Tokens that anyone can make and send to anybody: whatever their contracts tell, nobody else's facts are held up, and nothing
/// is left open.</summary>
public sealed class TokensOfAnyNumber(EvmParts sync) : IClassFixture<EvmParts>
{
    private static readonly BigInteger MaxWord = (BigInteger.One << 256) - 1;

    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_difference_larger_than_any_amount_does_not_end_the_reading_of_the_log()
    {
        const string Token = "0x00000000000000000000000000000000000000e1";
        var me = EvmProvider.Account("is said to have sent what nobody has");
        // Eight logs in my name by a contract that says all the same that I have as much as a word holds.
        for (var n = 0; n < 8; n++)
            await sync.Script.MineEvmAsync(EvmWorlds.Mine(EvmWorlds.Sends(EvmWorlds.Other,
                Token) with
            { Moves = [new(Token, me, EvmWorlds.Other, $"{MaxWord}")] }), ct);
        await sync.Script.MineEvmAsync(new EvmMine(EvmParts.Ethereum, Rebases: [new(Token, null, me, $"{9 * MaxWord}")], Blocks: 3), ct);
        var (wallet, _) = await sync.Track(me);

        var slice = await Record.ExceptionAsync(() => sync.Sync(wallet, tries: 3));

        // The publisher reads it in order: what it cannot read stops what it tells of everybody.
        (await Record.ExceptionAsync(async () => await sync.Store.ReadLogAsync(0, 1_000_000, ct))).ShouldBeNull();
        slice.ShouldBeNull();
    }

    [Fact]
    public async Task a_token_whose_contract_refuses_to_tell_a_balance_gets_no_verdict_and_keeps_no_other_from_its_own()
    {
        const string Token = "0x00000000000000000000000000000000000000e2";
        await sync.Script.KnowAsync(new EvmToken(EvmParts.Ethereum, Token, "SPAM", 0, TokenAnswer.Reverts), ct);
        var me = EvmProvider.Account("was sent what cannot be asked for");
        await sync.Script.MineEvmAsync(EvmWorlds.Mine(
            EvmWorlds.Sends(EvmWorlds.Other, Token) with { Moves = [new(Token, EvmWorlds.Other, me, "1000000")] },
            EvmWorlds.Sends(EvmWorlds.Other, EvmWorlds.Usdc) with { Moves = [new(EvmWorlds.Usdc, EvmWorlds.Other, me, "3")] }), ct);
        await sync.Script.MineEvmAsync(new EvmMine(EvmParts.Ethereum, Blocks: 3), ct);
        var (wallet, address) = await sync.Track(me);
        await sync.Sync(wallet);

        // What Portfolio makes of it: ShowUntellableTokens.
        (await sync.EventsOf(await sync.LedgerOf(address, EvmParts.Ethereum))).OfType<LedgerEvent.BalanceReconciled>()
            .Select(e => (e.Asset, e.Verdict))
            .ShouldBe([(global::Chains.Networks.Ethereum.Native.Caip19, "verified"), ($"eip155:1/erc20:{EvmWorlds.Usdc}", "verified")]);
    }
}
