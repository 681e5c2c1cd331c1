using System.Buffers.Binary;
using System.Text.Json;
using Chains.Proofs;

namespace ChainSimulator.World;

/// <summary>
/// What proves that recorded transactions are in recorded blocks. Blocks that the world made have no work and no tree, so nothing proves
/// anything of them.
/// </summary>
internal static class BlockProofs
{
    /// <summary>The 80 bytes of a recorded block's header in hexadecimal; null of any other block.</summary>
    public static string? HeaderOf(Block block)
    {
        if (block.Recorded is not { } recorded) return null;
        using var json = JsonDocument.Parse(recorded);
        var facts = json.RootElement;
        var header = new byte[BlockHeader.Length];
        BinaryPrimitives.WriteInt32LittleEndian(header, facts.GetProperty("version").GetInt32());
        Backwards(facts.GetProperty("previousblockhash").GetString()!).CopyTo(header, 4);
        Backwards(facts.GetProperty("merkle_root").GetString()!).CopyTo(header, 36);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(68), facts.GetProperty("timestamp").GetUInt32());
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(72), facts.GetProperty("bits").GetUInt32());
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(76), facts.GetProperty("nonce").GetUInt32());
        return Convert.ToHexStringLower(header);
    }

    /// <summary>A transaction's place in a recorded block and the hashes beside its way to the root; null of any other block.</summary>
    public static (int Position, IReadOnlyList<string> Merkle)? WayOf(Block block, Hash256 txid)
    {
        if (block.Recorded is null) return null;
        var position = block.Transactions.TakeWhile(transaction => transaction.Id != txid).Count();
        return (position, MerkleBranch.Of([.. block.Transactions.Select(transaction => transaction.Id.ToString())], position));
    }

    /// <summary>The transaction's bytes in hexadecimal, without witnesses.</summary>
    public static string RawOf(Transaction transaction)
    {
        using var text = new Utf8Buffer();
        transaction.WriteFacts(text);
        text.Raw("}"u8);
        using var json = JsonDocument.Parse(text.Written);
        return RawOf(json.RootElement);
    }

    /// <summary>The bytes of a transaction that is told in Esplora's JSON.</summary>
    public static string RawOf(JsonElement facts)
    {
        var raw = new List<byte>();
        Number(raw, facts.GetProperty("version").GetInt32() & 0xffff_ffff, 4);
        var inputs = facts.GetProperty("vin");
        Count(raw, inputs.GetArrayLength());
        foreach (var input in inputs.EnumerateArray())
        {
            raw.AddRange(Backwards(input.GetProperty("txid").GetString()!));
            Number(raw, input.GetProperty("vout").GetUInt32(), 4);
            Script(raw, input.GetProperty("scriptsig").GetString()!);
            Number(raw, input.GetProperty("sequence").GetUInt32(), 4);
        }

        var outputs = facts.GetProperty("vout");
        Count(raw, outputs.GetArrayLength());
        foreach (var output in outputs.EnumerateArray())
        {
            Number(raw, output.GetProperty("value").GetInt64(), 8);
            Script(raw, output.GetProperty("scriptpubkey").GetString()!);
        }

        Number(raw, facts.GetProperty("locktime").GetUInt32(), 4);
        return Convert.ToHexStringLower([.. raw]);
    }

    private static void Script(List<byte> raw, string hex)
    {
        Count(raw, hex.Length / 2);
        raw.AddRange(Convert.FromHexString(hex));
    }

    private static void Count(List<byte> raw, int count)
    {
        if (count < 0xfd)
        {
            raw.Add((byte)count);
            return;
        }

        raw.Add((byte)(count <= 0xffff ? 0xfd : 0xfe));
        Number(raw, count, count <= 0xffff ? 2 : 4);
    }

    private static void Number(List<byte> raw, long number, int bytes)
    {
        for (var i = 0; i < bytes; i++) raw.Add((byte)(number >> (8 * i)));
    }

    private static byte[] Backwards(string hash) => HexText.ReadBackwards(hash) ?? throw new FormatException($"{hash} is no hash.");
}
