using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;

namespace Sync.Chains.Evm;

/// <summary>Fetches a body of JSON: path, kind of request; null for a 404.</summary>
internal delegate Task<Body?> FetchJson(string path, string kind, CancellationToken ct);

/// <summary>
/// Asks Etherscan's API and tells apart what its answers mean: a refusal, a rate limit and an empty list all come with
/// status 200. What it says is never repeated: it has named the key it was asked with.
/// </summary>
internal sealed partial class EtherscanCalls(long chainId, string provider, FetchJson fetch)
{
    private const int MaxText = 1024;
    private static readonly string[] Refusing =
    [
        "limit", "too many", "api key", "apikey", "invalid", "error", "fail", "wrong", "timeout", "time out", "timed out", "busy", "try again",
        "support", "unknown", "missing", "unauthor", "forbidden", "denied", "exceed", "too large", "unavailable", "available", "upgrade", "deprecat",
        "maintenance", "access", "permission", "not yet", "module", "method", "endpoint", "page", "route", "upstream", "backend", "server", "node",
    ];

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>The result of a call; null where it says that there is nothing of the kind.</summary>
    public async Task<T?> ResultAsync<T>(string module, string action, string query, string kind, JsonTypeInfo<T> type, CancellationToken ct)
        where T : class
    {
        using var body = await FetchAsync(module, action, query, kind, ct);
        var answer = Read(body, kind, EtherscanJson.Default.EtherscanAnswer);
        // A list that is empty is told in many ways; a number or a text never is.
        if (typeof(T) != typeof(string) && IsNothing(answer)) return null;
        if (answer.Status is not "1")
            throw await body.RefusedAsync(Refusal(answer.Status, answer.Message, TextOf(answer.Result)), ct);

        try
        {
            return answer.Result?.Deserialize(type) ?? throw Bad($"answers a {kind} request with nothing");
        }
        catch (JsonException e)
        {
            throw Unreadable(kind, e);
        }
    }

    /// <summary>What the provider passes on from its node; it refuses in its own dialect.</summary>
    public async Task<JsonElement> ProxiedAsync(string action, string query, string kind, CancellationToken ct)
    {
        using var body = await FetchAsync("proxy", action, query, kind, ct);
        var answer = Read(body, kind, EtherscanJson.Default.JsonElement);
        if (answer.ValueKind is not JsonValueKind.Object) throw Bad($"answers a {kind} request with something else");
        if (answer.TryGetProperty("status", out var status))
            throw await body.RefusedAsync(Refusal(Text(status) ?? "", Field(answer, "message"), Field(answer, "result")), ct);
        if (answer.TryGetProperty("error", out _)) throw Bad($"answers a {kind} request with an error");
        return answer.TryGetProperty("result", out var result) ? result : throw Bad($"answers a {kind} request with nothing");
    }

    public ProviderException Refused(string reason) => new(ProviderFailure.OutOfReach, provider, reason);

    public ProviderException Bad(string reason) => new(ProviderFailure.BadAnswer, provider, reason);

    private async Task<Body> FetchAsync(string module, string action, string query, string kind, CancellationToken ct) =>
        await fetch($"api?chainid={chainId}&module={module}&action={action}{query}", kind, ct) ?? throw Bad("has no such API: 404");

    private T Read<T>(Body body, string kind, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(body.Bytes, type) ?? throw Bad($"answers null to a {kind} request");
        }
        catch (JsonException e)
        {
            throw Unreadable(kind, e);
        }
    }

    /// <summary>
    /// Whether it says that there is nothing: by an empty list or by none where it otherwise succeeds, or in words ("No transactions
    /// found", "No records found"), and never where any word is one of a refusal. A text in place of the list has to say so itself.
    /// </summary>
    private static bool IsNothing(EtherscanAnswer answer)
    {
        if (answer.Status is not ("0" or "1")) return false;
        var text = TextOf(answer.Result);
        if (Array.Exists(Refusing, word => Says(answer.Message, word) || Says(text, word))) return false;
        return answer.Result switch
        {
            { ValueKind: JsonValueKind.Array } list => list.GetArrayLength() == 0,
            null or { ValueKind: JsonValueKind.Null } => answer.Status is "1" || Nothing.IsMatch(answer.Message ?? ""),
            _ => text is not null && (text.Length == 0 ? answer.Status is "1" || Nothing.IsMatch(answer.Message ?? "") : Nothing.IsMatch(text)),
        };
    }

    private ProviderException Refusal(string status, string? message, string? result)
    {
        var text = $"{message} {result}";
        if (text.Length > MaxText) text = text[..MaxText];
        // Blockscout: some of the movements inside are not read yet.
        if (status is "2") return new(ProviderFailure.Behind, provider, "has not read all movements of the range yet");
        if (Says("daily") && Says("limit")) return new(ProviderFailure.RateLimited, provider, "its limit of the day is reached", Hour);
        if (Says("rate limit") || Says("too many requests")) return new(ProviderFailure.RateLimited, provider, "rate limited", Second);
        if (Says("api key")) return new(ProviderFailure.Unavailable, provider, "does not take the key");
        if (Says("not supported") || Says("unsupported chain")) return new(ProviderFailure.OutOfReach, provider, "does not tell of this chain");
        if (Says("result window is too large"))
            return new(ProviderFailure.OutOfReach, provider, "does not tell so many results") { MayBeTooMuch = true };
        if (Says("timeout") || Says("too busy") || Says("try again"))
            return new(ProviderFailure.Unavailable, provider, "answers that it is too busy") { MayBeTooMuch = true };
        return Bad("refuses what it is asked");

        bool Says(string part) => EtherscanCalls.Says(text, part);
    }

    private ProviderException Unreadable(string kind, JsonException e) =>
        new(ProviderFailure.BadAnswer, provider, $"answers a {kind} request with something unreadable", inner: e);

    private static string? TextOf(JsonElement? value) => value is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static bool Says(string? text, string part) => text?.Contains(part, StringComparison.OrdinalIgnoreCase) is true;

    [GeneratedRegex(
        @"^\W*((no|zero|0)\b.{0,40}\b(found|records?|results?|rows?|data|entry|entries|items?|transactions?|transfers?|logs?|events?|history)"
            + @"|none|nothing|empty)\b|\b(not found|is empty|are empty)\b",
        RegexOptions.IgnoreCase)]
    private static partial Regex Nothing { get; }

    private static string? Text(JsonElement value) => value.ValueKind is JsonValueKind.String ? value.GetString() : null;

    private static string? Field(JsonElement of, string name) => of.TryGetProperty(name, out var value) ? Text(value) : null;
}
