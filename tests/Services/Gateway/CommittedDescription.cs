using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Gateway;

/// <summary>The public document as the services make it, against the one that is committed and that clients were built on.</summary>
[Collection(nameof(PublicApi))]
public sealed class CommittedDescription(PublicApi api)
{
    private static readonly string Folder = Path.Combine(Repository.Root, "docs", "openapi");
    private static readonly string Committed = Path.Combine(Folder, "v1.json");
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public async Task the_document_is_the_committed_one()
    {
        var now = await DocumentAsync();
        var text = now.ToJsonString(Indented) + "\n";
        var committed = File.Exists(Committed) ? await File.ReadAllTextAsync(Committed, TestContext.Current.CancellationToken) : "";
        if (text == committed) return;

        var noted = await File.ReadAllLinesAsync(Path.Combine(Folder, "breaking.md"), TestContext.Current.CancellationToken);
        var breaking = committed.Length == 0 ? [] : BreakingChanges.Between(JsonNode.Parse(committed)!, now)
            .Where(change => !noted.Contains($"- {change}")).ToList();
        breaking.ShouldBeEmpty("""
            The public API would break its clients. Add instead of changing or removing; where that cannot be, note each of
            these lines, as "- line", in docs/openapi/breaking.md under the release it comes with, and accept the document.
            """);

        if (Environment.GetEnvironmentVariable("ACCEPT_OPENAPI") is "1")
            await File.WriteAllTextAsync(Committed, text, TestContext.Current.CancellationToken);
        else Assert.Fail($"""
            The public API has changed, without breaking anyone: {FirstDifference(committed, text)}
            To accept it: ACCEPT_OPENAPI=1 ./test.sh CommittedDescription
            """);
    }

    [Fact]
    public async Task the_document_passes_the_linter()
    {
        var file = Path.Combine(Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts", "openapi")).FullName, "v1.json");
        await File.WriteAllTextAsync(file, (await DocumentAsync()).ToJsonString(Indented), TestContext.Current.CancellationToken);

        using var linter = Process.Start(new ProcessStartInfo("bash", [Path.Combine(Repository.Root, "tests", "lint-openapi.sh"), file])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var output = linter.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = linter.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await linter.WaitForExitAsync(TestContext.Current.CancellationToken);

        linter.ExitCode.ShouldBe(0, await output + await errors);
    }

    [Fact]
    public async Task every_operation_is_described_in_full()
    {
        var document = await DocumentAsync();
        var tags = document["tags"]!.AsArray().ToDictionary(tag => tag!["name"]!.GetValue<string>(), tag => tag!["description"]?.GetValue<string>());
        var ids = new List<string>();
        foreach (var (name, operation) in Operations(document))
        {
            ids.Add(operation["operationId"]!.GetValue<string>());
            operation["summary"]!.GetValue<string>().ShouldNotBeNullOrWhiteSpace(name);
            DescriptionOf(operation).ShouldNotBeNullOrWhiteSpace(name);
            foreach (var tag in operation["tags"]!.AsArray())
                tags[tag!.GetValue<string>()].ShouldNotBeNullOrWhiteSpace($"{name}: the tag {tag} has no description");
            foreach (var parameter in operation["parameters"]?.AsArray() ?? [])
                DescriptionOf(parameter!).ShouldNotBeNullOrWhiteSpace($"{name} {parameter!["name"]}");
            if (operation["requestBody"]?["content"]?["application/json"] is { } body) body["example"].ShouldNotBeNull(name);
            operation["responses"]!.AsObject().ShouldContain(response => response.Key[0] == '2', name);
            foreach (var (status, response) in operation["responses"]!.AsObject())
                response!["description"]!.GetValue<string>().ShouldNotBeNullOrWhiteSpace($"{name} {status}");
        }
        ids.ShouldBeUnique();
    }

    [Fact]
    public async Task every_member_of_every_schema_is_described_and_no_name_is_of_the_program()
    {
        var schemas = (await DocumentAsync())["components"]!["schemas"]!.AsObject();
        var bare = schemas
            .SelectMany(schema => Members(schema.Key, schema.Value!))
            .Where(member => string.IsNullOrWhiteSpace(DescriptionOf(member.Schema)))
            .Select(member => member.Name);

        bare.ShouldBeEmpty();
        schemas.Select(schema => schema.Key).ShouldAllBe(name => !name.EndsWith("View") && !name.StartsWith("PageOf"));
    }

    [Fact]
    public async Task what_can_be_one_of_a_few_words_lists_them()
    {
        string[] closed = ["status", "trigger", "verdict", "direction", "family", "class", "interval", "scopes", "action", "actor"];
        var document = await DocumentAsync();
        var members = document["components"]!["schemas"]!.AsObject().Where(schema => schema.Key != "Problem")
            .SelectMany(schema => Members(schema.Key, schema.Value!));
        var parameters = Operations(document).SelectMany(operation => (operation.Operation["parameters"]?.AsArray() ?? [])
            .Select(parameter => (Name: $"{operation.Name}.{parameter!["name"]}", Schema: parameter["schema"]!)));
        var found = members.Concat(parameters).Where(each => closed.Contains(each.Name.Split('.')[^1])).ToList();

        found.Select(each => each.Name.Split('.')[^1]).Distinct().ShouldBe(closed, ignoreOrder: true);
        foreach (var (name, schema) in found)
        {
            var words = ((schema["items"] ?? schema)["enum"] as JsonArray).ShouldNotBeNull(name);
            words.Contains(null).ShouldBe(schema["type"] is JsonArray types && types.Any(type => type!.GetValue<string>() == "null")
                && schema["items"] is null, name);
        }
    }

    private static IEnumerable<(string Name, JsonNode Schema)> Members(string name, JsonNode schema) => (schema["properties"]?.AsObject() ?? [])
        .SelectMany(member => Members($"{name}.{member.Key}", member.Value!["items"] ?? member.Value)
            .Prepend(($"{name}.{member.Key}", member.Value)));

    private static string? DescriptionOf(JsonNode node) => node["description"]?.GetValue<string>();

    private static string FirstDifference(string committed, string now)
    {
        var (lines, newer) = (committed.Split('\n'), now.Split('\n'));
        var at = lines.Zip(newer).TakeWhile(pair => pair.First == pair.Second).Count();
        return $"line {at + 1} was '{lines.ElementAtOrDefault(at)?.Trim()}' and is '{newer.ElementAtOrDefault(at)?.Trim()}'";
    }

    private static IEnumerable<(string Name, JsonNode Operation)> Operations(JsonNode document) => document["paths"]!.AsObject()
        .SelectMany(path => path.Value!.AsObject().Select(operation => ($"{operation.Key} {path.Key}", operation.Value!)));

    private async Task<JsonNode> DocumentAsync()
    {
        using var client = api.WithKey(null);
        return JsonNode.Parse(await client.GetStringAsync("/openapi/v1.json", TestContext.Current.CancellationToken))!;
    }
}
