using System.Text.Json;
using System.Text.Json.Serialization;

namespace Wallets;

/// <summary>
/// A text, or a list taken as the text that it is: Solana's tools write a private key as a list of numbers, and whoever sends one
/// is to hear what it is rather than that it is of the wrong kind.
/// </summary>
internal sealed class PastedText : JsonConverter<string>
{
    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType is not JsonTokenType.StartArray) return reader.GetString()!;
        using var list = JsonDocument.ParseValue(ref reader);
        return list.RootElement.GetRawText();
    }

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}
