using System.Buffers;

namespace Chains;

/// <summary>Account addresses of Ethereum and its relatives, spelled with the checksum of EIP-55.</summary>
public static class EvmAddresses
{
    private const int AccountLength = 20;
    private const int TextLength = 2 + 2 * AccountLength;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>The address of an account's 20 bytes.</summary>
    public static Address FromAccount(Network network, ReadOnlySpan<byte> account)
    {
        if (account.Length != AccountLength)
            throw new ArgumentException($"An account has {AccountLength} bytes, not {account.Length}.", nameof(account));
        return new(network, Spell(account), AddressKind.EvmAccount, [.. account]);
    }

    internal static ParsedAddress Read(Network network, ReadOnlySpan<char> text)
    {
        if (text is not ['0', 'x' or 'X', .. var digits])
            return new AddressError(AddressErrors.Characters, "The address does not begin with 0x.");
        if (digits.IndexOfAnyExcept(HexDigits) is >= 0 and var foreign)
            return new AddressError(AddressErrors.Characters, $"Character {foreign + 3}, '{digits[foreign]}', is no hexadecimal digit.");
        if (text.Length != TextLength)
            return new AddressError(AddressErrors.Length, $"An address has {TextLength} characters, this one {text.Length}.");

        var address = FromAccount(network, Convert.FromHexString(digits));
        // EIP-55: a spelling in one case carries no checksum.
        var isChecked = digits.ContainsAnyInRange('A', 'F') && digits.ContainsAnyInRange('a', 'f');
        return isChecked && !digits.SequenceEqual(address.Text.AsSpan(2))
            ? new AddressError(AddressErrors.Checksum, "Upper and lower case do not match the checksum of EIP-55: a character is wrong.")
            : address;
    }

    private static string Spell(ReadOnlySpan<byte> account)
    {
        Span<char> text = stackalloc char[TextLength];
        "0x".CopyTo(text);
        var digits = text[2..];
        Convert.TryToHexStringLower(account, digits, out _);

        Span<byte> ascii = stackalloc byte[digits.Length];
        for (var i = 0; i < digits.Length; i++) ascii[i] = (byte)digits[i];
        Span<byte> hash = stackalloc byte[Keccak256.HashLength];
        Keccak256.Hash(ascii, hash);
        for (var i = 0; i < digits.Length; i++)
        {
            var nibble = i % 2 == 0 ? hash[i / 2] >> 4 : hash[i / 2] & 15;
            if (nibble >= 8) digits[i] = char.ToUpperInvariant(digits[i]);
        }

        return new string(text);
    }
}
