namespace Chains.Proofs;

/// <summary>Bytes in hexadecimal, as strangers write them.</summary>
public static class HexText
{
    /// <summary>The bytes, with or without a leading <c>0x</c>; null where the text is none, or stands for more than that many.</summary>
    public static byte[]? Read(string? hex, int most)
    {
        if (hex is null) return null;
        var digits = hex.AsSpan(hex.StartsWith("0x", StringComparison.Ordinal) ? 2 : 0);
        if (digits.Length % 2 != 0 || digits.Length / 2 > most) return null;
        var bytes = new byte[digits.Length / 2];
        return Convert.FromHexString(digits, bytes, out _, out var written) is System.Buffers.OperationStatus.Done && written == bytes.Length
            ? bytes : null;
    }

    /// <summary>The 32 bytes of a hash that is written from its last byte to its first; null where it is none.</summary>
    public static byte[]? ReadBackwards(string? hash)
    {
        if (hash is not { Length: 64 } || Read(hash, 32) is not { } bytes) return null;
        Array.Reverse(bytes);
        return bytes;
    }
}
