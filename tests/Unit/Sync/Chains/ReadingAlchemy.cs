using Chains;
using Providers;
using Shouldly;
using Sync.Chains.Evm;
using Xunit;

namespace Unit.Sync;

/// <summary>Amounts as Alchemy lists them: those of tokens are bytes of a log, so they have an even number of digits.</summary>
public sealed class ReadingAlchemy
{
    [Theory]
    // An even number of digits without help, the same filled up to whole bytes, and to a whole word.
    [InlineData("0x16345785d8a00000", "1600000000000000000")]
    [InlineData("0x02b5e3af16b1880000", "50000000000000000000")]
    [InlineData("0x000000000000000000000000000000000000000000000002b5e3af16b1880000", "50000000000000000000")]
    public async Task a_tokens_amount_is_read_however_many_zeros_it_begins_with(string value, string expected) =>
        (await Told($"\"{value}\"")).ShouldHaveSingleItem().Value.ShouldBe(Amount.Parse(expected));

    [Theory]
    [InlineData("null")]
    [InlineData("\"0x\"")]
    public async Task a_log_without_an_amount_moved_nothing(string value) => (await Told(value)).ShouldHaveSingleItem().Value.ShouldBe(Amount.Zero);

    [Theory]
    [InlineData("\"0xg\"")]
    [InlineData("\"50\"")]
    [InlineData("50")]
    [InlineData("\"\"")]
    [InlineData("\"0x10000000000000000000000000000000000000000000000000000000000000000\"")]
    public async Task anything_else_is_no_amount_and_not_nothing(string value) =>
        (await Should.ThrowAsync<ProviderException>(() => Told(value))).Failure.ShouldBe(ProviderFailure.BadAnswer);

    private static async Task<IReadOnlyList<AlchemyTransfer>> Told(string value)
    {
        var node = GivenAccounts.Node($$$"""
            {"jsonrpc":"2.0","id":1,"result":{"transfers":[{"uniqueId":"1","category":"erc20","hash":"{{{GivenAccounts.Hash('1')}}}","blockNum":"0xcace2e","from":"{{{GivenAccounts.Account('b')}}}",
             "to":"{{{GivenAccounts.Me}}}","value":50,"asset":"WETH","rawContract":{"value":{{{value}}},"address":"{{{GivenAccounts.Account('c')}}}","decimal":"0x12"},
             "metadata":{"blockTimestamp":"2021-10-22T00:00:00.000Z"}}]}}
            """);
        var (told, _) = await node.AssetTransfersAsync(GivenAccounts.Me, outgoing: false, upTo: 0xcace2e, most: 100, key: null,
            TestContext.Current.CancellationToken);
        return told;
    }
}
