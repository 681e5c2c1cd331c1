using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Shouldly;
using Xunit;

namespace Testing;

/// <summary>A user of the public API: a key, and the calls every whole test makes.</summary>
public sealed class TestUser : IDisposable
{
    public TestUser(Uri gateway, Guid id, string key)
    {
        Id = id;
        Key = key;
        Http = new HttpClient { BaseAddress = gateway, Timeout = TimeSpan.FromMinutes(1) };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    /// <summary>Empty for the first administrator, whose id only its key knows.</summary>
    public Guid Id { get; }

    public string Key { get; }

    /// <summary>Talks to the gateway with the key.</summary>
    public HttpClient Http { get; }

    /// <summary>The version of the last write, to read it elsewhere by <c>?minVersion=</c>.</summary>
    public string? Version { get; private set; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public Task<JsonElement> Get(string path) => Answer(() => new HttpRequestMessage(HttpMethod.Get, path));

    public Task<JsonElement> Post(string path, object? body = null) =>
        Answer(() => new HttpRequestMessage(HttpMethod.Post, path) { Content = body is null ? null : JsonContent.Create(body) });

    public Task<JsonElement> Delete(string path) => Answer(() => new HttpRequestMessage(HttpMethod.Delete, path));

    public async Task<Guid> CreateWallet(string label = "wallet") =>
        (await Post("/api/v1/wallets", new { label })).GetProperty("id").GetGuid();

    public async Task<Guid> Import(Guid wallet, string address, string network = "bitcoin", string? label = null) =>
        (await Post($"/api/v1/wallets/{wallet}/addresses", new { network, address, label })).GetProperty("id").GetGuid();

    public Task<JsonElement> Resync(Guid wallet) => Post($"/api/v1/wallets/{wallet}/sync");

    public Task<JsonElement> SyncProgress(Guid wallet) => Get($"/api/v1/wallets/{wallet}/sync");

    /// <summary>Every entry of a list, page after page.</summary>
    public async IAsyncEnumerable<JsonElement> All(string path, int limit = 200)
    {
        var separator = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        for (string? cursor = null; ;)
        {
            var page = await Get($"{path}{separator}limit={limit}{(cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}")}");
            foreach (var entry in page.GetProperty("data").EnumerateArray()) yield return entry;
            if (!page.GetProperty("hasMore").GetBoolean()) yield break;
            cursor = page.GetProperty("next").GetString();
        }
    }

    public void Dispose() => Http.Dispose();

    // A test reads more than a person would: over the limit it waits as it is told to.
    private async Task<JsonElement> Answer(Func<HttpRequestMessage> request)
    {
        while (true)
        {
            using var message = request();
            using var response = await Http.SendAsync(message, Cancellation);
            if (response.StatusCode is HttpStatusCode.TooManyRequests)
            {
                await Task.Delay(response.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1), Cancellation);
                continue;
            }

            var body = await response.Content.ReadAsStringAsync(Cancellation);
            response.IsSuccessStatusCode.ShouldBeTrue($"{message.Method} {message.RequestUri} answered {(int)response.StatusCode}: {body}");
            if (response.Headers.TryGetValues("Version", out var versions)) Version = versions.Single();
            return body.Length == 0 ? default : JsonElement.Parse(body);
        }
    }
}
