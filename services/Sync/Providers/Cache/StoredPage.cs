using System.Buffers;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sync.Chains;

namespace Sync.Providers.Cache;

/// <summary>What of a page is stored: as its dialect read and believed it, compressed JSON.</summary>
internal sealed record StoredPage(IReadOnlyList<ChainTransaction> Transactions, bool Full, IReadOnlyList<TokenDescription>? Assets)
{
    /// <summary>Counted up when what is stored changes its meaning; pages of another format are not read.</summary>
    public const short Format = 2;

    public static byte[] Write(HistoryPage page)
    {
        var buffer = new ArrayBufferWriter<byte>(16 * 1024);
        using (var json = new Utf8JsonWriter(buffer))
            JsonSerializer.Serialize(json, new StoredPage(page.Transactions, page.Full, page.Assets), CachedJson.Default.StoredPage);
        using var stored = new MemoryStream(buffer.WrittenCount / 2);
        using (var compressed = new DeflateStream(stored, CompressionLevel.Fastest)) compressed.Write(buffer.WrittenSpan);
        return stored.ToArray();
    }

    public static StoredPage Read(byte[] stored)
    {
        using var compressed = new DeflateStream(new MemoryStream(stored), CompressionMode.Decompress);
        return JsonSerializer.Deserialize(compressed, CachedJson.Default.StoredPage)!;
    }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StoredPage))]
internal sealed partial class CachedJson : JsonSerializerContext;
