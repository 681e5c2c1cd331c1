using System.Text.Json.Nodes;
using Chains;
using Providers;
using Shouldly;
using Sync.Chains;
using Sync.Chains.Evm;
using Xunit;

namespace Unit.Sync;

/// <summary>What a transaction cost is what its receipt says, whatever the chain and the year; what came with it, too.</summary>
public sealed class PayingByReceipts
{
    private const string Currency = "0x765de816845861e75a25fca122bb6898b8b1282a";
    private static readonly string Me = GivenAccounts.Me;
    private static readonly string Other = GivenAccounts.Account('b');
    private static readonly string Hash = GivenAccounts.Hash('1');

    // Listed: 21,000 gas at 5.
    [Theory]
    // The price really paid, and the one listed where an old receipt has none.
    [InlineData("""{"effectiveGasPrice":"0x3"}""", 63_000)]
    [InlineData("""{"effectiveGasPrice":"0x03"}""", 63_000)]
    [InlineData("{}", 105_000)]
    // The chain below, with a price and without.
    [InlineData("""{"effectiveGasPrice":"0x3","l1Fee":"0x7"}""", 63_007)]
    [InlineData("""{"l1Fee":"0x7"}""", 105_007)]
    [InlineData("""{"effectiveGasPrice":"0x3","l1Fee":null}""", 63_000)]
    // Isthmus: 21,000 × 500,000 / 10^6 + 9; Jovian: 21,000 × 2 × 100 + 9.
    [InlineData("""{"effectiveGasPrice":"0x3","operatorFeeScalar":"0x7a120","operatorFeeConstant":"0x9"}""", 73_509)]
    [InlineData("""{"effectiveGasPrice":"0x3","operatorFeeScalar":"0x2","operatorFeeConstant":"0x9","daFootprintGasScalar":"0x190"}""", 4_263_009)]
    [InlineData("""{"effectiveGasPrice":"0x3","operatorFeeConstant":"0x9"}""", 63_009)]
    // Blobs; since Jovian the field alone is none.
    [InlineData("""{"type":"0x3","effectiveGasPrice":"0x3","blobGasUsed":"0x20000","blobGasPrice":"0x2"}""", 325_144)]
    [InlineData("""{"type":"0x2","effectiveGasPrice":"0x3","blobGasUsed":"0x20000","blobGasPrice":"0x2"}""", 63_000)]
    public async Task all_that_was_paid_is_added_up(string receipt, long fee)
    {
        var fact = await Told(Row(Me, Other, "1000", "5"), receipt);
        (fact.Fee, fact.Delta).ShouldBe((fee, -1000 - fee));
    }

    [Fact]
    public async Task without_a_price_anywhere_but_in_the_transaction_it_is_asked()
    {
        (await Told(Row(Me, Other, "1000", ""), "{}", """{"gasPrice":"0x4"}""")).Fee.ShouldBe(84_000);
        (await Should.ThrowAsync<ProviderException>(() => Told(Row(Me, Other, "1000", ""), "{}", "{}"))).Failure.ShouldBe(ProviderFailure.BadAnswer);
    }

    [Fact]
    public async Task what_is_listed_twice_is_paid_once() =>
        (await Told($"{Row(Me, Other, "1000", "5")},{Row(Me, Other, "1000", "5")}", """{"effectiveGasPrice":"0x3"}""")).Fee.ShouldBe(63_000);

    [Fact]
    public async Task what_somebody_else_paid_may_be_unknown() =>
        (await Told(Row(Other, Me, "1000", ""), null)).ShouldSatisfyAllConditions(fact => fact.Delta.ShouldBe(1000), fact => fact.Fee.ShouldBe(0));

    [Fact]
    public async Task a_deposit_brings_new_money_and_costs_nothing()
    {
        (await Told(Row(Me, Me, "1000", "0"), """{"type":"0x64","effectiveGasPrice":"0x5f5e100"}""")).Delta.ShouldBe(1000);
        (await Told(Row(Me, Other, "1000", "0"), """{"type":"0x64"}""")).ShouldSatisfyAllConditions(
            fact => fact.Delta.ShouldBe(0), fact => fact.Fee.ShouldBe(0));
        (await Told(Row(Me, Other, "300", "0"), """{"type":"0x7e","effectiveGasPrice":"0x3","l1Fee":"0x7"}""", """{"mint":"0x3e8"}"""))
            .ShouldSatisfyAllConditions(fact => fact.Delta.ShouldBe(700), fact => fact.Fee.ShouldBe(0));
    }

