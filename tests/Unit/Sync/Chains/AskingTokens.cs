using Chains;
using Shouldly;
using Xunit;

namespace Unit.Sync;

/// <summary>A contract that fails in any way of the virtual machine's tells no balance; what it does is no failure of the node's.</summary>
public sealed class AskingTokens
{
    // In the words of geth (and of those made of it), besu and nethermind: what assert did before Solidity 0.8, an endless loop, a broken contract.
    [Theory]
    [InlineData(-32000, "invalid opcode: INVALID")]
    [InlineData(-32000, "invalid opcode: opcode 0xfe not defined")]
    [InlineData(-32000, "out of gas")]
    [InlineData(-32000, "execution aborted (timeout = 5s)")]
    [InlineData(-32000, "stack underflow (0 <=> 1)")]
    [InlineData(-32000, "invalid jump destination")]
    [InlineData(-32015, "VM execution error.")]
    public async Task a_contract_that_fails_keeps_no_other_token_from_being_told(int code, string message)
    {
        string[] contracts = [GivenAccounts.Account('1'), GivenAccounts.Account('2')];
        var node = GivenAccounts.Node(
            $$$"""[{"jsonrpc":"2.0","id":1,"error":{"code":{{{code}}},"message":"{{{message}}}"}},{"jsonrpc":"2.0","id":2,"result":"0x{{{7:x64}}}"}]""");
        (await node.TokensAsync(GivenAccounts.Me, contracts, null, TestContext.Current.CancellationToken))
            .ShouldBe(new Dictionary<string, Amount> { [contracts[1]] = 7 });
    }
}
