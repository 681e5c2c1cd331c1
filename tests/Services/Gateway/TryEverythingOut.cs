using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using Xunit;

namespace Services.Gateway;

/// <summary>The document as a newcomer uses it: what it fills in is sent as it stands.</summary>
[Collection(nameof(PublicApi))]
public sealed class TryEverythingOut(PublicApi api)
{
    private const string Zpub =
        """zpub6rFR7y4Q2AijBEqTUquhVz398htDFrtymD9xYYfG1m4wAcvPhXNfE3EfH1r1ADqtfSdVCToUG868RvUUkgDKf31mGDtKsAYz2oz2AGutZYs""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task whatever_the_document_shows_as_an_example_is_taken()
    {
        using var client = await api.NewClientAsync("admin");
        var wallet = await Made(client, "/api/v1/wallets", """{"label":"Mine"}""");
        var address = await Made(client, $"/api/v1/wallets/{wallet}/addresses", """{"network":"bitcoin","address":"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"}""");
        var source = await Made(client, $"/api/v1/wallets/{wallet}/sources", $$"""{"network":"bitcoin","text":"{{Zpub}}"}""");
        var user = await Made(client, "/api/v1/users", $$"""{"email":"{{Guid.NewGuid():N}}@example.org"}""");
        var key = await Made(client, "/api/v1/api-keys", $$"""{"label":"Theirs","scopes":["wallets:read"],"userId":"{{user}}"}""");
        var webhook = await Made(client, "/api/v1/webhooks", """{"url":"https://example.org/hooks"}""");
        var refused = new List<string>();
        var tried = 0;

        foreach (var (path, item) in await PathsAsync(client))
            foreach (var (method, operation) in item!.AsObject().OrderBy(pair => pair.Key == "delete"))
            {
                // Nothing of these has happened here; and Sync and Portfolio hear of wallets only when somebody asks them to.
                if (path.Contains("{runId}", StringComparison.Ordinal) || path.Contains("{txid}", StringComparison.Ordinal)
                    || path.Contains("{depositId}", StringComparison.Ordinal) || path.Contains("{deliveryId}", StringComparison.Ordinal)
                    || path.Contains("{replayId}", StringComparison.Ordinal) || path.Contains("{importId}", StringComparison.Ordinal)
                    || path.Contains("{network}", StringComparison.Ordinal) || path.EndsWith("/utxos", StringComparison.Ordinal)
                    || (path.Contains("{priceId}", StringComparison.Ordinal) && method != "put")) continue;
                // Nobody's key is an example, and no key opens what is shared.
                if ((path, method) is ("/api/v1/session", "post") || path == "/api/v1/shared") continue;
                // Files have no examples.
                if (operation!["requestBody"]?["content"] is { } content && content["application/json"] is null) continue;
                var here = path.Replace("{walletId}", wallet, StringComparison.Ordinal).Replace("{addressId}", address, StringComparison.Ordinal)
                    .Replace("{sourceId}", source, StringComparison.Ordinal)
                    .Replace("{userId}", user, StringComparison.Ordinal).Replace("{keyId}", key, StringComparison.Ordinal)
                    .Replace("{webhookId}", webhook, StringComparison.Ordinal)
                    .Replace("{priceId}", Guid.CreateVersion7().ToString(), StringComparison.Ordinal);
                using var request = new HttpRequestMessage(new HttpMethod(method.ToUpperInvariant()), here + Query(operation!));
                foreach (var header in Shown(operation!, "header")) request.Headers.TryAddWithoutValidation(header.Name, header.Value);
                if (operation!["requestBody"] is { } body)
                    request.Content = new StringContent(body["content"]!["application/json"]!["example"]!.ToJsonString(), Encoding.UTF8,
                        new MediaTypeHeaderValue("application/json"));
                if (method == "delete") continue;
                using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
                // A stream does not end by itself.
                var text = answer.Content.Headers.ContentType?.MediaType == "text/event-stream" ? "" : await answer.Content.ReadAsStringAsync(Token);
                tried++;
                if (answer.StatusCode >= HttpStatusCode.BadRequest && !text.Contains("wallet-not-found", StringComparison.Ordinal)
                    && !here.Contains("/health", StringComparison.Ordinal))
                    refused.Add($"{method} {here}: {(int)answer.StatusCode} {text}");
            }

        refused.ShouldBeEmpty();
        tried.ShouldBeGreaterThan(20);
    }

    [Fact]
    public async Task no_parameter_that_may_be_left_out_is_filled_in()
    {
        using var client = api.WithKey(null);
        var filled = (await PathsAsync(client)).SelectMany(path => path.Value!.AsObject().SelectMany(operation =>
            Parameters(operation.Value!).Where(parameter => parameter["required"]?.GetValue<bool>() != true
                && (parameter["example"] ?? parameter["examples"] ?? parameter["schema"]!["default"] ?? parameter["schema"]!["examples"]) is not null)
            .Select(parameter => $"{operation.Key} {path.Key} {parameter["name"]}")));

        filled.ShouldBeEmpty();
    }

    [Fact]
    public async Task bounds_and_forms_are_told()
    {
        using var client = api.WithKey(null);
        var all = (await PathsAsync(client)).SelectMany(path => path.Value!.AsObject().SelectMany(operation => Parameters(operation.Value!)))
            .Where(parameter => parameter["in"]!.GetValue<string>() == "query").ToLookup(parameter => parameter["name"]!.GetValue<string>());

        foreach (var limit in all["limit"].Concat(all["perPage"]))
            (limit["schema"]!["minimum"]?.GetValue<int>(), limit["schema"]!["maximum"]?.GetValue<int>()).ShouldBe((1, 200));
        all["page"].ShouldAllBe(page => page["schema"]!["minimum"]!.GetValue<int>() == 1);
        foreach (var time in all["from"].Concat(all["to"]).Concat(all["at"]))
            time["schema"]!["anyOf"].ShouldNotBeNull().AsArray().Select(form => form!["format"]!.GetValue<string>()).ShouldBe(["date-time", "date"]);
        new[] { "limit", "perPage", "page", "from", "to", "at" }.ShouldAllBe(name => all[name].Any());
    }

    private static async Task<string> Made(HttpClient client, string path, string body)
    {
        using var answer = await client.PostAsync(path, new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json")), Token);
        var text = await answer.Content.ReadAsStringAsync(Token);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created, text);
        return JsonNode.Parse(text)!["id"]!.GetValue<string>();
    }

    private static async Task<JsonObject> PathsAsync(HttpClient client) =>
        JsonNode.Parse(await client.GetStringAsync("/openapi/v1.json", Token))!["paths"]!.AsObject();

    private static IEnumerable<JsonNode> Parameters(JsonNode operation) => (operation["parameters"]?.AsArray() ?? []).Select(parameter => parameter!);

    // What a page to try things out fills in: examples, and what has a default.
    private static IEnumerable<(string Name, string Value)> Shown(JsonNode operation, string place) => Parameters(operation)
        .Where(parameter => parameter["in"]!.GetValue<string>() == place)
        .Select(parameter => (parameter["name"]!.GetValue<string>(), (parameter["example"] ?? parameter["schema"]!["default"])?.ToString()))
        .Where(pair => pair.Item2 is not null).Select(pair => (pair.Item1, pair.Item2!));

    private static string Query(JsonNode operation) => Shown(operation, "query").ToList() is { Count: > 0 } shown
        ? "?" + string.Join('&', shown.Select(each => $"{each.Name}={Uri.EscapeDataString(each.Value)}"))
        : "";
}
