using ChainSimulator.Evm;
using Shouldly;
using Xunit;

namespace Services.Sync;

/// <summary>What anyone can send to an account does not keep it from being verified.</summary>
public sealed class HostileTokens(RewrittenExplorer sync) : IClassFixture<RewrittenExplorer>
{
    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_token_whose_contract_fails_does_not_keep_the_account_from_being_verified()
    {
        const string Token = "0x00000000000000000000000000000000000000e3";
        await sync.Script.KnowAsync(new EvmToken(EvmParts.Ethereum, Token, "SPAM", 0, TokenAnswer.Reverts), ct);
        var me = EvmProvider.Account("was sent a token that fails");
        await sync.Script.MineEvmAsync(EvmWorlds.Mine(EvmWorlds.Sends(EvmWorlds.Other, me, "5"), EvmWorlds.Sends(EvmWorlds.Other, Token) with { Moves = [new(Token, EvmWorlds.Other, me, "1000000")] }), ct);
        await sync.Script.MineEvmAsync(new EvmMine(EvmParts.Ethereum, Blocks: 3), ct);
        // As geth answers where the contract ends in INVALID.
        sync.Rewrite = body => body.Replace("\"code\":3", "\"code\":-32000", StringComparison.Ordinal).Replace("execution reverted", "invalid opcode: INVALID", StringComparison.Ordinal);
        var (wallet, address) = await sync.Track(me);

        var answers = await sync.Sync(wallet, tries: 20);

        answers[^1].Reason.ShouldBeNull();
        (await sync.LastVerdict(address)).Verdict.ShouldBe("verified");
    }
}
