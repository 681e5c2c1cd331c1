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
        var breaking = committed.Length == 0 ? [] : BreakingChanges.Between(JsonNode.Parse(committed)!, now).Where(change => !noted.Contains($"- {change}")).ToList();
        breaking.ShouldBeEmpty("""
            The public API would break its clients. Add instead of changing or removing; where that cannot be, note each of
            these lines, as "- line", in docs/openapi/breaking.md under the release it comes with, and accept the document.
            """);

        if (Environment.GetEnvironmentVariable("ACCEPT_OPENAPI") is "1") await File.WriteAllTextAsync(Committed, text, TestContext.Current.CancellationToken);
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
            foreach (var tag in operation["tags"]!.AsArray()) tags[tag!.GetValue<string>()].ShouldNotBeNullOrWhiteSpace($"{name}: the tag {tag} has no description");
            foreach (var parameter in operation["parameters"]?.AsArray() ?? [])
                parameter!["description"]?.GetValue<string>().ShouldNotBeNullOrWhiteSpace($"{name} {parameter["name"]}");
            if (operation["requestBody"]?["content"]?["application/json"] is { } body) body["example"].ShouldNotBeNull(name);
            operation["responses"]!.AsObject().ShouldContain(response => response.Key[0] == '2', name);
            foreach (var (status, response) in operation["responses"]!.AsObject())
                response!["description"]!.GetValue<string>().ShouldNotBeNullOrWhiteSpace($"{name} {status}");
        }
        ids.ShouldBeUnique();
    }

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
