using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Testing.Cases;

/// <summary>
/// Answers as the providers of cases do, each network's dialects under its slug: an explorer of Etherscan's dialect at
/// <c>api</c> with its node at <c>rpc</c>, which is Alchemy's and Solana's too, an Esplora at <c>esplora</c>, blockchain.info at
/// <c>info</c>. It tells what the case holds and makes up the rest so that it fits; a test may change a case while it is told.
/// </summary>
public sealed partial class CaseProvider : IAsyncDisposable
{
    private readonly List<ReportedCase> cases;
    private readonly WebApplication app;

    private CaseProvider(IEnumerable<ReportedCase> cases)
    {
        this.cases = [.. cases];
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        app = builder.Build();
        app.MapGet("/{network}/api", (HttpContext context, string network) => Tell(context, network, () => Explore(network, context.Request.Query)));
        app.MapPost("/{network}/rpc", async (HttpContext context, string network) =>
        {
            var asked = await JsonNode.ParseAsync(context.Request.Body);
            return Tell(context, network, () => asked is JsonArray many
                ? new JsonArray([.. many.Select(one => Call(network, one!.AsObject()))]) : Call(network, asked!.AsObject()));
        });
        app.MapGet("/{network}/esplora/{**path}", (HttpContext context, string network, string path) =>
            Tell(context, network, () => Esplora(network, path.Split('/'))));
        app.MapGet("/{network}/info/{**path}", (HttpContext context, string network, string path) =>
            Tell(context, network, () => Info(network, path.Split('/'), context.Request.Query)));
    }

    /// <summary>Where a network's dialects are.</summary>
    public Uri UrlOf(string network) => new(new Uri(app.Urls.Single()), network);

    /// <summary>Requests refused with a status, by network and request; a test sets it. A 429 asks to come back after ten minutes.</summary>
    public Func<string, HttpRequest, int?> Refuse { get; set; } = (_, _) => null;

    /// <summary>From now on this is all that its network's provider tells.</summary>
    public void Replace(ReportedCase told)
    {
        cases.RemoveAll(each => each.Network == told.Network);
        cases.Add(told);
    }

    public static async Task<CaseProvider> Start(IEnumerable<ReportedCase> cases)
    {
        var provider = new CaseProvider(cases);
        await provider.app.StartAsync();
        return provider;
    }

    /// <summary>Settings of a service, as environment variables, that make this the provider of every case's network.</summary>
    public IEnumerable<KeyValuePair<string, string>> Settings() => cases.GroupBy(each => each.Network).SelectMany(network =>
    {
        var (at, url, dialect) = ($"Chains__{network.Key}__Providers__0__", UrlOf(network.Key), network.First().Dialect);
        var kind = dialect == "etherscan + node" ? "etherscan" : dialect;
        var settings = new Dictionary<string, string>
        {
            [at + "Name"] = "case", [at + "Kind"] = kind, [at + "RequestsPerSecond"] = "0", [at + "TimeoutSeconds"] = "5",
            [at + "BaseUrl"] = kind switch
            {
                "etherscan" => $"{url}",
                "esplora" => $"{url}/esplora",
                "blockchain-info" => $"{url}/info",
                _ => $"{url}/rpc"
            },
        };
        if (kind == "etherscan") settings[at + "RpcUrl"] = $"{url}/rpc";
        return settings;
    });

    public ValueTask DisposeAsync() => app.DisposeAsync();

    /// <summary>A hash that is always the same of the same words.</summary>
    public static string HashOf(params object[] words) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(' ', words))));

    private IResult Tell(HttpContext context, string network, Func<JsonNode?> answer)
    {
        if (Refuse(network, context.Request) is { } status)
        {
            if (status == 429) context.Response.Headers.RetryAfter = "600";
            return Results.StatusCode(status);
        }

        var told = answer();
        if (told is JsonValue value && value.TryGetValue<Status>(out var refused)) return Results.StatusCode(refused.Code);
        if (told is JsonValue text && text.TryGetValue<PlainText>(out var plain)) return Results.Text(plain.Text, "text/plain");
        var type = cases.Where(each => each.Network == network).Select(each => (string?)each.Answers["contentType"])
            .FirstOrDefault(type => type is not null);
        return Results.Text(told?.ToJsonString() ?? "null", type ?? "application/json");
    }

    private IEnumerable<ReportedCase> On(string network) => cases.Where(each => each.Network == network);

    private ReportedCase? Of(string network, string address) =>
        On(network).FirstOrDefault(each => string.Equals(each.Address, address, StringComparison.OrdinalIgnoreCase));

    // An answer that is a status, or text.
    private sealed record Status(int Code);

    private sealed record PlainText(string Text);

    private static JsonValue Refusal(int status) => JsonValue.Create(new Status(status))!;

    private static JsonValue Plain(string text) => JsonValue.Create(new PlainText(text))!;
}
