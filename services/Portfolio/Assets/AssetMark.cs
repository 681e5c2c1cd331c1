namespace Portfolio.Assets;

/// <summary>What is known of a token that decides whether it is spam.</summary>
internal sealed record TokenFacts(string Network, string Asset, string Symbol, bool Asked);

/// <summary>Why an asset is left out of values. Anyone can send anyone a token of any name; what nobody asked for is no wealth.</summary>
internal static partial class AssetMark
{
    /// <summary>The user said so.</summary>
    public const string Judged = "spam: you said so";

    public const string Advert = "spam: its name is an advertisement";

    public const string Unasked = "spam: it is on no list and came unasked";

    /// <summary>
    /// Null for an asset that counts. A token of the list counts; one that is written like a coin of the list and is none of them is an
    /// imitation, whoever sent it; any other counts where the user ever paid for a transaction that moved it.
    /// </summary>
    public static string? Of(TokenFacts token, WellKnownTokens wellKnown, string? verdict) => verdict switch
    {
        "trusted" => null,
        "spam" => Judged,
        _ when wellKnown.Contains(token.Network, token.Asset) => null,
        _ when wellKnown.Symbols.Contains(Lookalike.SkeletonOf(token.Symbol)) => $"spam: it is written like {token.Symbol} and is another token",
        _ when AdvertForm.IsMatch(token.Symbol) => Advert,
        _ => token.Asked ? null : Unasked,
    };

    [System.Text.RegularExpressions.GeneratedRegex(
        @"https?:|www\.|t\.me/|\b[\w-]+\.(com|net|org|io|xyz|app|site|online|finance|fi|gift|link|pro|top|vip|cc|me|co)\b"
            + "|claim|airdrop|reward|voucher|visit",
        System.Text.RegularExpressions.RegexOptions.IgnoreCase | System.Text.RegularExpressions.RegexOptions.CultureInvariant)]
    private static partial System.Text.RegularExpressions.Regex AdvertForm { get; }
}
