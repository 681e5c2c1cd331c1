using System.Buffers.Binary;

namespace Chains.Proofs;

/// <summary>The header of a block of a chain of the Ethereum virtual machine; its hash is the block's name, and it commits to the state.</summary>
public sealed class EvmHeader
{
    private const int Longest = 4096;

    // From the parent's hash to the nonce, which all chains have; later forks add more behind.
    private const int Fewest = 15;

    private EvmHeader(string hash, byte[] stateRoot, long height, DateTimeOffset time) =>
        (Hash, StateRoot, Height, Time) = (hash, stateRoot, height, time);

    /// <summary>The block's hash as it is written, with a leading <c>0x</c>.</summary>
    public string Hash { get; }

    public byte[] StateRoot { get; }

    public long Height { get; }

    public DateTimeOffset Time { get; }

    /// <summary>A header of its encoded bytes in hexadecimal; null where it is none.</summary>
    public static EvmHeader? Read(string? hex)
    {
        if (HexText.Read(hex, Longest) is not { } bytes || Rlp.Read(bytes) is not { Items: { Count: >= Fewest } fields }) return null;
        if (fields[3].Bytes is not { Length: 32 } stateRoot || NumberOf(fields[8]) is not { } height
            || NumberOf(fields[11]) is not { } time) return null;
        return time > 7_000_000_000 ? null
            : new($"0x{Convert.ToHexStringLower(AccountProof.HashOf(bytes))}", stateRoot, height, DateTimeOffset.FromUnixTimeSeconds(time));
    }

    /// <summary>
    /// The encoded header in hexadecimal, of its fields in their order as nodes tell them: numbers as quantities, everything else as bytes;
    /// null where one is neither.
    /// </summary>
    public static string? Encode(IReadOnlyList<(string Text, bool IsNumber)> fields)
    {
        var items = new List<byte[]>(fields.Count);
        foreach (var (text, isNumber) in fields)
        {
            if (!text.StartsWith("0x", StringComparison.Ordinal)) return null;
            var digits = text.Length % 2 == 0 ? text : $"0x0{text[2..]}";
            if (HexText.Read(digits, Longest) is not { } bytes) return null;
            items.Add(Rlp.Encode(isNumber ? bytes.AsSpan().TrimStart((byte)0) : bytes));
        }

        return Convert.ToHexStringLower(Rlp.EncodeList(items));
    }

    private static long? NumberOf(Rlp field)
    {
        if (field.Bytes is not { Length: <= 7 } bytes || bytes is [0, ..]) return null;
        Span<byte> number = stackalloc byte[8];
        number.Clear();
        bytes.CopyTo(number[(8 - bytes.Length)..]);
        return BinaryPrimitives.ReadInt64BigEndian(number);
    }
}
