using System.Collections.Concurrent;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using ServiceDefaults;

namespace Gateway;

/// <summary><c>/openapi/v1.json</c>: one OpenAPI 3.1 document of everything public, put together from the services' own.</summary>
internal sealed class PublicDescription(
    IHttpClientFactory clients, IOptions<GatewayOptions> options, IServiceProvider services, TimeProvider time,
    ILogger<PublicDescription> logger) : IDisposable
{
    // A service that is deployed anew shows up within this time; one that was away, sooner.
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan MaxAgeIncomplete = TimeSpan.FromSeconds(2);

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ConcurrentDictionary<string, string> lastGood = new();
    private readonly SemaphoreSlim building = new(1);
    private volatile Built? built;

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/openapi/v1.json", async (PublicDescription description, CancellationToken ct) =>
            Results.Bytes(await description.GetAsync(ct), "application/json; charset=utf-8")).AllowAnonymous().ExcludeFromDescription();

    public void Dispose() => building.Dispose();

    private async Task<byte[]> GetAsync(CancellationToken ct)
    {
        if (Fresh() is { } known)
            return known;
        await building.WaitAsync(ct);
        try
        {
            return Fresh() ?? await BuildAsync(ct);
        }
        finally
        {
            building.Release();
        }
    }

    private byte[]? Fresh() =>
        built is { } known && time.GetElapsedTime(known.At) < (known.Complete ? MaxAge : MaxAgeIncomplete) ? known.Bytes : null;

    private async Task<byte[]> BuildAsync(CancellationToken ct)
    {
        var answers = await Task.WhenAll(Routes.Services.Select(service => FetchAsync(service, ct)));
        // A part left out would look like one that was taken away.
        if (Routes.Services.Where(service => !lastGood.ContainsKey(service)).ToList() is { Count: > 0 } missing)
        {
            throw new DomainException("upstream-unavailable",
                $"The document is not whole yet: nothing was read of {string.Join(", ", missing.Select(name => $"'{name}'"))} so far.")
            { RetryAfter = MaxAgeIncomplete };
        }

        var merge = new DescriptionMerge(options.Value.PublicUrl ?? "/");
        merge.Add("gateway", await OwnAsync(ct), (path, _) => path.StartsWith("/api/", StringComparison.Ordinal));
        foreach (var service in Routes.Services)
            merge.Add(service, JsonNode.Parse(lastGood[service])!.AsObject(), (path, method) => Routes.Publishes(service, path, method));

        var bytes = JsonSerializer.SerializeToUtf8Bytes(merge.Finish(), Json);
        built = new Built(bytes, answers.All(answered => answered), time.GetTimestamp());
        return bytes;
    }

    private async Task<bool> FetchAsync(string service, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(TimeSpan.FromSeconds(3));
        try
        {
            using var client = clients.CreateClient(service);
            var text = await client.GetStringAsync("/openapi/v1.json", limit.Token);
            JsonNode.Parse(text)!.AsObject();
            lastGood[service] = text;
            return true;
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException or InvalidOperationException
            || exception is OperationCanceledException && !ct.IsCancellationRequested)
        {
            logger.LogWarning(exception, "The API description of {Service} cannot be read; its last one is used, if there is one.", service);
            return false;
        }
    }

    private async Task<JsonObject> OwnAsync(CancellationToken ct)
    {
        var document = await services.GetRequiredKeyedService<IOpenApiDocumentProvider>("v1").GetOpenApiDocumentAsync(ct);
        return JsonNode.Parse(await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1, ct))!.AsObject();
    }

    private sealed record Built(byte[] Bytes, bool Complete, long At);
}
