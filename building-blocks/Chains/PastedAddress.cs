using System.Globalization;
using System.Text.RegularExpressions;

namespace Chains;

/// <summary>
/// What somebody pasted where an address is asked for: the address alone, and what stood around it says of its network. Read
/// are payment URIs (BIP21, EIP-681, Solana Pay), whose amounts and other parameters are passed over, and CAIP-10.
/// </summary>
public sealed partial record PastedAddress
{
    private PastedAddress(string text) => Text = text;

    /// <summary>The address itself; empty where there is none.</summary>
    public string Text { get; }

    /// <summary>The CAIP-2 id of the only network that it can be of, where one is named.</summary>
    public string? Caip2 { get; private init; }

    /// <summary>The slug of the network whose name the URI's scheme is; its test networks write the same.</summary>
    public string? Slug { get; private init; }

    /// <summary>The family of the networks that it can be of, where only that is said.</summary>
    public ChainFamily? Family { get; private init; }

    /// <summary>Whether it is a call of a contract (EIP-681) or a transaction to be fetched (Solana Pay), which pay no one address.</summary>
    public bool IsCall { get; private init; }

    /// <summary>Takes the text apart. Nothing of it is checked to be an address.</summary>
    public static PastedAddress Read(NetworkCatalogue networks, string pasted)
    {
        var text = pasted.AsSpan().Trim(Blanks(pasted)).ToString();
        if (SchemeForm.Match(text) is not { Success: true } uri) return new(text);

        var (scheme, rest) = (uri.Groups["scheme"].Value.ToLowerInvariant(), uri.Groups["rest"].Value);
        if (AccountForm.Match(rest) is { Success: true } account && scheme is "eip155" or "bip122" or "solana")
            return new(account.Groups["address"].Value) { Caip2 = $"{scheme}:{account.Groups["reference"].Value}" };

        var target = rest.Split('?')[0];
        return scheme switch
        {
            "ethereum" => ReadCall(rest),
            "solana" => new(target) { Slug = scheme, IsCall = target.Contains(':', StringComparison.Ordinal) || target.Contains('%') },
            _ when networks.Find(scheme) is { Family: ChainFamily.Utxo } => new(target.TrimEnd('/')) { Slug = scheme },
            _ => new(text),
        };
    }

    /// <summary>Whether what stood around the address leaves this network possible.</summary>
    public bool Admits(Network network) =>
        Caip2 is { } id ? network.Caip2 == id
        : Slug is { } slug ? network.Slug == slug || network.Slug.StartsWith(slug + '-', StringComparison.Ordinal)
        : Family is null || network.Family == Family;

    // ethereum:[pay-]target[@chain][/function][?parameters]; only the one function that pays somebody has an address to follow.
    private static PastedAddress ReadCall(string rest)
    {
        var call = CallForm.Match(rest);
        var (target, function) = (call.Groups["target"].Value, call.Groups["function"].Value.TrimEnd('/'));
        if (function == "transfer")
            target = call.Groups["query"].Value.Split('&').FirstOrDefault(each => each.StartsWith("address=", StringComparison.Ordinal))?[8..] ?? "";
        return new(target)
        {
            Family = ChainFamily.Evm,
            Caip2 = call.Groups["chain"] is { Success: true, Value: var chain } ? $"eip155:{Plain(chain)}" : null,
            IsCall = function is not ("" or "transfer"),
        };
    }

    private static string Plain(string chain) =>
        long.TryParse(chain, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id.ToString(CultureInfo.InvariantCulture) : chain;

    // White space, and what is copied along without being seen: byte order marks, zero-width spaces, marks of direction.
    private static ReadOnlySpan<char> Blanks(string text) => text
        .Where(each => char.IsWhiteSpace(each) || char.GetUnicodeCategory(each) is UnicodeCategory.Format or UnicodeCategory.Control)
        .Distinct().ToArray() is { Length: > 0 } blanks ? blanks : [' '];

    [GeneratedRegex(@"^(?<scheme>[A-Za-z][A-Za-z0-9-]{1,31}):(?://)?(?<rest>.*)\z", RegexOptions.Singleline)]
    private static partial Regex SchemeForm { get; }

    [GeneratedRegex(@"^(?<reference>[-_a-zA-Z0-9]{1,32}):(?<address>[^:?/]+)\z")]
    private static partial Regex AccountForm { get; }

    [GeneratedRegex(@"^(?:pay-)?(?<target>[^@/?]*)(?:@(?<chain>[^/?]*))?(?:/(?<function>[^?]*))?(?:\?(?<query>.*))?", RegexOptions.Singleline)]
    private static partial Regex CallForm { get; }
}
