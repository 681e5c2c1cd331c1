using System.Text;
using System.Text.Json;
using Chains;
using Providers;
using Shouldly;
using Sync.Chains;
using Sync.Chains.Evm;
using Sync.Providers;
using Xunit;

namespace Unit.Sync;

/// <summary>JSON whose texts are none (half a surrogate pair): a bad answer of the provider's, and no failure of ours.</summary>
public sealed class UnreadableText
{
    // What a program writes that cuts a text of UTF-16 in the middle of an emoji.
    private const string Half = "\\ud83d";

    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_nodes_block_is_refused() => await ShouldBeBad(() =>
        GivenAccounts.Node(
            $$"""{"jsonrpc":"2.0","id":1,"result":{"number":"0x5","hash":"{{Half}}","parentHash":"{{GivenAccounts.Hash('1')}}","timestamp":"0x5"} }""").BlockAsync(null, Cancellation));

    [Fact]
    public async Task a_nodes_error_is_refused() => await ShouldBeBad(() =>
        GivenAccounts.Node($$"""{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"{{Half}}"} }""")
            .BalanceAsync(GivenAccounts.Me, null, Cancellation));

    [Fact]
    public async Task a_solana_tip_is_refused() => await ShouldBeBad(() =>
        GivenSolana.Rpc(GivenSolana.Result($$"""{"context":{"slot":5},"value":{"blockhash":"{{Half}}"} }""")).TipAsync(Cancellation));

    [Fact]
    public async Task an_explorers_refusal_is_refused() => await ShouldBeBad(() =>
        GivenAccounts.Explorer("txlist", $$"""{"status":"0","message":"NOTOK","result":"{{Half}}"}""")
            .PageAsync(GivenAccounts.Address, null, Cancellation));

    // Anyone can make a token of any name and send it to anybody.
    [Fact]
    public async Task a_tokens_name_that_is_cut_in_half_does_not_cost_the_account_its_history()
    {
        var node = GivenAccounts.Node($$$"""
            {"jsonrpc":"2.0","id":1,"result":{"transfers":[{"uniqueId":"1","category":"erc20","hash":"{{{GivenAccounts.Hash('1')}}}","blockNum":"0x5","from":"{{{GivenAccounts.Account('b')}}}",
             "to":"{{{GivenAccounts.Me}}}","asset":"{{{Half}}}","rawContract":{"value":"0x5","address":"{{{GivenAccounts.Account('c')}}}","decimal":"0x6"},"metadata":{"blockTimestamp":"2024-01-01T00:00:00Z"}}]}}
            """);
        var (told, _) = await node.AssetTransfersAsync(GivenAccounts.Me, outgoing: false, upTo: 9, most: 100, key: null, Cancellation);
        told.ShouldHaveSingleItem().Value.ShouldBe(5);
    }

    [Fact]
    public async Task nor_where_an_explorer_cuts_it()
    {
        var page = await GivenAccounts.Explorer("tokentx", $$$"""
            {"status":"1","message":"OK","result":[{"blockNumber":"5","timeStamp":"1700000000","hash":"{{{GivenAccounts.Hash('1')}}}","from":"{{{GivenAccounts.Account('b')}}}","to":"{{{GivenAccounts.Me}}}",
             "value":"5","contractAddress":"{{{GivenAccounts.Account('c')}}}","tokenName":"{{{Half}}}","tokenSymbol":"{{{Half}}}","tokenDecimal":"6"}]}
            """).PageAsync(GivenAccounts.Address, null, Cancellation);
        page.Transactions.ShouldHaveSingleItem().Others.ShouldHaveSingleItem().Delta.ShouldBe(5);
    }

    [Theory]
    [InlineData("[\"a\\ud83d\"]", "a\ufffd")]
    [InlineData("[\"\\uD83D\\u0041\"]", "\ufffdA")]
    [InlineData("[\"\\ude00\\ud83d\"]", "\ufffd\ufffd")]
    [InlineData("[\"\\ud83d\\ud83d\\ude00\"]", "\ufffd\ud83d\ude00")]
    [InlineData("[\"\\ud83d\\ude00 \\u00e9 ü😀\"]", "\ud83d\ude00 é ü😀")]
    [InlineData("[\"\\\\ud83d\"]", "\\ud83d")]
    [InlineData("[\"\\\"\\ud83d\"]", "\"\ufffd")]
    public void half_a_character_is_none_and_whole_ones_stay(string json, string expected) => Mended(Encoding.UTF8.GetBytes(json)).ShouldBe(expected);

    [Fact]
    public void bytes_that_are_no_text_are_question_marks() =>
        Mended([.. "[\"a"u8, 0xed, 0xa0, 0xbd, .. "ü"u8, 0xff, .. "\"]"u8]).ShouldBe("a???ü?");

    [Theory]
    [InlineData("")]
    [InlineData("\\")]
    [InlineData("[\"\\u")]
    [InlineData("[\"\\ud83d\\u12")]
    public void what_ends_in_the_middle_stays(string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        ReadableJson.Mend(bytes);
        Encoding.UTF8.GetString(bytes).ShouldBe(json.Replace(Half, "\\ufffd", StringComparison.Ordinal));
    }

    private static string? Mended(byte[] json)
    {
        ReadableJson.Mend(json);
        return JsonElement.Parse(json)[0].GetString();
    }

    /// <summary>What compares tips in the background knows no other failure than a provider's: any other ends the process.</summary>
    [Fact]
    public async Task who_compares_tips_passes_it_over()
    {
        IChainAdapter Told(string name, string hash) => new Alchemy(Networks.Ethereum, name, GivenAccounts.Node(
            $$"""{"jsonrpc":"2.0","id":1,"result":{"number":"0x5","hash":"{{hash}}","parentHash":"{{GivenAccounts.Hash('1')}}","timestamp":"0x5"} }"""));

        var providers = new ProviderPool([Told("one", GivenAccounts.Hash('2')), Told("two", Half)], TimeSpan.FromSeconds(30), TimeProvider.System);
        (await providers.TipsAsync(Cancellation)).ShouldHaveSingleItem().Hash.ShouldBe(GivenAccounts.Hash('2'));
    }

    private static async Task ShouldBeBad(Func<Task> ask) =>
        (await Should.ThrowAsync<ProviderException>(ask)).Failure.ShouldBe(ProviderFailure.BadAnswer);
}
