namespace Chains;

/// <summary>Transaction ids as the chains' families write them.</summary>
public static class TransactionIds
{
    private const int SignatureBytes = 64;

    /// <summary>The id in the one spelling that providers use, or null where the network has no such id.</summary>
    public static string? Read(Network network, string text) => network.Family switch
    {
        ChainFamily.Utxo => text.Length == 64 && text.All(char.IsAsciiHexDigit) ? text.ToLowerInvariant() : null,
        ChainFamily.Evm => text.Length == 66 && text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && text.Skip(2).All(char.IsAsciiHexDigit)
            ? text.ToLowerInvariant()
            : null,
        // A signature; capitals count.
        _ => text.Length is >= 64 and <= 88 && Base58Check.FirstForeign(text) < 0 && Base58Check.DecodeUnchecked(text).Length == SignatureBytes
            ? text
            : null,
    };
}
