using Nethereum.Util;

namespace Chains;

/// <summary>Keccak-256 as Ethereum uses it, which is not SHA3-256: the padding is another (FIPS 202).</summary>
public static class Keccak256
{
    public const int HashLength = 32;

    /// <summary>Writes the 32 bytes of the hash into the destination.</summary>
    public static void Hash(ReadOnlySpan<byte> source, Span<byte> destination) =>
        Sha3Keccack.Current.CalculateHash(source.ToArray()).CopyTo(destination);
}
