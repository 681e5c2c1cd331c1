using System.Text.Json;
using System.Text.Json.Serialization;

namespace Chains;

/// <summary>
/// The networks that ship, from <c>networks.json</c>. A service knows more by its configuration: it asks its <see
/// cref="NetworkCatalogue"/>.
/// </summary>
public static class Networks
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        ReadCommentHandling = JsonCommentHandling.Skip,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        NumberHandling = JsonNumberHandling.Strict,
        Converters = { new JsonStringEnumConverter<ChainFamily>() },
    };

    public static NetworkCatalogue Shipped { get; } = NetworkCatalogue.Empty.With(Read());

    public static Network Bitcoin { get; } = Of("bitcoin");

    public static Network BitcoinTestnet { get; } = Of("bitcoin-testnet");

    public static Network Litecoin { get; } = Of("litecoin");

    public static Network Dogecoin { get; } = Of("dogecoin");

    public static Network Ethereum { get; } = Of("ethereum");

    public static Network Solana { get; } = Of("solana");

    private static Network Of(string slug) => Shipped.Find(slug) ?? throw new InvalidOperationException($"{slug} does not ship.");

    private static Dictionary<string, NetworkSettings> Read()
    {
        using var file = typeof(Networks).Assembly.GetManifestResourceStream("networks.json")!;
        return JsonSerializer.Deserialize<Dictionary<string, NetworkSettings>>(file, Json)!;
    }
}
