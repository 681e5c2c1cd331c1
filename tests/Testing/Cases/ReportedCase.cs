using System.Text.Json.Nodes;

namespace Testing.Cases;

/// <summary>
/// A small world after a public report: what a provider answers of one address, and what is right. Files of
/// <c>tests/Cases</c>; amounts and accounts in them are made up unless <c>source</c> names a transaction.
/// </summary>
public sealed record ReportedCase(string Id, string Source, string Network, string Address, string Right, JsonObject Expect, JsonObject Answers)
{
    public string Dialect => (string)Answers["dialect"]!;

    /// <summary>The balance of the native asset in base units; null where the case has none to tell.</summary>
    public string? Native => (string?)Expect["native"];

    /// <summary>Every token held, by contract; null where the case says something else of them.</summary>
    public IReadOnlyDictionary<string, string>? Tokens =>
        Expect["tokens"]?.AsObject().ToDictionary(token => token.Key, token => (string)token.Value!);

    /// <summary>Every case, read anew: whoever tells them may change what they answer.</summary>
    public static IReadOnlyList<ReportedCase> ReadAll() =>
    [
        .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests", "Cases"), "*.json").Order(StringComparer.Ordinal).Select(Read),
    ];

    public override string ToString() => $"{Id} {Network}: {Right}";

    private static ReportedCase Read(string path)
    {
        var json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        return new ReportedCase((string)json["id"]!, (string)json["source"]!, (string)json["network"]!, (string)json["address"]!,
            (string)json["right"]!,
            json["expect"]!.AsObject(), json["answers"]!.AsObject());
    }
}
