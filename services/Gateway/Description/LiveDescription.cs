using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using ServiceDefaults;

namespace Gateway;

/// <summary>
/// <c>/asyncapi/v1.json</c>: the AsyncAPI document of the streams as the service that has them tells it, with where they are to be reached;
/// and the same to read at <c>/docs/events</c>.
/// </summary>
internal sealed class LiveDescription(IHttpClientFactory clients, IOptions<GatewayOptions> options, TimeProvider time, ILogger<LiveDescription> log)
{
    private const string Path = "/asyncapi/v1.json";
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(30);
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private volatile Told? last;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(Path, async (HttpRequest request, LiveDescription description, CancellationToken ct) =>
            Results.Bytes(JsonSerializer.SerializeToUtf8Bytes(await description.GetAsync(request, ct), Json), "application/json; charset=utf-8"))
            .AllowAnonymous().ExcludeFromDescription();
        app.MapGet("/docs/events", async (HttpRequest request, LiveDescription description, CancellationToken ct) =>
            ProblemPages.Html("What happens, as it happens", Page(await description.GetAsync(request, ct))))
            .AllowAnonymous().ExcludeFromDescription();
    }

    private async Task<JsonObject> GetAsync(HttpRequest request, CancellationToken ct)
    {
        if (last is not { } known || time.GetElapsedTime(known.At) >= MaxAge) await ReadAsync(ct);
        var document = JsonNode.Parse((last ?? throw new DomainException("upstream-unavailable", "Nothing was read of 'portfolio' so far.")
        {
            RetryAfter = TimeSpan.FromSeconds(2),
        }).Text)!.AsObject();
        var address = new Uri(options.Value.PublicUrl ?? $"{request.Scheme}://{request.Host}");
        var isSecure = address.Scheme == Uri.UriSchemeHttps;
        var whole = new JsonObject();
        foreach (var (name, value) in document.ToList())
        {
            document.Remove(name);
            // Where readers look for it.
            if (name == "channels")
            {
                whole["servers"] = new JsonObject
                {
                    ["socket"] = new JsonObject { ["host"] = address.Authority, ["protocol"] = isSecure ? "wss" : "ws" },
                    ["stream"] = new JsonObject { ["host"] = address.Authority, ["protocol"] = isSecure ? "https" : "http" },
                };
                foreach (var (channel, of) in value!.AsObject())
                    if (channel is "socket" or "stream") of!["servers"] = new JsonArray(new JsonObject { ["$ref"] = $"#/servers/{channel}" });
            }

            whole[name] = value;
        }

        return whole;
    }

    private async Task ReadAsync(CancellationToken ct)
    {
        try
        {
            using var client = clients.CreateClient(Routes.Portfolio);
            var text = await client.GetStringAsync(Path, ct);
            JsonNode.Parse(text)!.AsObject();
            last = new(text, time.GetTimestamp());
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException or InvalidOperationException
            || exception is OperationCanceledException && !ct.IsCancellationRequested)
        {
            log.LogWarning(exception, "The description of the streams cannot be read; the last one is used, if there is one.");
        }
    }

    private static string Page(JsonObject document)
    {
        var page = new StringBuilder($"<p>{Text(document["info"]!["description"])}</p><p><a href=\"{Path}\">The document</a> (AsyncAPI " +
            $"{Text(document["asyncapi"])}) · <a href=\"/docs\">The API</a> · <a href=\"/problems\">Problems</a></p>");
        foreach (var (name, channel) in document["channels"]!.AsObject())
        {
            page.Append($"<h2><code>{Text(channel!["address"])}</code></h2><p>{Text(channel["description"])}</p>");
            var brought = channel["messages"]!.AsObject().Select(each => $"<a href=\"#{each.Key}\">{each.Key}</a>");
            page.Append($"<p>Brings {string.Join(", ", brought)}.</p>");
        }

        page.Append("<h2>Messages</h2>");
        foreach (var (name, message) in document["components"]!["messages"]!.AsObject())
        {
            page.Append($"<h3 id=\"{name}\"><code>{name}</code></h3><p>{Text(message!["summary"])}</p>");
            Members(page, message["payload"]!, document, "");
        }

        return page.ToString();
    }

    private static void Members(StringBuilder page, JsonNode schema, JsonObject document, string within)
    {
        if (within.Length == 0) page.Append("<table><tr><th>Member</th><th>Type</th><th>Meaning</th></tr>");
        foreach (var (name, member) in schema["properties"]?.AsObject() ?? [])
        {
            var of = member!["anyOf"]?[0]?["$ref"] is { } reference
                ? document["components"]!["schemas"]![reference.GetValue<string>().Split('/')[^1]]! : member;
            var kind = of["const"] is { } only ? $"\"{only}\""
                : of["enum"] is JsonArray words ? string.Join(" | ", words.Select(word => $"\"{word}\""))
                : of["type"] is JsonArray types ? string.Join(" | ", types) : $"{of["type"]}";
            page.Append($"<tr><td><code>{Text(within + name)}</code></td><td>{Text(kind)}</td><td>{Text(of["description"])}</td></tr>");
            if (name == "data" || of["properties"] is not null && within.Count('.') < 2) Members(page, of, document, $"{within}{name}.");
        }

        if (within.Length == 0) page.Append("</table>");
    }

    private static string Text(object? text) => WebUtility.HtmlEncode($"{text}");

    private sealed record Told(string Text, long At);
}
