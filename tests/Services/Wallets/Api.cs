using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Chains;
using Shouldly;
using Xunit;

namespace Services.Wallets;

/// <summary>Requests and answers as a client sees them.</summary>
internal static class Api
{
    public const string Genesis = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa";
    public const string Segwit = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4";

    /// <summary>A valid address of one's own.</summary>
    public static string AddressNumber(int number) =>
        BitcoinAddresses.P2wpkh(Networks.Bitcoin, [.. new byte[16], .. BitConverter.GetBytes(number)]).Text;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<JsonNode> GetOk(this HttpClient client, string path)
    {
        using var response = await client.GetAsync(path, Token);
        return await response.Body(HttpStatusCode.OK);
    }

    public static async Task<JsonNode> Send(this HttpClient client, HttpMethod method, string path, object? body, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = JsonContent.Create(body);
        using var response = await client.SendAsync(request, Token);
        return await response.Body(expected);
    }

    public static Task<JsonNode> Post(this HttpClient client, string path, object? body, HttpStatusCode expected = HttpStatusCode.Created) =>
        client.Send(HttpMethod.Post, path, body, expected);

    /// <summary>The answer's problem: its code, after the form every problem has was checked.</summary>
    public static async Task<JsonNode> Problem(this HttpResponseMessage response, string code)
    {
        var text = await response.Content.ReadAsStringAsync(Token);
        response.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json", text);
        var problem = JsonNode.Parse(text)!;
        problem["type"]!.GetValue<string>().ShouldBe($"/problems/{code}", text);
        problem["status"]!.GetValue<int>().ShouldBe((int)response.StatusCode);
        problem["instance"]!.GetValue<string>().ShouldStartWith("urn:trace:");
        problem["title"]!.GetValue<string>().ShouldNotBeEmpty();
        problem["detail"]!.GetValue<string>().ShouldNotBeEmpty();
        return problem;
    }

    public static async Task<JsonNode> SendForProblem(this HttpClient client, HttpMethod method, string path, object? body, string code)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = body as HttpContent ?? JsonContent.Create(body);
        using var response = await client.SendAsync(request, Token);
        return await response.Problem(code);
    }

    public static async Task<Guid> NewWallet(this HttpClient client, string label = "Savings") =>
        (await client.Post("/api/v1/wallets", new { label }))["id"]!.GetValue<Guid>();

    public static string Id(this JsonNode node) => node["id"]!.GetValue<string>();

    private static async Task<JsonNode> Body(this HttpResponseMessage response, HttpStatusCode expected)
    {
        var text = await response.Content.ReadAsStringAsync(Token);
        response.StatusCode.ShouldBe(expected, text);
        return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
    }
}
