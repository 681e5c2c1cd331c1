using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Portfolio.Statements;

/// <summary>
/// JSON in its one spelling (RFC 8785), for what statements hold: text, whole numbers, words, lists and objects. White space, the order of
/// members and the spelling of text make no difference to it.
/// </summary>
internal static class CanonicalJson
{
    private const string Escapes = "\"\\\b\f\n\r\t";
    private const string Escaped = "\"\\bfnrt";
    private static readonly string[] NotSigned = ["digest", "signature"];

    /// <summary>A statement's canonical content: all of it but its digest and signature.</summary>
    /// <exception cref="FormatException">There is a number that is not whole, or a member twice.</exception>
    public static byte[] ContentOf(JsonElement statement)
    {
        var text = new StringBuilder();
        Write(text, statement, NotSigned);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    public static string DigestOf(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private static void Write(StringBuilder text, JsonElement value, string[]? without = null)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                text.Append('{');
                var separator = "";
                string? last = null;
                foreach (var member in value.EnumerateObject().Where(member => without?.Contains(member.Name) != true)
                    .OrderBy(member => member.Name, StringComparer.Ordinal))
                {
                    if (member.Name == last) throw new FormatException($"'{member.Name}' is there twice.");
                    text.Append(separator);
                    Write(text, last = member.Name);
                    text.Append(':');
                    Write(text, member.Value);
                    separator = ",";
                }

                text.Append('}');
                break;
            case JsonValueKind.Array:
                text.Append('[');
                foreach (var (i, item) in value.EnumerateArray().Index())
                {
                    if (i > 0) text.Append(',');
                    Write(text, item);
                }

                text.Append(']');
                break;
            case JsonValueKind.String:
                Write(text, value.GetString()!);
                break;
            case JsonValueKind.Number:
                text.Append(value.TryGetInt64(out var number) && Math.Abs(number) <= 9_007_199_254_740_991
                    ? number.ToString(CultureInfo.InvariantCulture) : throw new FormatException($"{value} is no whole number."));
                break;
            default:
                text.Append(value.GetRawText());
                break;
        }
    }

    private static void Write(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            var escaped = Escapes.IndexOf(c);
            if (escaped >= 0) text.Append('\\').Append(Escaped[escaped]);
            else if (c < ' ') text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else text.Append(c);
        }

        text.Append('"');
    }
}
