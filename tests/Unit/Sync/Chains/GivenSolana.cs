using System.Text.Json.Nodes;
using Chains;
using Providers;
using Sync.Chains;
using Sync.Chains.Solana;

namespace Unit.Sync;

internal static class GivenSolana
{
    public const string Me = "8LWBRWyhQtqNZozDWuaiYVvFEk8aY1bBVxZm3FF4ZLYy";
    public const string Other = "55DmzKhoWTiRdRfc4MQpXnTGzg5PwhVkfgrPtKyLRYMY";
    public const string Token = "3amMdcTE5UwgsWYgFRmiVoWAyF2ZtkW3QCBEVavcZ24d";
    public const string Mint = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v";
    public const string Txid = "FnFdc9MtfQE58iqaQbRCjngTQZeTZ7wfokaQADq6W6sbvFSXwF6aTUpzLEYaxJCqimQyqfjRQLfCLFcadyXWsK5";

    /// <summary>A transaction of mine that pays 70 and gets 5 tokens.</summary>
    public const string Transaction = $$$"""
        {"blockTime":1772210526,"slot":500,"version":0,
         "meta":{"err":null,"fee":10,"innerInstructions":[],"loadedAddresses":{"readonly":["{{{Mint}}}"],"writable":["{{{Token}}}"]},"rewards":[],
                 "preBalances":[1000,0,9,1],"postBalances":[920,70,9,1],"preTokenBalances":[],
                 "postTokenBalances":[{"accountIndex":2,"mint":"{{{Mint}}}","owner":"{{{Me}}}","uiTokenAmount":{"amount":"5","decimals":6}}]},
         "transaction":{"message":{"accountKeys":["{{{Me}}}","{{{Other}}}"],"instructions":[],"recentBlockhash":"{{{Mint}}}"},"signatures":["{{{Txid}}}"]}}
        """;

    /// <summary>A node of mainnet that answers so to every question but the one for its chain.</summary>
    public static SolanaRpc Rpc(Func<JsonNode, JsonNode> answer, int batch = 1) =>
        new(Networks.Solana, "node", new JsonRpc("node", batch, (json, _, _, _) =>
    {
        var question = JsonNode.Parse(json.Span)!;
        if (question is JsonObject && (string)question["method"]! == "getGenesisHash")
            return Task.FromResult<Body?>(GivenAccounts.Body("""{"jsonrpc":"2.0","id":1,"result":"5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d"}"""));
        return Task.FromResult<Body?>(GivenAccounts.Body(answer(question).ToJsonString()));
    }));

    /// <summary>The same with the answer as it is.</summary>
    public static SolanaRpc Rpc(string answer) => new(Networks.Solana, "node", new JsonRpc("node", 1, (json, _, _, _) =>
        Task.FromResult<Body?>(GivenAccounts.Body(JsonNode.Parse(json.Span) is JsonObject question && (string)question["method"]! == "getGenesisHash"
            ? """{"jsonrpc":"2.0","id":1,"result":"5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d"}""" : answer))));

    public static string Result(string result) => $$"""{"jsonrpc":"2.0","id":1,"result":{{result}}}""";
}
