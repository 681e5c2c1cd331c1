using System.Text;
using System.Text.Json.Nodes;
using Chains;
using Shouldly;
using Sync.Chains.Solana;
using Testing;
using Xunit;

namespace Unit.Sync;

/// <summary>What nodes of Solana once answered is read, and says what it said.</summary>
public sealed class RecordedSolana
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task every_recorded_transaction_is_read_to_the_lamport_and_the_same_in_both_encodings()
    {
        SkipWithoutData();
        var (read, versioned, loaded, tokens) = (0, 0, 0, 0);
        foreach (var (parameters, answer) in Recordings("getTransaction"))
        {
            var result = answer["result"]!;
            var (txid, meta) = ((string)parameters[0]!, result["meta"]!);
            var transaction = await Read(txid, result);
            Shown(await Read(txid, Parsed(result))).ShouldBe(Shown(transaction));

            transaction.Fee.ShouldBe((long)meta["fee"]!);
            transaction.Slot.ShouldBe((long)result["slot"]!);
            transaction.Time.ShouldBe(DateTimeOffset.FromUnixTimeSeconds((long)result["blockTime"]!));
            transaction.Failed.ShouldBeFalse();
            transaction.Before.ShouldBe(meta["preBalances"]!.AsArray().Select(value => (ulong)value!));
            transaction.After.ShouldBe(meta["postBalances"]!.AsArray().Select(value => (ulong)value!));

            CheckFacts(transaction, meta);
            read++;
            if (result["version"]!.GetValueKind() is System.Text.Json.JsonValueKind.Number) versioned++;
            if (meta["loadedAddresses"]!["writable"]!.AsArray().Count > 0) loaded++;
            tokens += transaction.TokensAfter.Count;
        }

        (read, versioned, loaded).ShouldBe((10, 7, 7));
        tokens.ShouldBeGreaterThan(30);
    }

    [Fact]
    public async Task every_recorded_list_of_signatures_is_read()
    {
        SkipWithoutData();
        var read = 0;
        foreach (var (parameters, answer) in Recordings("getSignaturesForAddress"))
        {
            var told = (await Rpc(_ => answer).SignaturesAsync([((string)parameters[0]!, (string?)parameters[1]!["before"], null)], Cancellation))[0];
            told.Select(signature => (signature.Txid, signature.Slot, signature.Time!.Value.ToUnixTimeSeconds()))
                .ShouldBe(answer["result"]!.AsArray().Select(entry =>
                    ((string)entry!["signature"]!, (long)entry["slot"]!, (long)entry["blockTime"]!)));
            read += told.Count;
        }

        read.ShouldBe(5);
    }

    [Fact]
    public async Task every_recorded_token_account_and_account_is_read()
    {
        SkipWithoutData();
        var held = new List<SolanaTokenAccount>();
        foreach (var (parameters, answer) in Recordings("getTokenAccountsByOwner"))
        {
            var (owner, program) = ((string)parameters[0]!, (string)parameters[1]!["programId"]!);
            held.AddRange(await Rpc(question => (string)question["params"]![1]!["programId"]! == program
                ? answer : JsonNode.Parse("""{"result":{"context":{"slot":1},"value":[]}}""")!).TokenAccountsAsync(owner, Cancellation));
        }

        var account = held.ShouldHaveSingleItem();
        (account.Account, account.Mint, account.Amount)
            .ShouldBe(("6WFzSmenHeLEh4u6ibFsZ1k7NJioNJrK1LamJrqfBpCG", "2u1tszSeqZ3qBWF3uNGPFc8TzMk2tdiwknnRMWGWjGWH", 0UL));

        var programs = new List<string>();
        foreach (var (parameters, answer) in Recordings("getAccountInfo"))
        {
            var program = await Rpc(_ => answer).ProgramAsync((string)parameters[0]!, Cancellation);
            program.ShouldBe((string)answer["result"]!["value"]!["owner"]!);
            programs.Add(program!);
        }

        programs.Count.ShouldBe(4);
    }

    // Whoever is followed, nothing is made or lost: the changes of all accounts come to the fee, and each token's to what the
    // recording says of all its accounts.
    private static void CheckFacts(SolanaTransaction transaction, JsonNode meta)
    {
        var block = new SolanaBlock(transaction.Slot, transaction.Accounts[0], transaction.Time!.Value);
        var owners = transaction.TokensBefore.Concat(transaction.TokensAfter).Select(tokens => tokens.Owner!).Distinct().ToList();
        var facts = transaction.Accounts.Concat(owners).Distinct()
            .Select(account => new SolanaFacts(Networks.Solana, account).Of(transaction, block, new HashSet<string>())!).ToList();

        facts.Aggregate(Amount.Zero, (sum, fact) => sum + fact.Delta).ShouldBe(-transaction.Fee);
        facts.Aggregate(Amount.Zero, (sum, fact) => sum + fact.Fee).ShouldBe(transaction.Fee, "one pays it");
        facts[0].Fee.ShouldBe(transaction.Fee, "the first account does");
        foreach (var mint in transaction.TokensBefore.Concat(transaction.TokensAfter).Select(tokens => tokens.Mint).Distinct())
        {
            var asset = $"solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp/token:{mint}";
            facts.SelectMany(fact => fact.Others!).Where(change => change.Asset == asset).Aggregate(Amount.Zero, (sum, change) => sum + change.Delta)
                .ShouldBe(Recorded("postTokenBalances", mint) - Recorded("preTokenBalances", mint));
        }

        Amount Recorded(string list, string mint) => meta[list]!.AsArray().Where(entry => (string)entry!["mint"]! == mint)
            .Aggregate(Amount.Zero, (sum, entry) => sum + Amount.Parse((string)entry!["uiTokenAmount"]!["amount"]!));
    }

    private static async Task<SolanaTransaction> Read(string txid, JsonNode result) =>
        (await Rpc(_ => new JsonObject { ["result"] = result.DeepClone() })
            .TransactionsAsync([new SolanaSignature(txid, (long)result["slot"]!, null)], Cancellation))[txid];

    // As a node writes it in the other encoding: accounts as objects, those from look-up tables among them.
    private static JsonNode Parsed(JsonNode result)
    {
        var parsed = result.DeepClone();
        var (message, meta) = (parsed["transaction"]!["message"]!.AsObject(), parsed["meta"]!.AsObject());
        var loaded = meta["loadedAddresses"]!;
        message["accountKeys"] = new JsonArray([.. message["accountKeys"]!.AsArray().Concat(loaded["writable"]!.AsArray())
            .Concat(loaded["readonly"]!.AsArray())
            .Select(key => new JsonObject { ["pubkey"] = (string)key!, ["signer"] = false, ["source"] = "transaction", ["writable"] = true })]);
        meta.Remove("loadedAddresses");
        message["instructions"] = new JsonArray();
        meta["innerInstructions"] = new JsonArray();
        return parsed;
    }

    private static string Shown(SolanaTransaction transaction) =>
        $"{transaction.Txid} {transaction.Slot} {transaction.Fee} {string.Join(',', transaction.Accounts)} {string.Join(',', transaction.Before)} " +
        $"{string.Join(',', transaction.After)} {string.Join(',', transaction.TokensBefore)} {string.Join(',', transaction.TokensAfter)}";

    private static SolanaRpc Rpc(Func<JsonNode, JsonNode> answer) => GivenSolana.Rpc(answer);

    private static IEnumerable<(JsonArray Parameters, JsonNode Answer)> Recordings(string call) =>
        Directory.EnumerateFiles(SharedData.PathOf("solana", call), "*.json").Order(StringComparer.Ordinal).Select(file =>
        {
            var recording = JsonNode.Parse(File.ReadAllText(file, Encoding.UTF8))!;
            return (recording["request"]!["body"]!["params"]!.AsArray(), recording["response"]!);
        });

    private static void SkipWithoutData() => Assert.SkipUnless(SharedData.IsPresent, SharedData.Absent);
}
