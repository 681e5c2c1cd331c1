using System.Text.Json.Nodes;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Gateway;

/// <summary>Walks every operation of the public document and gets it wrong in every way: each failure is one of the catalogue's, and one
/// that the document names. Who may at all is <see cref="KeysAtEveryOperation"/>'s.</summary>
[Collection(nameof(PublicApi))]
public sealed class FailInEveryWay(PublicApi api)
{
    private static readonly string[] AllScopes = ["wallets:read", "wallets:write", "portfolio:read"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task every_operation_refuses_with_problems_that_it_names()
    {
        using var nobody = api.WithKey(null);
        using var admin = await api.NewClientAsync("admin");
        using var visitor = api.WithKey(await api.NewShareAsync(await api.NewUserAsync(), null));
        var operations = await OperationsAsync(nobody);
        operations.Count.ShouldBeGreaterThan(20);
        var wrong = new List<string>();

        foreach (var operation in operations)
        {
            var path = operation.At(_ => Guid.CreateVersion7().ToString());
            await Expect(operation, admin, path + "?noSuchParameter=1", "400 invalid-parameter");
            if (operation.HasId) await Expect(operation, admin, operation.At(_ => "not-an-id"), "404 *");
            if (operation.HasId && operation.Method != HttpMethod.Post && !operation.Makes)
                await Expect(operation, admin, path, "404 *", body: operation.Example);
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
            // No key opens what is shared.
            if (operation is { Path: "/api/v1/shared", Responses: not null }) client = visitor;
            var (status, code, text) = await Operation.Send(client, operation.Method, path, header, body, type);
            // Whoever knows how far versions go was not heard in time: to be asked again, says the answer.
            for (var asked = 1; code == "version-not-reached" && asked < 5; asked++)
                (status, code, text) = await Operation.Send(client, operation.Method, path, header, body, type);
            var said = $"{operation.Method} {path[..Math.Min(path.Length, 120)]} {header} {body?[..Math.Min(body.Length, 30)]}: expected " +
                $"{expected}, got {status} {code}";
            if (unless && (status < 400 || code?.EndsWith("-not-found", StringComparison.Ordinal) == true)) return;
            if (expected.EndsWith('*')
                ? !$"{status}".Equals(expected.Split(' ')[0], StringComparison.Ordinal) || code is null : $"{status} {code}" != expected)
                wrong.Add($"{said} {text}");
            else if (operation.Responses is not null && !operation.Names(status, code))
                wrong.Add($"{said}, which the document does not name");
        }
    }

    [Fact]
    public async Task a_service_that_is_away_is_said_to_be_whatever_was_asked()
    {
        await using var broken = new PublicApi();
        await broken.InitializeAsync();
        using var client = await broken.NewClientAsync(["admin", .. AllScopes]);
        // Tickets, and who is there, are the gateway's own; and no key opens what is shared.
        var operations = (await OperationsAsync(client)).Where(operation => !operation.IsOpen
            && operation.Path is not ("/api/v1/events/tickets" or "/api/v1/shared")
            && (operation.Method.Method, operation.Path) is not ("GET", "/api/v1/session")).ToList();
        (await client.GetAsync("/api/v1/networks", Token)).IsSuccessStatusCode.ShouldBeTrue();
        foreach (var service in new[] { "portfolio", "sync", "wallets" }) await broken.StopAsync(service);

        foreach (var operation in operations)
        {
            var (status, code, text) = await Operation.Send(client, operation.Method, operation.At(_ => Guid.CreateVersion7().ToString()),
                body: operation.Example);
            $"{status} {code}".ShouldBe("503 upstream-unavailable", $"{operation.Method} {operation.Path} {text}");
            // Keys are good for some seconds without Wallets.
            new[] { "'wallets'", "'sync'", "'portfolio'" }.ShouldContain(name => text.Contains(name), text);
            operation.Names(status, code).ShouldBeTrue($"{operation.Method} {operation.Path}");
        }
    }

    // Not there before every service has told its part.
    private static async Task<List<Operation>> OperationsAsync(HttpClient client) => Operation.AllOf(JsonNode.Parse(
        await Eventually.Get(() => client.GetStringAsync("/openapi/v1.json", Token), document => document.Length > 0, "the document is whole"))!);
}
