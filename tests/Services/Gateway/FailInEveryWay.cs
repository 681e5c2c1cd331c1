using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Services.Gateway;

/// <summary>Walks every operation of the public document and gets it wrong in every way: each failure is one of the catalogue's, and one
/// that the document names.</summary>
[Collection(nameof(PublicApi))]
public sealed partial class FailInEveryWay(PublicApi api)
{
    private static readonly string[] AllScopes = ["wallets:read", "wallets:write", "portfolio:read"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task every_operation_refuses_with_problems_that_it_names()
    {
        using var nobody = api.WithKey(null);
        using var admin = await api.NewClientAsync("admin");
        using var invented = api.WithKey("wt_live_invented_0123456789abcdef");
        using var reader = await api.NewClientAsync("portfolio:read");
        using var writer = await api.NewClientAsync("wallets:write");
        var operations = await OperationsAsync(nobody);
        operations.Count.ShouldBeGreaterThan(20);
        var wrong = new List<string>();

        foreach (var operation in operations)
        {
            var path = operation.At(_ => Guid.CreateVersion7().ToString());
            if (!operation.IsOpen)
            {
                await Expect(operation, nobody, path, "401 unauthorized");
                await Expect(operation, invented, path, "401 unauthorized");
            }
            foreach (var scope in operation.Scopes)
            {
                var poor = scope == "portfolio:read" ? writer : reader;
                await Expect(operation, poor, path, "403 forbidden");
                (await Send(poor, operation.Method, path, null, null, "application/json")).Text.ShouldContain($"'{scope}'");
            }

            await Expect(operation, admin, path + "?noSuchParameter=1", "400 invalid-parameter");
            if (operation.HasId) await Expect(operation, admin, operation.At(_ => "not-an-id"), "404 *");
            if (operation.HasId && operation.Method != HttpMethod.Post) await Expect(operation, admin, path, "404 *", body: operation.Example);
            foreach (var (parameter, value) in new[] { ("limit", "0"), ("limit", "x"), ("cursor", "broken"), ("limit", "1&limit=2") })
                if (operation.Takes(parameter)) await Expect(operation, admin, $"{path}?{parameter}={value}", "400 *");
            foreach (var parameter in operation.Parameters)
                await Expect(operation, admin, $"{path}?{parameter}=%00", "400 invalid-parameter");
            if (operation.Method == HttpMethod.Get && !operation.IsOpen)
                foreach (var version in new[] { "x", "-1", "9000000000000000000" })
                    // Where the rows are written with the facts, every version is reached.
                    await Expect(operation, admin, $"{path}?minVersion={version}", "400 invalid-parameter", unless: version.StartsWith('9'));
            if (operation.Method == HttpMethod.Post)
            {
                await Expect(operation, admin, path, "400 invalid-parameter", ("Idempotency-Key", "two words"), body: operation.Example);
                await Expect(operation, admin, path, "400 invalid-parameter", ("If-Match", "\"x\""), body: operation.Example);
            }
            if (operation.Example is not null)
            {
                await Expect(operation, admin, path, "400 malformed-json", body: "{");
                await Expect(operation, admin, path, "400 malformed-json", body: "");
                await Expect(operation, admin, path, "422 invalid-body", body: "[]");
                await Expect(operation, admin, path, "422 invalid-body", body: """{"noSuchMember":1}""");
                await Expect(operation, admin, path, "415 unsupported-media-type", body: "x=1", type: "text/plain");
                await Expect(operation, admin, path, "413 body-too-large", body: new string(' ', 1024 * 1024 + 1));
            }
        }
        foreach (var group in operations.GroupBy(operation => operation.Path))
            foreach (var method in new[] { HttpMethod.Get, HttpMethod.Put, HttpMethod.Post, HttpMethod.Patch, HttpMethod.Delete })
                if (group.All(operation => operation.Method != method))
                    await Expect(group.First() with { Method = method, Responses = null }, admin, group.First()
                        .At(_ => Guid.CreateVersion7().ToString()), "405 method-not-allowed");

        wrong.ShouldBeEmpty();

        async Task Expect(
            Operation operation, HttpClient client, string path, string expected, (string Name, string Value)? header = null,
            string? body = null, string type = "application/json", bool unless = false)
        {
            var (status, code, text) = await Send(client, operation.Method, path, header, body, type);
            var said = $"{operation.Method} {path[..Math.Min(path.Length, 120)]} {header} {body?[..Math.Min(body.Length, 30)]}: expected " +
                $"{expected}, got {status} {code}";
            if (unless && (status < 400 || code?.EndsWith("-not-found", StringComparison.Ordinal) == true)) return;
            if (expected.EndsWith('*')
                ? !$"{status}".Equals(expected.Split(' ')[0], StringComparison.Ordinal) || code is null : $"{status} {code}" != expected)
                wrong.Add($"{said} {text}");
            else if (operation.Responses is { } responses && responses[$"{status}"]?["description"]?.GetValue<string>()
                .Contains($"`{code}`", StringComparison.Ordinal) != true)
                wrong.Add($"{said}, which the document does not name");
        }
    }

    [Fact]
    public async Task a_service_that_is_away_is_said_to_be_whatever_was_asked()
    {
        await using var broken = new PublicApi();
        await broken.InitializeAsync();
        using var client = await broken.NewClientAsync(["admin", .. AllScopes]);
        var operations = (await OperationsAsync(client)).Where(operation => !operation.IsOpen).ToList();
        (await client.GetAsync("/api/v1/networks", Token)).IsSuccessStatusCode.ShouldBeTrue();
        foreach (var service in new[] { "portfolio", "sync", "wallets" }) await broken.StopAsync(service);

        foreach (var operation in operations)
        {
            var (status, code, text) = await Send(client, operation.Method, operation.At(_ => Guid.CreateVersion7().ToString()), null,
                operation.Example, "application/json");
            $"{status} {code}".ShouldBe("503 upstream-unavailable", $"{operation.Method} {operation.Path} {text}");
            // Keys are good for some seconds without Wallets.
            new[] { "'wallets'", "'sync'", "'portfolio'" }.ShouldContain(name => text.Contains(name), text);
            operation.Responses![$"{status}"]!["description"]!.GetValue<string>().ShouldContain($"`{code}`");
        }
    }

    private static async Task<List<Operation>> OperationsAsync(HttpClient client)
    {
        var document = JsonNode.Parse(await client.GetStringAsync("/openapi/v1.json", Token))!;
        return [.. document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(pair => new Operation(
            new HttpMethod(pair.Key.ToUpperInvariant()), path.Key, pair.Value!["responses"]!,
            [.. Scope().Matches(pair.Value["description"]?.GetValue<string>() ?? "").Select(match => match.Groups[1].Value)],
            pair.Value["requestBody"]?["content"]?["application/json"]?["example"]?.ToJsonString(),
            pair.Value["security"] is JsonArray { Count: 0 },
            [.. (pair.Value["parameters"]?.AsArray() ?? []).Where(parameter => parameter!["in"]!.GetValue<string>() == "query")
                .Select(parameter => parameter!["name"]!.GetValue<string>())])))];
    }

