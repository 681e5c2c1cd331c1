using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Testing;

/// <summary>
/// A real node as a provider of histories: it answers whatever is asked itself; only the list of an account's transfers
/// (<c>alchemy_getAssetTransfers</c>), which nodes do not have, is made here, from the node's own blocks and logs.
/// </summary>
public sealed class ListingNode : IAsyncDisposable
{
    private const string Transfer = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";
    private readonly HttpClient http = new();
    private readonly AnvilNode node;
    private readonly WebApplication app;

    private ListingNode(AnvilNode node)
    {
        this.node = node;
        var builder = WebApplication.CreateSlimBuilder(["--urls", "http://127.0.0.1:0"]);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        app = builder.Build();
        app.MapPost("/", AnswerAsync);
    }

    /// <summary>Where it answers.</summary>
    public string Url => app.Urls.Single();

    public static async Task<ListingNode> StartAsync(AnvilNode node)
    {
        var listing = new ListingNode(node);
        await listing.app.StartAsync();
        return listing;
    }

    /// <summary>What the node's blocks and logs say moved from or to an account, newest first: its txid, and what moved of which token.</summary>
    public async Task<IReadOnlyList<JsonObject>> TransfersOfAsync(string account)
    {
        var all = new List<JsonObject>();
        foreach (var side in (string[])["fromAddress", "toAddress"])
        {
            all.AddRange(await ListAsync(
                new JsonObject { ["toBlock"] = "0xffffff", [side] = account, ["category"] = new JsonArray("external", "erc20") }));
        }

        return all;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        http.Dispose();
    }

    private async Task<IResult> AnswerAsync(HttpRequest request)
    {
        var asked = await JsonNode.ParseAsync(request.Body);
        var answer = asked is JsonArray batch
            ? new JsonArray([.. await Task.WhenAll(batch.Select(each => OneAsync(each!.AsObject())))]) : await OneAsync(asked!.AsObject());
        return Results.Text(answer!.ToJsonString(), "application/json");
    }

    private async Task<JsonNode?> OneAsync(JsonObject question)
    {
        if ((string)question["method"]! != "alchemy_getAssetTransfers") return await PassOnAsync(question.DeepClone());
        var transfers = await ListAsync(question["params"]![0]!.AsObject());
        return new JsonObject
        {
            ["jsonrpc"] = "2.0", ["id"] = question["id"]!.DeepClone(),
            ["result"] = new JsonObject { ["transfers"] = new JsonArray([.. transfers]) },
        };
    }

    private async Task<List<JsonObject>> ListAsync(JsonObject filter)
    {
        var top = Math.Min(Number((string)filter["toBlock"]!), Number((string)(await AskAsync("eth_blockNumber"))!));
        var categories = filter["category"]!.AsArray().Select(category => (string)category!).ToHashSet();
        var (from, to) = ((string?)filter["fromAddress"], (string?)filter["toAddress"]);
        var contracts = filter["contractAddresses"]?.AsArray().Select(contract => ((string)contract!).ToLowerInvariant()).ToHashSet();
        var list = new List<JsonObject>();
        for (var height = top; height >= 0; height--)
        {
            var block = (await AskAsync("eth_getBlockByNumber", Quantity(height), true))!;
            var time = DateTimeOffset.FromUnixTimeSeconds(Number((string)block["timestamp"]!)).ToString("O", CultureInfo.InvariantCulture);
            foreach (var log in (await AskAsync("eth_getLogs", new JsonObject
            {
                ["fromBlock"] = Quantity(height), ["toBlock"] = Quantity(height), ["topics"] = new JsonArray(Transfer),
            }))!.AsArray())
            {
                var contract = ((string)log!["address"]!).ToLowerInvariant();
                if (contracts?.Contains(contract) is false) continue;
                Add("erc20", $"{(string)log["transactionHash"]!}:log:{(string)log["logIndex"]!}", (string)log["transactionHash"]!,
                    Party(log["topics"]![1]!), Party(log["topics"]![2]!), (string)log["data"]!, contract);
            }

            foreach (var sent in block["transactions"]!.AsArray().Reverse())
            {
                Add("external", $"{(string)sent!["hash"]!}:external", (string)sent["hash"]!, (string)sent["from"]!, (string?)sent["to"],
                    (string)sent["value"]!, null);
            }

            void Add(string category, string id, string hash, string giver, string? taker, string value, string? contract)
            {
                if (!categories.Contains(category) || (from is not null && giver != from) || (to is not null && taker != to)) return;
                list.Add(new JsonObject
                {
                    ["blockNum"] = Quantity(height), ["uniqueId"] = id, ["hash"] = hash, ["from"] = giver, ["to"] = taker, ["asset"] = "TKN",
                    ["category"] = category,
                    ["rawContract"] = new JsonObject { ["value"] = value, ["address"] = contract, ["decimal"] = "0x12" },
                    ["metadata"] = new JsonObject { ["blockTimestamp"] = time },
                });
            }
        }

        return list;
    }

    private static string Quantity(long number) => "0x" + number.ToString("x", CultureInfo.InvariantCulture);

    private static string Party(JsonNode topic) => "0x" + ((string)topic!)[26..];

    private static long Number(string hex) => long.Parse(hex.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private async Task<JsonNode?> AskAsync(string method, params JsonNode[] parameters) =>
        (await PassOnAsync(
            new JsonObject { ["jsonrpc"] = "2.0", ["id"] = 1, ["method"] = method, ["params"] = new JsonArray(parameters) }))!["result"];

    private async Task<JsonNode?> PassOnAsync(JsonNode question)
    {
        using var response = await http.PostAsJsonAsync(node.Url, question);
        return await response.Content.ReadFromJsonAsync<JsonNode>();
    }
}
