using System.Text.Json.Nodes;
using ChainSimulator.Evm;
using Shouldly;
using Xunit;

namespace Services.Sync;

/// <summary>What anyone can send to an account does not keep it from being verified; and what an explorer cuts off is no explanation.</summary>
public sealed class HostileTokens(RewrittenExplorer sync) : IClassFixture<RewrittenExplorer>
{
    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_token_whose_contract_fails_does_not_keep_the_account_from_being_verified()
    {
        const string Token = "0x00000000000000000000000000000000000000e3";
        await sync.Script.KnowAsync(new EvmToken(EvmParts.Ethereum, Token, "SPAM", 0, TokenAnswer.Reverts), ct);
        var me = EvmProvider.Account("was sent a token that fails");
        await sync.Script.MineEvmAsync(EvmWorlds.Mine(EvmWorlds.Sends(EvmWorlds.Other, me, "5"),
            EvmWorlds.Sends(EvmWorlds.Other, Token) with { Moves = [new(Token, EvmWorlds.Other, me, "1000000")] }), ct);
        await sync.Script.MineEvmAsync(new EvmMine(EvmParts.Ethereum, Blocks: 3), ct);
        // As geth answers where the contract ends in INVALID.
        sync.Rewrite = body => body.Replace("\"code\":3", "\"code\":-32000", StringComparison.Ordinal)
            .Replace("execution reverted", "invalid opcode: INVALID", StringComparison.Ordinal);
        var (wallet, address) = await sync.Track(me);

        var answers = await sync.Sync(wallet, tries: 20);

        answers[^1].Reason.ShouldBeNull();
        (await sync.LastVerdict(address)).Verdict.ShouldBe("verified");
    }

    [Fact]
    public async Task what_an_explorer_cuts_off_at_fewer_results_than_were_asked_for_is_not_explained_by_the_contract()
    {
        var me = EvmProvider.Account("more than is told at once");
        for (var n = 0; n < 8; n++)
            await sync.Script.MineEvmAsync(EvmWorlds.Mine(EvmWorlds.Sends(EvmWorlds.Other,
                EvmWorlds.Usdc) with
            { Moves = [new(EvmWorlds.Usdc, EvmWorlds.Other, me, "100")] }), ct);
        await sync.Script.MineEvmAsync(new EvmMine(EvmParts.Ethereum, Blocks: 3), ct);
        sync.Rewrite = AtMostFive;
        var (wallet, address) = await sync.Track(me);
        await sync.Sync(wallet, tries: 20);

        var told = await sync.LastVerdict(address, asset: $"eip155:1/erc20:{EvmWorlds.Usdc}");
        (told.Verdict, told.Derived.ToString()).ShouldBeOneOf(("verified", "800"), ("mismatch", "500"));
    }

    // An explorer with a cap of its own tells no more and says nothing.
    private static string AtMostFive(string body)
    {
        if (JsonNode.Parse(body) is not JsonObject answer || answer["result"] is not JsonArray { Count: > 5 } list) return body;
        while (list.Count > 5) list.RemoveAt(5);
        return answer.ToJsonString();
    }
}
