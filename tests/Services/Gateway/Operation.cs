using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Xunit;

namespace Services.Gateway;

/// <summary>An operation of the public document: where it is, what it takes, whom it lets in and how it may fail.</summary>
internal sealed partial record Operation(
    HttpMethod Method, string Path, JsonNode? Responses, IReadOnlyList<string> Scopes, string? Example, bool IsOpen,
    IReadOnlyList<string> Parameters)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // Something can be said of any transaction, seen or not: its id is none that there must be.
    public bool HasId => IdPlace().IsMatch(Path) && !Path.StartsWith("/api/v1/labels/", StringComparison.Ordinal);

    /// <summary>Whether what the id names need not be there yet.</summary>
    public bool Makes => Method == HttpMethod.Put && Path == "/api/v1/prices/manual/{priceId}";

    public bool Takes(string parameter) => Parameters.Contains(parameter);

    public string At(Func<string, string> id) => Regex.Replace(Path, @"\{(\w+)\}", match => match.Groups[1].Value switch
    {
        "chain" or "network" => "bitcoin",
        "txid" => new string('0', 64),
        var name => id(name),
    });

    /// <summary>Whether the document says that the operation may fail so.</summary>
    public bool Names(int status, string? code) =>
        Responses?[$"{status}"]?["description"]?.GetValue<string>().Contains($"`{code}`", StringComparison.Ordinal) == true;

    public static List<Operation> AllOf(JsonNode document) =>
        [.. document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(pair => new Operation(
            new HttpMethod(pair.Key.ToUpperInvariant()), path.Key, pair.Value!["responses"]!,
            [.. Scope().Matches(pair.Value["description"]?.GetValue<string>() ?? "").Select(match => match.Groups[1].Value)],
            pair.Value["requestBody"]?["content"]?["application/json"]?["example"]?.ToJsonString(),
            pair.Value["security"] is JsonArray { Count: 0 },
            [.. (pair.Value["parameters"]?.AsArray() ?? []).Where(parameter => parameter!["in"]!.GetValue<string>() == "query")
                .Select(parameter => parameter!["name"]!.GetValue<string>())])))];

    /// <summary>Sends a request as it is; of a failure, which must have the form of all, the code.</summary>
    public static async Task<(int Status, string? Code, string Text)> Send(
        HttpClient client, HttpMethod method, string path, (string Name, string Value)? header = null, string? body = null,
        string type = "application/json")
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };
            // What is refused by its size is refused before it is sent.
            request.Headers.ExpectContinue = body.Length > 100_000;
        }
        if (header is var (name, value)) request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        // A stream does not end by itself; that it began is all there is to see.
        if (answer.Content.Headers.ContentType?.MediaType == "text/event-stream") return ((int)answer.StatusCode, null, "");
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

    [GeneratedRegex("`([a-z]+:[a-z]+|admin)`")]
    private static partial Regex Scope();

    [GeneratedRegex(@"\{(\w*[iI]d)\}")]
    private static partial Regex IdPlace();
}
