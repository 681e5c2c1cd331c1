using System.Numerics;
using ChainSimulator.Evm;
using Shouldly;
using Xunit;

namespace Services.Sync;

/// <summary>Tokens that anyone can make and send to anybody: whatever their contracts tell, nobody else's facts are held up, and nothing is left open.</summary>
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
            await sync.Script.MineEvmAsync(EvmWorlds.Mine(EvmWorlds.Sends(EvmWorlds.Other, Token) with { Moves = [new(Token, me, EvmWorlds.Other, $"{MaxWord}")] }), ct);
        await sync.Script.MineEvmAsync(new EvmMine(EvmParts.Ethereum, Rebases: [new(Token, null, me, $"{9 * MaxWord}")], Blocks: 3), ct);
        var (wallet, _) = await sync.Track(me);

        var slice = await Record.ExceptionAsync(() => sync.Sync(wallet, tries: 3));

        // The publisher reads it in order: what it cannot read stops what it tells of everybody.
        (await Record.ExceptionAsync(async () => await sync.Store.ReadLogAsync(0, 1_000_000, ct))).ShouldBeNull();
        slice.ShouldBeNull();
    }
}
