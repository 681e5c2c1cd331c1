using System.Text.RegularExpressions;

namespace Chains;

/// <summary>
/// Recognises what must never be given to anyone: seed phrases and private keys, also mistyped ones. No address looks like
/// one of them, so what is no address is asked here before anything else is said of it.
/// </summary>
public static partial class PastedSecret
{
    public const string SeedPhrase = "seed-phrase";
    public const string PrivateKey = "private-key";

    private const string Word = "(?:\\d{1,2}[.):]?\\s*)?\\p{L}[\\p{L}\\p{M}]{1,11}";

    // Long enough for every form; what is longer is cut, so that the work is bounded.
    private const int MostRead = 4096;

    /// <summary><see cref="SeedPhrase"/>, <see cref="PrivateKey"/>, or null.</summary>
    public static string? KindOf(string pasted)
    {
        var text = (pasted.Length > MostRead ? pasted[..MostRead] : pasted).Trim();
        if (Words.IsMatch(text) || Ideographs.IsMatch(text)) return SeedPhrase;
        return Hexadecimal.IsMatch(text) || Numbers.IsMatch(text) || Tokens.Matches(text).Any(token => IsKey(token.Value)) ? PrivateKey : null;
    }

    // Inside a descriptor or a URI a key is as much given away as alone.
    private static bool IsKey(string token) => ExtendedPrivate.IsMatch(token)
        // A public key is where a zero says that a private one is, in whichever coin's version.
        || (token.Length is >= 108 and <= 114 && Base58Check.DecodeUnchecked(token) is { Length: 82 } key && key[45] == 0
            && Base58Check.ChecksumMatches(key))
        // 33 or 34 bytes with a version and a checksum (WIF), 39 of BIP38; 64 bytes of Solana. A mistyped one gives as much away.
        || (token.Length is >= 50 and <= 53 && "5KLc9QT6".Contains(token[0], StringComparison.Ordinal))
        || (token.Length == 58 && token.StartsWith("6P", StringComparison.Ordinal))
        || (token.Length is >= 85 and <= 88 && Base58Check.DecodeUnchecked(token).Length == 64)
        || (token.Length is >= 48 and <= 56 && Base58Check.DecodeUnchecked(token) is { Length: 37 or 38 } bytes
            && Base58Check.ChecksumMatches(bytes));

    // Eleven words with one forgotten, up to the 33 of SLIP 39; numbered, one a line, quoted or with commas between them.
    [GeneratedRegex("^[\\[\"'\\s]*" + Word + "(?:[\"'\\s,;.]+" + Word + "){10,32}[\\]\"'\\s,;.]*\\z")]
    private static partial Regex Words { get; }

    // Chinese word lists: one sign a word, often without a space between them.
    [GeneratedRegex(@"^(?:\p{IsCJKUnifiedIdeographs}\s*){12,24}\z")]
    private static partial Regex Ideographs { get; }

    [GeneratedRegex("^(?:0[xX])?(?:[0-9a-fA-F]{64}|[0-9a-fA-F]{128})\\z")]
    private static partial Regex Hexadecimal { get; }

    [GeneratedRegex(@"^\[\s*\d{1,3}\s*(?:,\s*\d{1,3}\s*){31,63},?\s*\]?\z")]
    private static partial Regex Numbers { get; }

    [GeneratedRegex("^(?:[a-zA-Z]prv|[LMt]tpv|dgpv)[1-9A-HJ-NP-Za-km-z]{40,}\\z")]
    private static partial Regex ExtendedPrivate { get; }

    [GeneratedRegex("(?<![0-9A-Za-z])[1-9A-HJ-NP-Za-km-z]{48,128}(?![0-9A-Za-z])")]
    private static partial Regex Tokens { get; }
}
