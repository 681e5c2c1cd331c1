using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Providers;

/// <summary>
/// JSON whose texts can all be read. What cuts texts in the middle of a character leaves half a surrogate pair (\ud83d without
/// \ude00), or bytes that are no UTF-8; asking for such a text ends in an exception that nobody expects of an answer.
/// </summary>
public static class ReadableJson
{
    private const int Escape = 6;

    /// <summary>
    /// Puts U+FFFD in place of each half and '?' in place of each byte that is none. Neither is part of any hash, number or
    /// account, so where one was due the answer is a bad one; in a token's name it is no name.
    /// </summary>
    public static void Mend(Span<byte> json)
    {
        if (!Utf8.IsValid(json)) MendBytes(json);
        var at = 0;
        while (json[at..].IndexOf((byte)'\\') is >= 0 and var next)
        {
            at += next;
            if (UnitAt(json[at..]) is not { } unit) at = Math.Min(at + 2, json.Length);
            else if (char.IsHighSurrogate(unit) && UnitAt(json[(at + Escape)..]) is { } low && char.IsLowSurrogate(low)) at += 2 * Escape;
            else
            {
                if (char.IsSurrogate(unit)) "fffd"u8.CopyTo(json[(at + 2)..]);
                at += Escape;
            }
        }
    }

    private static void MendBytes(Span<byte> json)
    {
        while (json.Length > 0)
        {
            if (Rune.DecodeFromUtf8(json, out _, out var length) is not System.Buffers.OperationStatus.Done) json[..length].Fill((byte)'?');
            json = json[length..];
        }
    }

    private static char? UnitAt(ReadOnlySpan<byte> json) =>
        json is [(byte)'\\', (byte)'u', _, _, _, _, ..]
            && ushort.TryParse(json[2..Escape], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit) ? (char)unit : null;
}
