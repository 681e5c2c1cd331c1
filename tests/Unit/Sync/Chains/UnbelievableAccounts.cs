using Chains;
using Providers;
using Shouldly;
using Sync.Chains.Evm;
using Xunit;

namespace Unit.Sync;

/// <summary>Answers of explorers and nodes that cannot be, and refusals that come as answers.</summary>
public sealed class UnbelievableAccounts
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"status":"0","message":"NOTOK","result":"Max rate limit reached"}""", (int)ProviderFailure.RateLimited)]
    [InlineData("""{"status":"0","message":"NOTOK","result":"Max calls per sec rate limit reached (5/sec)"}""", (int)ProviderFailure.RateLimited)]
    [InlineData("""{"status":"0","message":"NOTOK","result":"Max daily rate limit reached. 110000 (100%) of 100000 day/limit"}""",
        (int)ProviderFailure.RateLimited)]
    [InlineData("""{"status":"0","message":"NOTOK","result":"Invalid API Key"}""", (int)ProviderFailure.Unavailable)]
    [InlineData("""{"status":"0","message":"Query Timeout occured. Please select a smaller result dataset","result":null}""",
        (int)ProviderFailure.Unavailable)]
    [InlineData("""{"status":"0","message":"chain not supported"}""", (int)ProviderFailure.OutOfReach)]
    [InlineData("""{"status":"0","message":"NOTOK","result":"Free API access is not supported for this chain."}""", (int)ProviderFailure.OutOfReach)]
    [InlineData("""{"status":"0","message":"NOTOK","result":"Result window is too large, PageNo x Offset size must be less than or equal to 10000"}""", (int)ProviderFailure.OutOfReach)]
    [InlineData("""{"status":"2","message":"Some internal transactions within this block range have not yet been processed","result":[]}""",
        (int)ProviderFailure.Behind)]
    [InlineData("""{"status":"0","message":"NOTOK","result":"Error! Invalid address format"}""", (int)ProviderFailure.BadAnswer)]
    [InlineData("""{"status":"0","message":"No transactions found","result":"secret"}""", (int)ProviderFailure.BadAnswer)]
    [InlineData("""{"status":"1","message":"OK","result":"secret"}""", (int)ProviderFailure.BadAnswer)]
    [InlineData("""{"status":"0","message":"NOTOK","result":null}""", (int)ProviderFailure.BadAnswer)]
    [InlineData("""{"status":"0","message":"Something went wrong.","result":null}""", (int)ProviderFailure.BadAnswer)]
    [InlineData("""{"status":"0","message":"Unknown action","result":[]}""", (int)ProviderFailure.BadAnswer)]
    [InlineData("""{"status":"0","message":"No response of the backend","result":null}""", (int)ProviderFailure.BadAnswer)]
    [InlineData("""{"status":"0","message":"Max calls per sec rate limit reached","result":[]}""", (int)ProviderFailure.RateLimited)]
    [InlineData("""{"status":"0","message":"NOTOK","result":"No API key found"}""", (int)ProviderFailure.Unavailable)]
    [InlineData("null", (int)ProviderFailure.BadAnswer)]
    [InlineData("[]", (int)ProviderFailure.BadAnswer)]
    [InlineData("{\"status\":\"1\"", (int)ProviderFailure.BadAnswer)]
    public async Task a_refusal_with_status_200_is_understood_and_not_repeated(string answer, int failure)
    {
        var refused = await Should.ThrowAsync<ProviderException>(() => GivenAccounts.Explorer("txlistinternal", answer)
            .PageAsync(GivenAccounts.Address, null, Cancellation));
        refused.Failure.ShouldBe((ProviderFailure)failure);
        refused.Message.ShouldNotContain("secret");
    }

    [Fact]
    public async Task an_empty_list_is_no_refusal()
    {
        foreach (var nothing in (string[])
        [
            """{"status":"0","message":"No transactions found","result":[]}""", """{"status":"0","message":"No internal transactions found"}""",
            """{"status":"0","message":"No token transfers found","result":null}""", """{"status":"0","message":"NOTOK","result":"No records found"}""",
            """{"status":"0","message":"NOTOK","result":[]}""", """{"status":"1","message":"OK","result":null}""",
            """{"status":"1","message":"OK","result":[]}""", """{"status":1,"message":"OK","result":""}""", """{"status":"1","message":"OK"}""",
        ])
        {
            var page = await GivenAccounts.Explorer("txlist", nothing)
                .PageAsync(GivenAccounts.Address, null, Cancellation);
            (page.Transactions.Count, page.Full).ShouldBe((0, false));
        }
    }

    [Theory]
    [InlineData("", "", true)]
    [InlineData("\"hash\":\"H\"", "\"hash\":\"0xABC\"", false)]
    [InlineData("\"blockHash\":\"H\"", "\"blockHash\":\"\"", false)]
    [InlineData("\"blockNumber\":\"5\"", "\"blockNumber\":\"-5\"", false)]
    [InlineData("\"blockNumber\":\"5\"", "\"blockNumber\":\"999999999\"", false)]
    [InlineData("\"timeStamp\":\"1700000000\"", "\"timeStamp\":\"9700000000\"", false)]
    [InlineData("\"from\":\"M\"", "\"from\":\"O\"", false)]
    [InlineData("\"from\":\"M\"", "\"from\":\"0x12\"", false)]
    [InlineData("\"value\":\"7\"", "\"value\":\"-7\"", false)]
    [InlineData("\"value\":\"7\"", "\"value\":\"115792089237316195423570985008687907853269984665640564039457584007913129639936\"", false)]
    [InlineData("\"gasPrice\":\"3\"", "\"gasPrice\":\"\"", false)]
    [InlineData("\"gasUsed\":\"21000\"", "\"gasUsed\":null", false)]
    [InlineData("\"to\":\"O\"", "\"to\":\"\"", false)]
    public async Task a_row_that_cannot_be_is_refused(string what, string instead, bool isFine)
    {
        var row = """{"blockNumber":"5","timeStamp":"1700000000","hash":"H","blockHash":"H","from":"M","to":"O","value":"7","gasUsed":"21000","gasPrice":"3","isError":"0","contractAddress":""}""";
        if (what.Length > 0) row = row.Replace(what, instead, StringComparison.Ordinal);
        row = row.Replace("\"H\"", $"\"{GivenAccounts.Hash('1')}\"", StringComparison.Ordinal)
            .Replace("\"M\"", $"\"{GivenAccounts.Me}\"", StringComparison.Ordinal)
            .Replace("\"O\"", $"\"{GivenAccounts.Account('b')}\"", StringComparison.Ordinal);
        var asked = () => GivenAccounts.Explorer("txlist", $$"""{"status":"1","message":"OK","result":[{{row}}]}""")
            .PageAsync(GivenAccounts.Address, null, Cancellation);
        if (isFine) (await asked()).Transactions.ShouldHaveSingleItem().Delta.ShouldBe(-63_007);
        else (await Should.ThrowAsync<ProviderException>(asked)).Failure.ShouldBe(ProviderFailure.BadAnswer);
    }

    [Fact]
    public async Task an_allocation_of_the_genesis_and_an_nft_are_no_transactions_that_are_kept()
    {
        var genesis =
            $$"""{"blockNumber":"0","timeStamp":"1438269973","hash":"GENESIS_{{GivenAccounts.Me[2..]}}","blockHash":"","from":"GENESIS","to":"{{GivenAccounts.Me}}","value":"10","gasUsed":"0","gasPrice":"0","isError":"0","contractAddress":""}""";
        (await GivenAccounts.Explorer("txlist", $$"""{"status":"1","message":"OK","result":[{{genesis}}]}""")
            .PageAsync(GivenAccounts.Address, null, Cancellation)).Transactions.ShouldBeEmpty();
        var nft = $$"""{"blockNumber":"5","timeStamp":"1700000000","hash":"{{GivenAccounts.Hash('1')}}","from":"{{GivenAccounts.Me}}","to":"{{GivenAccounts.Account('b')}}","contractAddress":"{{GivenAccounts.Account('c')}}","tokenID":"7","value":null}""";
        (await GivenAccounts.Explorer("tokentx", $$"""{"status":"1","message":"OK","result":[{{nft}}]}""")
            .PageAsync(GivenAccounts.Address, null, Cancellation)).Transactions.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{"from":"O","to":"M","contractAddress":"C","tokenIDs":["1","2"],"values":["3","4"]}""")]
    [InlineData("""{"from":"O","to":"M","contractAddress":"C","value":["3","4"]}""")]
    [InlineData("""{"from":"O","to":"M","contractAddress":"C","value":"","tokenType":"ERC-1155"}""")]
    [InlineData("""{"from":"O","to":"M","contractAddress":"C","value":"1000","tokenType":"ERC-404"}""")]
    [InlineData("""{"from":"O","to":"C","contractAddress":"C","value":"7"}""")]
    public async Task a_row_that_moves_nothing_of_the_address_is_passed_over(string odd)
    {
        string Row(char hash, string rest) =>
            $$"""{"blockNumber":"5","timeStamp":"1700000000","hash":"{{GivenAccounts.Hash(hash)}}",{{rest[1..]}}""";
        const string Even = """{"from":"O","to":"M","contractAddress":"C","value":"9"}""";
        var list = $"[{Row('1', odd)},{Row('2', Even)}]"
            .Replace("\"M\"", $"\"{GivenAccounts.Me}\"", StringComparison.Ordinal)
            .Replace("\"O\"", $"\"{GivenAccounts.Account('b')}\"", StringComparison.Ordinal)
            .Replace("\"C\"", $"\"{GivenAccounts.Account('c')}\"", StringComparison.Ordinal);
        (await GivenAccounts.Explorer("tokentx", $$"""{"status":"1","message":"OK","result":{{list}}}""")
            .PageAsync(GivenAccounts.Address, null, Cancellation)).Transactions.ShouldHaveSingleItem()
            .Others.ShouldHaveSingleItem().Delta.ShouldBe(9);
    }

    [Theory]
    [InlineData("1000000000000000000000000000", true)]
    [InlineData("1000000000000000000000000001", false)]
    public async Task more_of_the_native_coin_than_there_is_is_not_believed(string value, bool isBelieved)
    {
        var row = $$"""{"blockNumber":"5","timeStamp":"1700000000","hash":"{{GivenAccounts.Hash('1')}}","from":"{{GivenAccounts.Account('b')}}","to":"{{GivenAccounts.Me}}","value":"{{value}}"}""";
        var asked = () => GivenAccounts.Explorer("txlistinternal", $$"""{"status":"1","message":"OK","result":[{{row}}]}""")
            .PageAsync(GivenAccounts.Address, null, Cancellation);
        if (isBelieved) (await asked()).Transactions.ShouldHaveSingleItem().Delta.ShouldBe(Amount.Parse(value));
        else (await Should.ThrowAsync<ProviderException>(asked)).Failure.ShouldBe(ProviderFailure.BadAnswer);

        var node = GivenAccounts.Node($$"""{"jsonrpc":"2.0","id":1,"result":"0x{{Amount.Parse(value).Value:x}}"}""");
        var explorer = new Etherscan(Networks.Ethereum, "explorer",
            new EtherscanCalls(1, "explorer", (_, _, _) => throw new NotSupportedException()), node);
        var summed = () => explorer.SummaryAsync(GivenAccounts.Address, Cancellation);
        if (isBelieved) (await summed()).Confirmed.ShouldBe(Amount.Parse(value));
        else (await Should.ThrowAsync<ProviderException>(summed)).Failure.ShouldBe(ProviderFailure.BadAnswer);
    }

    [Theory]
    [InlineData("0x0", "0")]
    [InlineData("0x41", "65")]
    [InlineData("0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "115792089237316195423570985008687907853269984665640564039457584007913129639935")]
    [InlineData("0x", null)]
    [InlineData("0x00", "0")]
    [InlineData("0x041", "65")]
    [InlineData("0x00000000000000000000000000000000000000000000000000000000000000000041", "65")]
    [InlineData("0xFF", null)]
    [InlineData("ff", null)]
    [InlineData("0x-1", null)]
    [InlineData(" 0x1", null)]
    [InlineData("0x1ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", null)]
    [InlineData(null, null)]
    public void a_quantity_is_read_as_the_specification_writes_it(string? text, string? value) => EvmRules.Quantity(text)?.ToString().ShouldBe(value);

    [Theory]
    [InlineData("0x", null)]
    [InlineData("0x01", null)]
    [InlineData("0x000000000000000000000000000000000000000000000000000000000000002a", "42")]
    [InlineData("0x000000000000000000000000000000000000000000000000000000000000002affffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "42")]
    [InlineData("0x000000000000000000000000000000000000000000000000000000000000002af", null)]
    public void what_a_call_returned_is_read_by_its_first_word(string data, string? value) => EvmRules.Word(data)?.ToString().ShouldBe(value);

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":"0xFg"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":5}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1}""")]
    [InlineData("""[{"jsonrpc":"2.0","id":2,"result":"0x5"}]""")]
    [InlineData("""[]""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":"0x5"}{}""")]
    [InlineData("nonsense")]
    public async Task a_nodes_answer_that_cannot_be_is_refused(string answer) =>
        (await Should.ThrowAsync<ProviderException>(() => GivenAccounts.Node(answer)
            .BalanceAsync(GivenAccounts.Me, null, Cancellation))).Failure.ShouldBe(ProviderFailure.BadAnswer);

    [Fact]
    public async Task a_batch_is_answered_in_any_order_but_completely()
    {
        string[] contracts = [GivenAccounts.Account('1'), GivenAccounts.Account('2')];
        string One(int id, int value) => $$"""{"jsonrpc":"2.0","id":{{id}},"result":"0x{{value:x64}}"}""";

        (await GivenAccounts.Node($"[{One(2, 22)},{One(1, 11)}]").TokensAsync(GivenAccounts.Me, contracts, null, Cancellation))
            .ShouldBe(new Dictionary<string, Amount> { [contracts[0]] = 11, [contracts[1]] = 22 }, ignoreOrder: true);
        foreach (var answer in (string[])[$"[{One(1, 1)}]", $"[{One(1, 1)},{One(1, 1)}]", $"[{One(1, 1)},{One(3, 1)}]", One(1, 1)])
            (await Should.ThrowAsync<ProviderException>(() => GivenAccounts.Node(answer)
                .TokensAsync(GivenAccounts.Me, contracts, null, Cancellation))).Failure.ShouldBe(ProviderFailure.BadAnswer, answer);
        (await Should.ThrowAsync<ProviderException>(() =>
            GivenAccounts.Node("""{"jsonrpc":"2.0","id":null,"error":{"code":-32005,"message":"Too Many Requests"}}""")
                .TokensAsync(GivenAccounts.Me, contracts, null, Cancellation)))
            .Failure.ShouldBe(ProviderFailure.RateLimited);
    }

    [Theory]
    [InlineData("eth_getLogs", -32005, "query returned more than 10000 results", (int)RpcError.TooLarge)]
    [InlineData("eth_getLogs", -32602, "eth_getLogs is limited to a 10,000 range", (int)RpcError.TooLarge)]
    [InlineData("eth_getLogs", -32000, "block range is too wide", (int)RpcError.TooLarge)]
    [InlineData("eth_getLogs", -32602, "Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range",
        (int)RpcError.TooLarge)]
    [InlineData("eth_getLogs", -32005, "daily request count exceeded, request rate limited", (int)RpcError.RateLimited)]
    [InlineData("eth_getLogs", -32602, "block range extends beyond current head block", (int)RpcError.Other)]
    [InlineData("eth_getLogs", -32602, "invalid block range params", (int)RpcError.Other)]
    [InlineData("eth_getBalance", -32005, "limit exceeded", (int)RpcError.RateLimited)]
    [InlineData("eth_getBalance", 429, "Your app has exceeded its compute units per second capacity", (int)RpcError.RateLimited)]
    [InlineData("eth_call", 3, "execution reverted: user error", (int)RpcError.Reverted)]
    [InlineData("eth_call", -32000, "execution reverted", (int)RpcError.Reverted)]
    [InlineData("eth_foo", -32601, "Method not found", (int)RpcError.UnknownMethod)]
    [InlineData("eth_foo", -32000, "the method eth_foo does not exist/is not available", (int)RpcError.UnknownMethod)]
    [InlineData("eth_getBalance", -32000, "missing trie node ab (path )", (int)RpcError.NoState)]
    [InlineData("eth_getBalance", -32603, "Internal error", (int)RpcError.Broken)]
    public void an_error_is_known_by_its_code_and_its_words(string method, int code, string message, int meaning) =>
        RpcErrors.Of(method, code, message).ShouldBe((RpcError)meaning);

    [Fact]
    public async Task an_error_that_comes_with_status_400_is_read_from_the_refusal()
    {
        var node = new EvmRpc(Networks.Ethereum, "node", (_, _, _, _) =>
            throw new ProviderException(ProviderFailure.BadAnswer, "node",
                "status 400")
            { Refusal = """{"jsonrpc":"2.0","id":1,"error":{"code":-32005,"message":"rate limit exceeded"}}""" + "\0\0" });
        (await Should.ThrowAsync<ProviderException>(() =>
            node.BalanceAsync(GivenAccounts.Me, null, Cancellation))).Failure.ShouldBe(ProviderFailure.RateLimited);
    }
}