    private static async Task<(int Status, string? Code, string Text)> Send(
        HttpClient client, HttpMethod method, string path, (string Name, string Value)? header, string? body, string type)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };
            // What is refused by its size is refused before it is sent.
            request.Headers.ExpectContinue = body.Length > 100_000;
        }
        if (header is var (name, value)) request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await client.SendAsync(request, Token);
        var text = await answer.Content.ReadAsStringAsync(Token);
        if (answer.StatusCode < HttpStatusCode.BadRequest) return ((int)answer.StatusCode, null, text);
        if (answer.Content.Headers.ContentType?.MediaType != "application/problem+json") return ((int)answer.StatusCode, "(no problem)", text);

        var problem = JsonNode.Parse(text)!;
        var code = problem["type"]!.GetValue<string>()["/problems/".Length..];
        var whole = ServiceDefaults.Problems.Find(code)?.Status == (int)answer.StatusCode
            && problem["status"]!.GetValue<int>() == (int)answer.StatusCode
            && problem["title"]!.GetValue<string>().Length > 0 && problem["detail"]!.GetValue<string>().Length > 0
            && problem["instance"]!.GetValue<string>().StartsWith("urn:trace:", StringComparison.Ordinal);
        return ((int)answer.StatusCode, whole ? code : "(not of the catalogue)", text);
    }

    private sealed record Operation(
        HttpMethod Method, string Path, JsonNode? Responses, IReadOnlyList<string> Scopes, string? Example, bool IsOpen,
        IReadOnlyList<string> Parameters)
    {
        public bool HasId => IdPlace().IsMatch(Path);

        public bool Takes(string parameter) => Parameters.Contains(parameter);

        public string At(Func<string, string> id) => Regex.Replace(Path, @"\{(\w+)\}", match => match.Groups[1].Value switch
        {
            "chain" or "network" => "bitcoin",
            "txid" => new string('0', 64),
            var name => id(name),
        });
    }

    [GeneratedRegex("`([a-z]+:[a-z]+|admin)`")]
    private static partial Regex Scope();

    [GeneratedRegex(@"\{(\w*[iI]d)\}")]
    private static partial Regex IdPlace();
}
