using System.Text.Json.Nodes;
using Chains;
using Providers;
using Shouldly;
using Sync.Chains;
using Sync.Chains.Solana;
using Xunit;

namespace Unit.Sync;

/// <summary>Answers of a node of Solana that cannot be, or that say something else than they seem to.</summary>
public sealed class UnbelievableSolana
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("", "", null)]
    // Lamports that come from nowhere, or go there.
    [InlineData("\"postBalances\":[920", "\"postBalances\":[921", (int)ProviderFailure.BadAnswer)]
    [InlineData("\"fee\":10", "\"fee\":11", (int)ProviderFailure.BadAnswer)]
    [InlineData("\"rewards\":[]", "\"rewards\":[{\"pubkey\":\"x\",\"lamports\":-1}]", (int)ProviderFailure.BadAnswer)]
    // Numbers of 64 bits, all of them.
    [InlineData("\"preBalances\":[1000", "\"preBalances\":[-1000", (int)ProviderFailure.BadAnswer)]
    [InlineData("\"preBalances\":[1000", "\"preBalances\":[18446744073709551616", (int)ProviderFailure.BadAnswer)]
    [InlineData("\"preBalances\":[1000", "\"preBalances\":[1000.5", (int)ProviderFailure.BadAnswer)]
    [InlineData("\"fee\":10", "\"fee\":\"10\"", (int)ProviderFailure.BadAnswer)]
    [InlineData("\"amount\":\"5\"", "\"amount\":\"-5\"", (int)ProviderFailure.BadAnswer)]
    [InlineData("\"amount\":\"5\"", "\"amount\":\"18446744073709551616\"", (int)ProviderFailure.BadAnswer)]
    [InlineData("\"preBalances\":[1000,0,9,1]", "\"preBalances\":[1000,0,9]", (int)ProviderFailure.BadAnswer)]
    [InlineData("\"accountIndex\":2", "\"accountIndex\":4", (int)ProviderFailure.BadAnswer)]
    [InlineData("\"accountIndex\":2", "\"accountIndex\":-1", (int)ProviderFailure.BadAnswer)]
    // Accounts and signatures.
    [InlineData("\"accountKeys\":[\"8", "\"accountKeys\":[\"0", (int)ProviderFailure.BadAnswer)]
    [InlineData(GivenSolana.Other, GivenSolana.Me, (int)ProviderFailure.BadAnswer)]
    [InlineData("\"owner\":\"8", "\"owner\":\"l", (int)ProviderFailure.BadAnswer)]
    [InlineData("\"signatures\":[\"F", "\"signatures\":[\"G", (int)ProviderFailure.BadAnswer)]
    [InlineData("\"loadedAddresses\"", "\"loaded\"", (int)ProviderFailure.BadAnswer)]
    [InlineData("\"blockTime\":1772210526", "\"blockTime\":9772210526", (int)ProviderFailure.BadAnswer)]
    [InlineData("\"meta\":{", "\"meta\":null,\"was\":{", (int)ProviderFailure.BadAnswer)]
    // What is told is true, and cannot be used.
    [InlineData("\"slot\":500", "\"slot\":501", (int)ProviderFailure.Contradiction)]
    [InlineData("\"version\":0", "\"version\":1", (int)ProviderFailure.OutOfReach)]
    [InlineData("\"version\":0", "\"version\":\"legacy\"", null)]
    public async Task a_transaction_that_cannot_be_is_refused(string what, string instead, int? failure)
    {
        var told = what.Length == 0 ? GivenSolana.Transaction : GivenSolana.Transaction.Replace(what, instead, StringComparison.Ordinal);
        var asked = () => GivenSolana.Rpc(GivenSolana.Result(told)).TransactionsAsync([new(GivenSolana.Txid, 500, null)], Cancellation);
        if (failure is null) (await asked()).Values.ShouldHaveSingleItem().Fee.ShouldBe(10);
        else (await Should.ThrowAsync<ProviderException>(asked)).Failure.ShouldBe((ProviderFailure)failure);
    }

    [Fact]
    public async Task rent_that_an_old_transaction_names_is_no_lamport_lost()
    {
        var told = GivenSolana.Transaction.Replace("\"rewards\":[]", "\"rewards\":[{\"pubkey\":\"x\",\"lamports\":-3,\"rewardType\":\"Rent\"}]",
            StringComparison.Ordinal)
            .Replace("\"postBalances\":[920,70,9,1]", "\"postBalances\":[920,70,6,1]", StringComparison.Ordinal);
        (await GivenSolana.Rpc(GivenSolana.Result(told))
            .TransactionsAsync([new(GivenSolana.Txid, 500, null)], Cancellation)).Values.ShouldHaveSingleItem().DeltaAt(2).ShouldBe(-3);
    }

    [Fact]
    public async Task lamports_that_lack_in_an_old_transaction_are_rent_and_in_a_new_one_a_lie()
    {
        var told = GivenSolana.Transaction.Replace("\"postBalances\":[920,70,9,1]", "\"postBalances\":[920,63,9,1]", StringComparison.Ordinal);
        (await Told(500)).DeltaAt(1).ShouldBe(63);
        (await Should.ThrowAsync<ProviderException>(() => Told(SolanaRules.RentTakenUntil))).Failure.ShouldBe(ProviderFailure.BadAnswer);

        async Task<SolanaTransaction> Told(long slot) => (await GivenSolana.Rpc(GivenSolana.Result(
            told.Replace("\"slot\":500", $"\"slot\":{slot}", StringComparison.Ordinal)))
            .TransactionsAsync([new(GivenSolana.Txid, slot, null)], Cancellation)).Values.Single();
    }

    [Fact]
    public async Task a_tip_that_was_never_true_keeps_the_node_out_for_ten_minutes()
    {
        var time = new Testing.ManualTime();
        var asked = new List<long?>();
        var slot = 900_000_000_000;
        var rpc = new SolanaRpc(Networks.Solana, "node", new JsonRpc("node", 1, (json, _, _, _) =>
        {
            var question = JsonNode.Parse(json.Span)!;
            if ((string)question["method"]! == "getGenesisHash")
                return Task.FromResult<Body?>(GivenAccounts.Body(GivenSolana.Result("\"5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d\"")));
            asked.Add((long?)question["params"]![0]!["minContextSlot"]);
            return Task.FromResult<Body?>(GivenAccounts.Body(GivenSolana.Result(
                $$$"""{"context":{"slot":{{{slot}}}},"value":{"blockhash":"{{{GivenSolana.Mint}}}"}}""")));
        }), clock: time);
        await rpc.TipAsync(Cancellation);
        slot = 500;
        await rpc.TipAsync(Cancellation);
        asked.ShouldBe([null, 900_000_000_000]);

        slot = 900_000_000_000;
        await rpc.TipAsync(Cancellation);
        time.Advance(TimeSpan.FromMinutes(11));
        await rpc.TipAsync(Cancellation);
        asked[^1].ShouldBeNull();
    }

    [Fact]
    public async Task a_fact_is_what_the_transaction_changed_for_the_one_who_is_followed()
    {
        var transaction = (await GivenSolana.Rpc(GivenSolana.Result(GivenSolana.Transaction))
            .TransactionsAsync([new(GivenSolana.Txid, 500, null)], Cancellation)).Values.Single();
        ChainTransaction? Of(string account) => new SolanaFacts(Networks.Solana, account)
            .Of(transaction, new SolanaBlock(500, GivenSolana.Mint, transaction.Time!.Value), new HashSet<string>());

        var mine = Of(GivenSolana.Me)!;
        (mine.Delta, mine.Fee).ShouldBe((-80, 10));
        mine.Others!.ShouldHaveSingleItem().ShouldBe(new AssetChange($"{Networks.Solana.Caip2}/token:{GivenSolana.Mint}", 5));
        mine.From.ShouldBe([new ChainParty(GivenSolana.Me, 70)]);
        mine.To.ShouldBe([new ChainParty(GivenSolana.Other, 70),
            new ChainParty(GivenSolana.Me, 5, $"{Networks.Solana.Caip2}/token:{GivenSolana.Mint}")]);
        (Of(GivenSolana.Other)!.Delta, Of(GivenSolana.Other)!.Fee).ShouldBe((70, 0));
        // An account that the transaction does not touch has no part in it.
        Of("141iVdbbQMbZzqvKbtfnXA2E9QcycJJkxAXTrFhPtCeN").ShouldBeNull();
    }

    [Theory]
    [InlineData("6", 6)]
    [InlineData("0", 0)]
    [InlineData("255", 255)]
    // What is only shown keeps nobody from syncing.
    [InlineData("256", null)]
    [InlineData("-1", null)]
    [InlineData("\"6\"", null)]
    [InlineData("null", null)]
    public async Task decimals_that_cannot_be_are_none(string told, int? decimals)
    {
        var transaction = GivenSolana.Transaction.Replace("\"decimals\":6", $"\"decimals\":{told}", StringComparison.Ordinal);
        (await GivenSolana.Rpc(GivenSolana.Result(transaction))
            .TransactionsAsync([new(GivenSolana.Txid, 500, null)],
                Cancellation)).Values.Single().TokensAfter.ShouldHaveSingleItem().Decimals.ShouldBe(decimals);
    }

    [Theory]
    [InlineData("""[{"signature":"S","slot":5},{"signature":"T","slot":6}]""", (int)ProviderFailure.BadAnswer)]
    [InlineData("""[{"signature":"S","slot":5},{"signature":"S","slot":5}]""", null)]
    [InlineData("""[{"signature":"nonsense","slot":5}]""", (int)ProviderFailure.BadAnswer)]
    [InlineData("""[{"signature":"S","slot":-5}]""", (int)ProviderFailure.BadAnswer)]
    [InlineData("""[{"signature":"S","slot":"5"}]""", (int)ProviderFailure.BadAnswer)]
    [InlineData("""[{"signature":"S","slot":5,"confirmationStatus":"confirmed"}]""", (int)ProviderFailure.BadAnswer)]
    [InlineData("""[{"signature":"S","slot":5},{"signature":"T","slot":5},{"signature":"U","slot":5}]""", (int)ProviderFailure.BadAnswer)]
    [InlineData("{}", (int)ProviderFailure.BadAnswer)]
    [InlineData("null", (int)ProviderFailure.BadAnswer)]
    [InlineData("""[{"signature":"S","slot":5,"confirmationStatus":"finalized"},{"signature":"T","slot":5,"err":{"InstructionError":[0,"X"]}}]""",
        null)]
    public async Task a_list_that_cannot_be_is_refused(string list, int? failure)
    {
        var told = GivenSolana.Result(list.Replace("\"S\"", $"\"{GivenSolana.Txid}\"", StringComparison.Ordinal)
            .Replace("\"T\"", $"\"{new string('4', 87)}\"", StringComparison.Ordinal)
            .Replace("\"U\"", $"\"{new string('3', 87)}\"", StringComparison.Ordinal));
        var asked = () => GivenSolana.Rpc(told).SignaturesAsync([(GivenSolana.Me, null, null)], Cancellation, limit: 2);
        if (failure is null) (await asked())[0].Count.ShouldBe(2);
        else (await Should.ThrowAsync<ProviderException>(asked)).Failure.ShouldBe((ProviderFailure)failure);
    }

    [Theory]
    [InlineData(-32005, "Node is behind by 42 slots", (int)ProviderFailure.Behind)]
    [InlineData(-32005, "Too many requests for a specific RPC call", (int)ProviderFailure.RateLimited)]
    [InlineData(429, "slow down", (int)ProviderFailure.RateLimited)]
    [InlineData(-32429, "max usage reached", (int)ProviderFailure.RateLimited)]
    [InlineData(-32016, "Minimum context slot has not been reached", (int)ProviderFailure.Behind)]
    [InlineData(-32011, "Transaction history is not available from this node", (int)ProviderFailure.OutOfReach)]
    [InlineData(-32001, "Block 5 cleaned up, does not exist on node. First available block: 9", (int)ProviderFailure.OutOfReach)]
    [InlineData(-32010, "excluded from account secondary indexes", (int)ProviderFailure.OutOfReach)]
    [InlineData(-32015, "Transaction version (1) is not supported", (int)ProviderFailure.OutOfReach)]
    [InlineData(-32601, "Method not found", (int)ProviderFailure.OutOfReach)]
    [InlineData(-32603, "Internal error", (int)ProviderFailure.Unavailable)]
    [InlineData(-32600, "Batch requests are not allowed", (int)ProviderFailure.BadAnswer)]
    [InlineData(-32602, "Invalid params", (int)ProviderFailure.BadAnswer)]
    public async Task an_error_is_known_by_its_code_and_its_words(int code, string message, int failure)
    {
        var refused = await Should.ThrowAsync<ProviderException>(() =>
            GivenSolana.Rpc($$$"""{"jsonrpc":"2.0","id":1,"error":{"code":{{{code}}},"message":"{{{message}}}"}}""")
                .BalanceAsync(GivenSolana.Me, Cancellation));
        refused.Failure.ShouldBe((ProviderFailure)failure);
        refused.Message.ShouldNotContain(message);
    }

    [Theory]
    [InlineData(-32004, "Block not available for slot 5")]
    [InlineData(-32007, "Slot 5 was skipped, or missing due to ledger jump to recent snapshot")]
    [InlineData(-32009, "Slot 5 was skipped, or missing in long-term storage")]
    public async Task a_slot_without_a_block_has_none(int code, string message) =>
        (await GivenSolana.Rpc($$$"""{"jsonrpc":"2.0","id":1,"error":{"code":{{{code}}},"message":"{{{message}}}"}}""")
            .BlocksAsync([5], Cancellation))[5].ShouldBeNull();

    [Theory]
    [InlineData("""{"context":{"slot":5},"value":-1}""")]
    [InlineData("""{"context":{"slot":5},"value":18446744073709551616}""")]
    [InlineData("""{"context":{"slot":5},"value":"1"}""")]
    [InlineData("""{"value":1}""")]
    [InlineData("1")]
    public async Task a_balance_that_cannot_be_is_refused(string answer) =>
        (await Should.ThrowAsync<ProviderException>(() => GivenSolana.Rpc(GivenSolana.Result(answer))
            .BalanceAsync(GivenSolana.Me, Cancellation))).Failure.ShouldBe(ProviderFailure.BadAnswer);

    [Fact]
    public async Task a_token_account_of_somebody_else_is_refused()
    {
        var bytes = new byte[165];
        var told = GivenSolana.Result(
            $$$"""{"context":{"slot":5},"value":[{"pubkey":"{{{GivenSolana.Token}}}","account":{"data":["{{{Convert.ToBase64String(bytes)}}}","base64"],"owner":"{{{GivenSolana.Mint}}}"}}]}""");
        (await Should.ThrowAsync<ProviderException>(() => GivenSolana.Rpc(told)
            .TokenAccountsAsync(GivenSolana.Me, Cancellation))).Failure.ShouldBe(ProviderFailure.BadAnswer);
    }

    [Fact]
    public async Task a_batch_is_answered_in_any_order_but_completely()
    {
        static JsonNode One(JsonNode question) => JsonNode.Parse($$"""{"jsonrpc":"2.0","id":{{question["id"]}},"result":[]}""")!;
        SolanaRpc Node(Func<JsonArray, JsonNode> answer) => GivenSolana.Rpc(question => answer(question.AsArray()), batch: 10);
        (string, string?, string?)[] lists = [(GivenSolana.Me, null, null), (GivenSolana.Other, null, null)];

        (await Node(batch => new JsonArray([.. batch.Reverse().Select(each => One(each!))])).SignaturesAsync(lists, Cancellation)).Count.ShouldBe(2);
        foreach (var wrong in (Func<JsonArray, JsonNode>[])[batch => new JsonArray(One(batch[0]!)),
            batch => new JsonArray(One(batch[0]!), One(batch[0]!)), batch => One(batch[0]!)])
            (await Should.ThrowAsync<ProviderException>(() => Node(wrong)
                .SignaturesAsync(lists, Cancellation))).Failure.ShouldBe(ProviderFailure.BadAnswer);
    }
}
