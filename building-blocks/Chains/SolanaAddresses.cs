namespace Chains;

/// <summary>Account addresses of Solana: 32 bytes in Base58, without a checksum.</summary>
public static class SolanaAddresses
{
    private const int AccountLength = 32;
    private const int SignatureLength = 64;
    private const int LongestAccount = 44;
    private const int LongestSignature = 88;

    /// <summary>The address of an account's 32 bytes.</summary>
    public static Address FromAccount(Network network, ReadOnlySpan<byte> account)
    {
        if (account.Length != AccountLength)
            throw new ArgumentException($"An account has {AccountLength} bytes, not {account.Length}.", nameof(account));
        return new(network, Base58Check.EncodeUnchecked(account), AddressKind.SolanaAccount, [.. account]);
    }

    /// <summary>Whether the text is 32 bytes in Base58: an account, or the hash of a block.</summary>
    public static bool IsAccount(string? text) => IsOfLength(text, LongestAccount, AccountLength);

    /// <summary>Whether the text is a signature, by which transactions are known: 64 bytes in Base58.</summary>
    public static bool IsSignature(string? text) => IsOfLength(text, LongestSignature, SignatureLength);

    private static bool IsOfLength(string? text, int longest, int bytes) =>
        text is { Length: > 0 } && text.Length <= longest && Base58Check.FirstForeign(text) < 0 && Base58Check.DecodeUnchecked(text).Length == bytes;

    internal static ParsedAddress Read(Network network, ReadOnlySpan<char> text)
    {
        if (Base58Check.FirstForeign(text) is >= 0 and var foreign)
            return new AddressError(AddressErrors.Characters, $"Character {foreign + 1}, '{text[foreign]}', does not occur in Base58.");

        var account = Base58Check.DecodeUnchecked(text);
        return account.Length == AccountLength
            ? FromAccount(network, account)
            : new AddressError(AddressErrors.Length, $"An account has {AccountLength} bytes, this one {account.Length}.");
    }
}
