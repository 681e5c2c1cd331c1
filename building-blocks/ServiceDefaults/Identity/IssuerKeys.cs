using System.Net.Http.Json;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace ServiceDefaults;

/// <summary>The public keys of one trusted service, read from it when first needed and again when a token names one not known yet.</summary>
internal sealed class IssuerKeys(string issuer, HttpClient client, Uri address, TimeProvider time, ILogger logger) : IDisposable
{
    // Tokens with invented key ids must not become a flood of look-ups.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);
    // So that a key its owner has dropped is not believed for ever.
    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(10);

    private readonly SemaphoreSlim reading = new(1);
    private volatile Snapshot? known;
    private long lastTry;
    private bool tried;

    /// <exception cref="DomainException">upstream-unavailable: the service has never answered yet.</exception>
    public async ValueTask<ECDsaSecurityKey?> FindAsync(string keyId, CancellationToken ct)
    {
        var snapshot = known;
        if (snapshot is not null && snapshot.Keys.TryGetValue(keyId, out var key) && time.GetElapsedTime(snapshot.ReadAt) < MaxAge)
            return key;

        await reading.WaitAsync(ct);
        try
        {
            if (known == snapshot && (!tried || time.GetElapsedTime(lastTry) >= Pause))
                await ReadAsync(ct);
        }
        finally
        {
            reading.Release();
        }
        if (known is null)
            throw new DomainException("upstream-unavailable", $"The keys of '{issuer}' cannot be read just now.") { RetryAfter = Pause };
        return known.Keys.GetValueOrDefault(keyId);
    }

    private async Task ReadAsync(CancellationToken ct)
    {
        (tried, lastTry) = (true, time.GetTimestamp());
        try
        {
            var answer = await client.GetFromJsonAsync<PublicKeys>(new Uri(address, "/internal/keys"), ApiJson.Options, ct);
            var keys = new Dictionary<string, ECDsaSecurityKey>();
            foreach (var published in answer?.Keys ?? [])
                if (published.ToKey() is { } key)
                    keys[published.Kid] = key;
            // The former keys are left to the collector: a request may be verifying with one.
            known = new Snapshot(keys, time.GetTimestamp());
        }
        catch (Exception exception) when (exception is HttpRequestException or System.Text.Json.JsonException
            || (exception is OperationCanceledException && !ct.IsCancellationRequested))
        {
            logger.LogWarning(exception, "The keys of {Issuer} cannot be read from {Address}.", issuer, address);
        }
    }

    public void Dispose() => reading.Dispose();

    private sealed record Snapshot(IReadOnlyDictionary<string, ECDsaSecurityKey> Keys, long ReadAt);
}
