using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Chains;
using Providers;
using Shouldly;
using Sync.Chains;
using Sync.Chains.Evm;
using Testing;
using Xunit;

namespace Unit.Sync;

/// <summary>What explorers and nodes once answered about accounts is read, and says what it said.</summary>
public sealed class RecordedAccounts
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task every_recorded_list_is_read_or_refused_for_what_it_says()
    {
        SkipWithoutData();
        var (read, empty, refused) = (0, 0, 0);
        foreach (var list in (string[])["txlist", "txlistinternal", "tokentx"])
        {
            foreach (var (uri, _, answer) in Recordings("etherscan", list))
            {
                var rows = answer["result"] as JsonArray ?? [];
                var account = Regex.Match(uri, "address=(0x[0-9a-fA-F]{40})") is { Success: true } named
                    ? named.Groups[1].Value : (string?)rows.FirstOrDefault()?["from"] ?? GivenAccounts.Account('1');
                // Asked for one transaction, the list leaves out which.
                foreach (var row in rows.Where(row => row!["hash"] is null))
                    row!["hash"] = "0x" + Regex.Match(uri, "txhash=0x([0-9a-f]{64})").Groups[1].Value;

                var page = Page(account, (list, answer));
                if (rows.Count > 0)
                {
                    var told = (await page).Transactions;
                    told.Select(fact => fact.Txid).ShouldBe(rows.Select(row => (string)row!["hash"]!).Distinct(), ignoreOrder: true, uri);
                    told.ShouldAllBe(fact => fact.From.Count == fact.To.Count && fact.BlockTime.Year > 2014);
                    if (list == "txlist") CheckSent(told, rows, account.ToLowerInvariant());
                    read++;
                }
                else if ((string)answer["message"]! == "No transactions found")
                {
                    (await page).Transactions.ShouldBeEmpty();
                    empty++;
                }
                else
                {
                    (await Should.ThrowAsync<ProviderException>(() => page)).Failure.ShouldBe(ProviderFailure.OutOfReach, uri);
                    refused++;
                }
            }
        }

        (read, empty, refused).ShouldBe((15, 3, 4));
    }

    [Fact]
    public async Task recorded_lists_of_one_account_become_one_history()
    {
        SkipWithoutData();
        const string Account = "0xb8553d9ee35dd23bb96fbd679e651b929821969b";
        var sent = Recordings("etherscan", "txlist").Single(recording => recording.Uri.Contains("etherscan.io", StringComparison.Ordinal)
            && recording.Uri.Contains(Account, StringComparison.OrdinalIgnoreCase)
            && recording.Uri.Contains("endblock=16295684", StringComparison.Ordinal)
            && recording.Uri.EndsWith("startblock=0", StringComparison.Ordinal)).Answer;
        var tokens = Recordings("etherscan", "tokentx")
            .Single(recording => recording.Uri.Contains("endblock=16295684", StringComparison.Ordinal)
                && recording.Uri.EndsWith("startblock=0", StringComparison.Ordinal)).Answer;

        var page = await Page(Account, ("txlist", sent), ("tokentx", tokens));

        var hashes = Hashes(sent).Concat(Hashes(tokens)).ToList();
        page.Transactions.Count.ShouldBe(hashes.Distinct().Count());
        hashes.Count.ShouldBeGreaterThan(page.Transactions.Count, "some are on both lists");
        page.Transactions.Select(fact => fact.Height).ShouldBeInOrder(SortDirection.Descending);
        page.Assets!.Single(note => note.Symbol == "USDC")
            .ShouldBe(new TokenDescription("eip155:1/erc20:0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48", "USDC", 6));

        static IEnumerable<string> Hashes(JsonNode answer) => answer["result"]!.AsArray().Select(row => (string)row!["hash"]!);
    }

    [Fact]
    public async Task every_recorded_answer_of_a_node_is_read_as_recorded()
    {
        SkipWithoutData();
        var (read, refused) = (0, 0);
        foreach (var call in (string[])["eth_getBalance", "eth_getBlockByNumber", "eth_getTransactionReceipt", "eth_getLogs"])
        {
            foreach (var (uri, body, answer) in Recordings("rpc", call))
            {
                if (answer["error"] is not null)
                {
                    (await Should.ThrowAsync<ProviderException>(() =>
                        Ask(call, body!["params"]!.AsArray(), answer))).Failure.ShouldBe(ProviderFailure.OutOfReach, uri);
                    refused++;
                }
                else
                {
                    await Ask(call, body!["params"]!.AsArray(), answer);
                    read++;
                }
            }
        }

        (read + refused, refused).ShouldBe((37, 3));
    }

    [Fact]
    public async Task recorded_blocks_receipts_and_transfers_of_an_export_are_read()
    {
        SkipWithoutData();
        var read = 0;
        foreach (var file in Directory.EnumerateFiles(SharedData.PathOf("evm", "ethereum-etl"), "*.json", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal))
        {
            if (Regex.Match(Path.GetFileName(file),
                @"(eth_getBlockByNumber|eth_getTransactionReceipt|eth_getFilterLogs|eth_chainId)(_([^_.]+))?") is not { Success: true } call)
                continue;
            var answer = JsonNode.Parse(await File.ReadAllTextAsync(file, Cancellation))!;
            var result = answer["result"]!;
            switch (call.Groups[1].Value)
            {
                case "eth_getBlockByNumber":
                    await Ask("eth_getBlockByNumber", [(string)result["number"]!, false], answer);
                    break;
                case "eth_getTransactionReceipt":
                    await Ask("eth_getTransactionReceipt", [call.Groups[3].Value], answer);
                    break;
                case "eth_getFilterLogs":
                    // The logs of a block, transfers among others: read as of the receiver of each transfer.
                    foreach (var log in result.AsArray().Where(log => log!["topics"]!.AsArray() is [var topic, _, _]
                        && (string)topic! == EvmRules.Transfer))
                    {
                        var height = (long)Hex((string)log!["blockNumber"]!);
                        var logs = await Node([.. Both(new JsonArray([log.DeepClone()]))])
                            .TransfersAsync("0x" + ((string)log["topics"]![2]!)[26..], height, height, Cancellation);
                        logs.ShouldHaveSingleItem().Value.Value.ShouldBe(Hex((string)log["data"]!));
                    }

                    break;
            }

            read++;
        }

        read.ShouldBeGreaterThan(15);

        static IEnumerable<JsonNode> Both(JsonNode result) =>
            [new JsonObject { ["result"] = result.DeepClone() }, new JsonObject { ["result"] = result.DeepClone() }];
    }

    [Fact]
    public async Task the_node_makers_own_pairs_of_questions_and_answers_are_asked_and_read()
    {
        SkipWithoutData();
        var asked = 0;
        foreach (var call in (string[])["eth_getBalance", "eth_getBlockByNumber", "eth_getTransactionCount", "eth_getTransactionReceipt",
            "eth_getTransactionByHash", "eth_getLogs", "eth_call"])
        {
            foreach (var file in Directory.EnumerateFiles(SharedData.PathOf("evm", "execution-apis", "tests", call), "*.io")
                .Order(StringComparer.Ordinal))
            {
                var lines = await File.ReadAllLinesAsync(file, Cancellation);
                var question = JsonNode.Parse(lines.Single(line => line.StartsWith(">> ", StringComparison.Ordinal))[3..])!;
                var answer = JsonNode.Parse(lines.Single(line => line.StartsWith("<< ", StringComparison.Ordinal))[3..])!;
                if (answer["error"] is { } error)
                {
                    RpcErrors.Of(call, (int)error["code"]!, (string)error["message"]!)
                        .ShouldBe(call == "eth_call" ? RpcError.Reverted : RpcError.Other, file);
                }
                else if (call != "eth_call")
                {
                    var sent = await Ask(call, question["params"]!.AsArray(), answer);
                    // Where it is a question that we ask, it is asked in their words.
                    if (question["params"]!.AsArray().Count == 2 && ((string?)question["params"]![0] == "latest"
                        || (string?)question["params"]![1]?.ToString() == "latest"))
                        sent["params"]![0]!.ToString().ShouldBe(question["params"]![0]!.ToString(), file);
                }

                asked++;
            }
        }

        asked.ShouldBe(51);
    }

    // Asks what was asked, by our own words, and compares with what was answered.
    private static async Task<JsonNode> Ask(string call, JsonArray parameters, JsonNode answer)
    {
        List<JsonNode> sent = [];
        var result = answer["result"];
        var node = Node([answer, answer], sent);
        switch (call)
        {
            case "eth_getBalance":
                (await node.BalanceAsync((string)parameters[0]!, null, Cancellation)).Value.ShouldBe(Hex((string)result!));
                break;
            case "eth_getTransactionCount":
                new BigInteger(await node.SentAsync((string)parameters[0]!, Cancellation)).ShouldBe(Hex((string)result!));
                break;
            case "eth_getBlockByNumber":
                var height = ((string)parameters[0]!).StartsWith("0x", StringComparison.Ordinal) ? (long?)Hex((string)parameters[0]!) : null;
                var block = await node.BlockAsync(height, Cancellation);
                (block?.Hash, block?.ParentHash).ShouldBe(((string?)result?["hash"], (string?)result?["parentHash"]));
                break;
            case "eth_getTransactionReceipt":
                var receipts = await node.ReceiptsAsync([(string)parameters[0]!], Cancellation);
                if (result is null)
                {
                    receipts.ShouldBeEmpty();
                    break;
                }

                var fee = (Field("gasUsed") * Field("effectiveGasPrice")) + (Field("blobGasUsed") * Field("blobGasPrice")) + Field("l1Fee");
                var receipt = receipts.Values.ShouldHaveSingleItem();
                (receipt.Fee!.Value.Value, receipt.BlockHash, new BigInteger(receipt.Height), receipt.Failed)
                    .ShouldBe((fee, (string)result["blockHash"]!, Field("blockNumber"), (string?)result["status"] == "0x0"));
                break;
            case "eth_getTransactionByHash":
                (await node.TransactionsAsync([(string)parameters[0]!], Cancellation)).Values.ShouldAllBe(told => told.Minted == Amount.Zero);
                break;
            case "eth_getLogs":
                var topics = parameters[0]!["topics"]?.AsArray();
                var account = topics is [_, { } of, ..] && of is JsonValue ? "0x" + ((string)of!)[26..] : GivenAccounts.Account('1');
                var logs = await node.TransfersAsync(account, 0, long.MaxValue >> 24, Cancellation);
                logs.Count.ShouldBe(result!.AsArray().Count(log => log!["topics"]!.AsArray() is [var topic, _, _]
                    && (string)topic! == EvmRules.Transfer));
                break;
        }

        return sent[^1];

        BigInteger Field(string name) => (string?)result![name] is { } text ? Hex(text) : BigInteger.Zero;
    }

    // "Fee" is what the account paid: its own transactions' gas. They are numbered without a gap, until accounts could lend
    // their code to others, which takes a number too (EIP-7702, May 2025).
    private static void CheckSent(IReadOnlyList<ChainTransaction> told, JsonArray rows, string account)
    {
        var own = rows.Where(row => (string)row!["from"]! == account).ToList();
        foreach (var row in own)
            told.Single(fact => fact.Txid == (string)row!["hash"]!).Fee.Value.ShouldBe(BigInteger.Parse((string)row!["gasUsed"]!,
                CultureInfo.InvariantCulture) * BigInteger.Parse((string)row["gasPrice"]!, CultureInfo.InvariantCulture));
        told.Where(fact => !own.Any(row => (string)row!["hash"]! == fact.Txid)).ShouldAllBe(fact => fact.Fee.IsZero);

        var nonces = own.Select(row => long.Parse((string)row!["nonce"]!, CultureInfo.InvariantCulture)).Order().ToList();
        nonces.ShouldBeUnique();
        if (nonces.Count > 0 && told[0].BlockTime < new DateTimeOffset(2025, 5, 1, 0, 0, 0, TimeSpan.Zero))
            nonces.ShouldBe(Enumerable.Range(0, nonces.Count).Select(n => nonces[0] + n));
    }

    private static Task<HistoryPage> Page(string account, params (string List, JsonNode Answer)[] lists)
    {
        var calls = new EtherscanCalls(1, "explorer", (path, _, _) =>
        {
            var told = lists.FirstOrDefault(list => path.Contains($"action={list.List}&", StringComparison.Ordinal)).Answer
                ?? new JsonObject { ["status"] = "0", ["message"] = "No transactions found", ["result"] = new JsonArray() };
            if (told["result"] is JsonArray rows)
                told["result"] = new JsonArray([.. rows.OrderByDescending(row =>
                    long.Parse((string)row!["blockNumber"]!, CultureInfo.InvariantCulture)).Select(row => row!.DeepClone())]);
            return Task.FromResult<Body?>(GivenAccounts.Body(told.ToJsonString()));
        });
        return new Etherscan(Networks.Ethereum, "explorer", calls, new TipOnly())
            .PageAsync(EvmAddresses.FromAccount(Networks.Ethereum, Convert.FromHexString(account.AsSpan(2))), null, Cancellation);
    }

    private static EvmRpc Node(IReadOnlyList<JsonNode> answers, List<JsonNode>? sent = null)
    {
        var left = new Queue<JsonNode>(answers);
        return new EvmRpc(Networks.Ethereum, "node", (json, _, _, _) =>
        {
            var question = JsonNode.Parse(json.Span)!;
            if ((string)question["method"]! == "eth_chainId")
                return Task.FromResult<Body?>(GivenAccounts.Body("""{"jsonrpc":"2.0","id":1,"result":"0x1"}"""));
            sent?.Add(question);
            var answer = left.Dequeue().DeepClone();
            answer["id"] = 1;
            return Task.FromResult<Body?>(GivenAccounts.Body(answer.ToJsonString()));
        });
    }

    private static BigInteger Hex(string text) => BigInteger.Parse("0" + text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static IEnumerable<(string Uri, JsonNode? Body, JsonNode Answer)> Recordings(string folder, string call) =>
        Directory.EnumerateFiles(SharedData.PathOf("evm", folder, call), "*.json").Order(StringComparer.Ordinal).Select(file =>
        {
            var recording = JsonNode.Parse(File.ReadAllText(file))!;
            return ((string)recording["request"]!["uri"]!, recording["request"]!["body"], recording["response"]!.DeepClone());
        });

    private static void SkipWithoutData() => Assert.SkipUnless(SharedData.IsPresent, SharedData.Absent);
}