    [Theory]
    // Named by the receipt, or by the transaction alone.
    [InlineData("""{"type":"0x2","effectiveGasPrice":"0x3","feeCurrency":"C"}""", "{}")]
    [InlineData("""{"type":"0x7b","effectiveGasPrice":"0x3"}""", """{"feeCurrency":"C"}""")]
    [InlineData("""{"type":"0x7c","effectiveGasPrice":"0x3"}""", """{"feeCurrency":"C"}""")]
    public async Task a_fee_in_another_currency_is_not_taken_from_the_native_coin(string receipt, string transaction)
    {
        receipt = receipt.Replace("\"C\"", $"\"{Currency}\"");
        transaction = transaction.Replace("\"C\"", $"\"{Currency}\"");
        var fact = await Told(Row(Me, Other, "1000", "5"), receipt, transaction);
        (fact.Delta, fact.Fee).ShouldBe((-1000, 0));
        fact.Others.ShouldBe([new AssetChange($"eip155:1/erc20:{Currency}", -63_000)], "nothing else tells it");

        // By one Transfer, by several beside a payment, by what is debited and credited; and an equal payment does not tell it twice.
        foreach (var transfers in (string[][])
        [
            [Moved(Me, Other, 63_000)],
            [Moved(Me, Other, 500), Moved(Me, GivenAccounts.Account('d'), 60_000), Moved(Me, GivenAccounts.Account('e'), 3_000)],
            [Moved(Me, GivenAccounts.Account('0'), 90_000), Moved(GivenAccounts.Account('0'), Me, 27_000), Moved(Me, Other, 500)],
        ])
        {
            var told = await Told(Row(Me, Other, "1000", "5"), receipt, transaction, transfers);
            told.Delta.ShouldBe(-1000);
            told.Others.ShouldHaveSingleItem().Delta.ShouldBe(transfers.Length == 1 ? -63_000 : -63_500);
        }

        (await Told(Row(Me, Other, "1000", "5"), receipt, transaction, [Moved(Me, Other, 500)]))
            .Others.ShouldHaveSingleItem().Delta.ShouldBe(-63_500, "a payment is no fee");
    }

    [Fact]
    public async Task a_receipt_that_is_thrown_away_leaves_the_listed_price() =>
        (await Told(Row(Me, Other, "1000", "5"), null)).Fee.ShouldBe(105_000);

    private static string Row(string from, string to, string value, string price) =>
        $$"""
        {"blockNumber":"5","timeStamp":"1500000000","hash":"{{Hash}}","blockHash":"{{Hash}}","from":"{{from}}","to":"{{to}}","value":"{{value}}",
         "gasUsed":"21000","gasPrice":"{{price}}","isError":"0","contractAddress":""}
        """;

    private static string Moved(string from, string to, long value) =>
        $$"""
        {"blockNumber":"5","timeStamp":"1500000000","hash":"{{Hash}}","blockHash":"{{Hash}}","from":"{{from}}","to":"{{to}}","value":"{{value}}",
         "contractAddress":"{{Currency}}","tokenSymbol":"cUSD","tokenDecimal":"18"}
        """;

    private static async Task<ChainTransaction> Told(string row, string? receipt, string transaction = "{}", string[]? tokens = null)
    {
        string List(IEnumerable<string> rows) => $$"""{"status":"1","message":"OK","result":[{{string.Join(',', rows)}}]}""";
        var calls = new EtherscanCalls(1, "explorer", (path, _, _) => Task.FromResult<Body?>(GivenAccounts.Body(
            path.Contains("action=txlist&") ? List([row]) : path.Contains("action=tokentx&") ? List(tokens ?? []) : List([]))));
        var explorer = new Etherscan(Networks.Ethereum, "explorer", calls, new EvmRpc(Networks.Ethereum, "node", (json, _, _, _) =>
        {
            var asked = JsonNode.Parse(json.Span)!;
            return Task.FromResult<Body?>(GivenAccounts.Body(new JsonObject
            {
                ["jsonrpc"] = "2.0", ["id"] = 1, ["result"] = (string)asked["method"]! switch
                {
                    "eth_chainId" => "0x1",
                    "eth_getBlockByNumber" => new JsonObject
                    {
                        ["number"] = "0xffffff", ["hash"] = GivenAccounts.Hash('e'), ["parentHash"] = GivenAccounts.Hash('d'), ["timestamp"] = "0x5",
                    },
                    "eth_getTransactionReceipt" => receipt is null ? null : With(receipt, new()
                    {
                        ["transactionHash"] = Hash, ["blockNumber"] = "0x5", ["blockHash"] = Hash, ["gasUsed"] = "0x5208", ["status"] = "0x1",
                    }),
                    _ => With(transaction, new() { ["hash"] = Hash }),
                },
            }.ToJsonString()));
        }));
        return (await explorer.PageAsync(GivenAccounts.Address, null, TestContext.Current.CancellationToken)).Transactions.ShouldHaveSingleItem();
    }

    private static JsonObject With(string more, JsonObject all)
    {
        foreach (var (name, value) in JsonNode.Parse(more)!.AsObject()) all[name] = value?.DeepClone();
        return all;
    }
}
