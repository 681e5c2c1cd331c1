using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Portfolio.Transactions;
using ServiceDefaults;

namespace Portfolio.Exports;

/// <summary>
/// A row's place in an export, so short that each row bears its own. By the ledger, the height and a mark of the rest its row is found again;
/// where the other networks' histories stood then follows from the latest row written, which it names by its time and network.
/// </summary>
internal readonly record struct ExportCursor(Guid LedgerId, long Height, ulong Mark, DateTimeOffset LatestTime, uint LatestNetwork)
{
    private const int Size = 16 + 8 + 8 + 8 + 4;

    public static ExportCursor Of(TransactionKey key, (DateTimeOffset Time, string Network) latest) =>
        new(key.LedgerId, key.Height, MarkOf(key.Txid, key.Asset), latest.Time, MarkOf(latest.Network));

    /// <summary>What tells the rows of a ledger's block apart.</summary>
    public static ulong MarkOf(string txid, string asset) =>
        BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{txid} {asset}")));

    public static uint MarkOf(string network) => BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(network)));

    public string Write()
    {
        Span<byte> bytes = stackalloc byte[Size];
        LedgerId.TryWriteBytes(bytes, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(bytes[16..], Height);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[24..], Mark);
        BinaryPrimitives.WriteInt64BigEndian(bytes[32..], LatestTime.UtcTicks);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[40..], LatestNetwork);
        return Base64Url.EncodeToString(bytes);
    }

    /// <exception cref="DomainException"><c>cursor-invalid</c>.</exception>
    public static ExportCursor Read(string text)
    {
        Span<byte> bytes = stackalloc byte[Size];
        // Decoding throws at what is no base64url.
        if (text.Length != Base64Url.GetEncodedLength(Size) || !Base64Url.IsValid(text)
            || !Base64Url.TryDecodeFromChars(text, bytes, out var length) || length != Size) throw Invalid();
        var ticks = BinaryPrimitives.ReadInt64BigEndian(bytes[32..]);
        // Others go on a microsecond later.
        if (ticks < 0 || ticks > DateTimeOffset.MaxValue.UtcTicks - TimeSpan.TicksPerMicrosecond) throw Invalid();
        return new(
            new(bytes[..16], bigEndian: true), BinaryPrimitives.ReadInt64BigEndian(bytes[16..]), BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]),
            new(ticks, TimeSpan.Zero), BinaryPrimitives.ReadUInt32BigEndian(bytes[40..]));
    }

    public static DomainException Invalid() =>
        new("cursor-invalid", "This is no row's 'cursor' of an export of these wallets; begin with 'from' instead.", "?after");
}
