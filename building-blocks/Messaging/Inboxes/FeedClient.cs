using System.Net.Http.Json;
using System.Text.Json;

namespace Messaging;

/// <summary>Reads the feed of another service.</summary>
internal sealed class FeedClient(IHttpClientFactory clients)
{
    public async Task<FeedPage> ReadAsync(string source, long after, int limit, CancellationToken ct, long? upTo = null)
    {
        using var client = clients.CreateClient(source);
        var address = $"internal/feed?after={after}&limit={limit}{(upTo is { } last ? $"&upTo={last}" : "")}";
        return await client.GetFromJsonAsync<FeedPage>(new Uri(address, UriKind.Relative), JsonSerializerOptions.Web, ct)
            ?? throw new JsonException($"The feed of '{source}' is null.");
    }
}
