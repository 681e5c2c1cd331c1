using Chains;
using Shouldly;
using Xunit;

namespace Services.Sync;

/// <summary>Contracts that fail in other ways than by reverting, asked through a node that nobody here wrote.</summary>
public sealed class AskingBrokenTokens(RunningAnvil anvil) : IClassFixture<RunningAnvil>
{
    // INVALID, as assert was compiled to before Solidity 0.8; a stack underflow; a jump to nowhere; an endless loop.
    [Theory]
    [InlineData("0xfe")]
    [InlineData("0x50")]
    [InlineData("0x5f56")]
    [InlineData("0x5b5f56")]
    public async Task one_that_fails_keeps_no_other_from_being_told(string code)
    {
        var (broken, fine) = (EvmProvider.Account($"broken {code}"), EvmProvider.Account("says seven"));
        await anvil.Call("anvil_setCode", broken, code);
        await anvil.Call("anvil_setCode", fine, "0x60075f5260205ff3");
        (await anvil.Node.TokensAsync(RunningAnvil.Rich, [broken, fine], null, TestContext.Current.CancellationToken))
            .ShouldBe(new Dictionary<string, Amount> { [fine] = 7 });
    }
}
