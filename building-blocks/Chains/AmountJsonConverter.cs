using System.Text.Json;
using System.Text.Json.Serialization;

namespace Chains;

/// <summary>Writes an amount as a JSON string and reads nothing else: a JSON number may already have lost its last digits.</summary>
public class AmountJsonConverter : JsonConverter<Amount>
{
    private const int MaxLength = Amount.MaxDigits + 1;

    public override Amount Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType is not JsonTokenType.String) throw new JsonException("An amount is a JSON string.");

        // Every character may be escaped (\u0031), so a longer token can still be a short text.
        var length = reader.HasValueSequence ? reader.ValueSequence.Length : reader.ValueSpan.Length;
        if (length <= MaxLength * 6)
        {
            Span<char> text = stackalloc char[MaxLength * 6];
            if (Amount.TryParse(text[..reader.CopyString(text)], out var amount)) return amount;
        }

        throw new JsonException($"An amount is an integer of at most {Amount.MaxDigits} digits.");
    }

    public override void Write(Utf8JsonWriter writer, Amount value, JsonSerializerOptions options)
    {
        Span<char> text = stackalloc char[MaxLength];
        if (value.TryFormat(text, out var length)) writer.WriteStringValue(text[..length]);
        else writer.WriteStringValue(value.ToString());
    }
}

/// <summary>The same for a log, which must be readable for ever by everybody: what cannot be an amount is refused before it is in there.</summary>
public sealed class LoggedAmountConverter : AmountJsonConverter
{
    public override void Write(Utf8JsonWriter writer, Amount value, JsonSerializerOptions options)
    {
        if (!value.IsPossible) throw new JsonException($"An amount has at most {Amount.MaxDigits} digits.");
        base.Write(writer, value, options);
    }
}
