using System.Net;
using System.Text.Json;
using ServiceDefaults;

namespace Gateway;

/// <summary>Has Wallets begin and end sessions. As with keys, hashes are all that leaves the gateway.</summary>
internal sealed class WalletsSessions(IHttpClientFactory clients, ILogger<WalletsSessions> log)
{
    /// <summary>Begins a session of that text, by the hash of a key or of a link.</summary>
    /// <exception cref="DomainException"><c>upstream-unavailable</c>.</exception>
    public Task<ApiKeyAnswer> BeginAsync(string text, string? key, string? link, CancellationToken ct) =>
        AskAsync(client => client.PostAsJsonAsync("/internal/sessions", new { hash = ApiKey.HashOf(text), key, link }, ApiJson.Options, ct),
            async answer => answer.StatusCode == HttpStatusCode.NotFound
                ? new ApiKeyAnswer(null, ApiKeyAnswer.RefusalIn(await answer.Content.ReadFromJsonAsync<JsonElement>(ct)))
                : new ApiKeyAnswer(await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<ApiKeyGrant>(ApiJson.Options, ct)));

    /// <summary>Ends a session; one that has ended already changes nothing.</summary>
    /// <exception cref="DomainException"><c>conflict</c>: it is a key and no session; or <c>upstream-unavailable</c>.</exception>
    public Task<bool> EndAsync(Guid keyId, CancellationToken ct) =>
        AskAsync(client => client.DeleteAsync($"/internal/sessions/{keyId}", ct), answer => answer.StatusCode == HttpStatusCode.Conflict
            ? throw new DomainException("conflict", "This request was made with a key, which is no session; a key is revoked at /api/v1/api-keys.")
            : Task.FromResult(answer.EnsureSuccessStatusCode().IsSuccessStatusCode));

    private async Task<T> AskAsync<T>(Func<HttpClient, Task<HttpResponseMessage>> ask, Func<HttpResponseMessage, Task<T>> read)
    {
        try
        {
            using var client = clients.CreateClient(Routes.Wallets);
            using var answer = await ask(client);
            return await read(answer);
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException
            || exception is OperationCanceledException { InnerException: TimeoutException })
        {
            log.LogWarning(exception, "Wallets neither begins nor ends sessions.");
            throw new DomainException("upstream-unavailable", "The service 'wallets' cannot be reached just now, so nobody can log in or out.")
            {
                RetryAfter = TimeSpan.FromSeconds(2),
            };
        }
    }
}
