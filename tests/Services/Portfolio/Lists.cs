using System.Net;
using System.Net.Http.Json;
using System.Numerics;
using System.Text.Json.Nodes;

namespace Services.Portfolio;

/// <summary>Reads lists over HTTP the way a client does, cursor after cursor.</summary>
internal static class Lists
{
    public static async Task<JsonNode> Get(HttpClient client, string path) => (await client.GetFromJsonAsync<JsonNode>(path))!;

    /// <summary>How a request is answered, whatever the answer.</summary>
    public static async Task<(HttpStatusCode Status, string Body)> Ask(HttpClient client, string path)
    {
        using var response = await client.GetAsync(path);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Every entry of a list, in pages of random sizes, from its beginning to its end.</summary>
    public static async Task<List<JsonNode>> All(HttpClient client, string path, Random random)
    {
        var all = new List<JsonNode>();
        var join = path.Contains('?') ? '&' : '?';
        var page = await Get(client, $"{path}{join}limit={random.Next(1, 60)}");
        while (true)
        {
            all.AddRange(page["data"]!.AsArray()!);
            if (page["next"] is not { } next) return all;
            page = await Get(client, $"{path}{join}limit={random.Next(1, 60)}&cursor={next}");
        }
    }

    public static Line Line(JsonNode entry) => new(
        (string)entry["txid"]!, (Guid)entry["addressId"]!, Amount(entry["result"])!.Value, Amount(entry["balance"]), (bool)entry["provisional"]!);

    public static BigInteger? Amount(JsonNode? money) => money is null ? null : BigInteger.Parse((string)money["amount"]!);
}
