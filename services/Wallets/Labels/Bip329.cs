using System.Text.Json;
using System.Text.Json.Serialization;
using Chains;
using ServiceDefaults;

namespace Wallets;

/// <summary>
/// A line of a file of labels as BIP329 has them. <c>tags</c> and <c>note</c> are ours: whoever else reads the line is to leave alone what it does
/// not know.
/// </summary>
internal sealed record Bip329Line(
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("ref")] string Ref,
    [property: JsonPropertyName("label")] string? Label,
    [property: JsonPropertyName("origin")] string? Origin = null,
    [property: JsonPropertyName("tags")] IReadOnlyList<string>? Tags = null,
    [property: JsonPropertyName("note")] string? Note = null);

/// <summary>Reads and writes such lines.</summary>
internal static class Bip329
{
    public const string Address = "addr";
    public const string Transaction = "tx";

    private const int LongestLine = 4_000;
    private const int LongestOrigin = 255;
    private static readonly string[] Others = ["pubkey", "input", "output", "xpub"];

    private static readonly JsonSerializerOptions Json = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static byte[] Write(Bip329Line line) => [.. JsonSerializer.SerializeToUtf8Bytes(line, Json), (byte)'\n'];

    /// <summary>A line as far as it can be judged without knowing what the user holds.</summary>
    public static PlannedRow Read(Network network, int line, string text)
    {
        try
        {
            if (text.Length > LongestLine) throw Wrong("", "line-too-long", $"A line has at most {LongestLine} characters.");
            using var json = Parse(text);
            var type = TextOf(json, "type") ?? throw Wrong("/type", "required", "The line has no 'type'.");
            if (Others.Contains(type))
                throw Wrong("/type", "not-kept", $"Labels of the type {type} are not kept here: only addresses and transactions are known.");
            var said = LabelTransaction.Read(Blank(TextOf(json, "label")), TagsOf(json), Blank(TextOf(json, "note")), OriginOf(json));
            var place = PlaceOf(network, type, TextOf(json, "ref") ?? throw Wrong("/ref", "required", "The line has no 'ref'."));
            if (said.SaysNothing) throw Wrong("/label", "label-empty", "The line says nothing of it.");
            return new(line, null, new(network.Slug, place), said.Label, said.Tags, null) { Kind = type, Note = said.Note, Origin = said.Origin };
        }
        catch (DomainException refused)
        {
            return PlannedRow.Refuse(line, refused, "/ref");
        }
    }

    private static string PlaceOf(Network network, string type, string text) => type switch
    {
        Transaction => TransactionIds.Read(network, text) ?? throw Wrong(
            "/ref", "transaction-id", $"No transaction of {network.Slug} has an id of this form."),
        Address => Addresses.Parse(network, text) switch
        {
            Chains.Address known => known.Text,
            AddressError error => throw Wrong("/ref", error.Code, error.Detail),
            _ => throw Wrong("/ref", "address", "This is no address."),
        },
        _ => throw Wrong("/type", "unknown-type", "BIP329 has no such type."),
    };

    private static JsonDocument Parse(string text)
    {
        try
        {
            var json = JsonDocument.Parse(text, new() { MaxDepth = 8 });
            return json.RootElement.ValueKind is JsonValueKind.Object ? json : throw Wrong("", "malformed", "A line is one JSON object.");
        }
        catch (JsonException)
        {
            throw Wrong("", "malformed", "The line is not well-formed JSON.");
        }
    }

    private static string? TextOf(JsonDocument json, string name) => !json.RootElement.TryGetProperty(name, out var value) ? null
        : value.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.String => Text(value, name),
            _ => throw Wrong($"/{name}", "wrong-kind", $"'{name}' is a text."),
        };

    private static IReadOnlyList<string>? TagsOf(JsonDocument json)
    {
        if (!json.RootElement.TryGetProperty("tags", out var value) || value.ValueKind is JsonValueKind.Null) return null;
        return value.ValueKind is JsonValueKind.Array && value.EnumerateArray().All(tag => tag.ValueKind is JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(tag => Text(tag, "tags"))]
            : throw Wrong("/tags", "wrong-kind", "'tags' is a list of texts.");
    }

    private static string? OriginOf(JsonDocument json) => TextOf(json, "origin") is not { } origin ? null
        : origin.Length <= LongestOrigin && PastedSecret.KindOf(origin) is null && !origin.Any(char.IsControl) ? origin
        : throw Wrong("/origin", "origin", $"The origin is no abbreviated descriptor of at most {LongestOrigin} characters.");

    // Half a character is no text that can be kept.
    private static string Text(JsonElement value, string name)
    {
        try
        {
            var text = value.GetString()!;
            return StorableText.Is(text) ? text : throw Wrong($"/{name}", "characters", $"'{name}' holds a zero character, or half a character.");
        }
        catch (InvalidOperationException)
        {
            throw Wrong($"/{name}", "characters", $"'{name}' holds half a character.");
        }
    }

    private static string? Blank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    private static DomainException Wrong(string pointer, string code, string detail) => Label.Wrong(pointer, code, detail);
}
