using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;

namespace ServiceDefaults;

/// <summary>Describes what every endpoint has without its doing: parameters, response headers and problems of the conventions.</summary>
internal static class ConventionDescriptions
{
    private static readonly Dictionary<string, string> PathParameters = new()
    {
        ["id"] = "The wallet's id.",
        ["walletId"] = "The wallet's id.",
        ["addressId"] = "The address's id in the wallet.",
        ["sourceId"] = "The source's id in the wallet.",
        ["userId"] = "The user's id.",
        ["keyId"] = "The API key's id; not the key itself.",
        ["shareId"] = "The share's id; not its token.",
        ["runId"] = "The sync run's id.",
        ["webhookId"] = "The webhook's id.",
        ["priceId"] = "The id of a price you set, a UUID.",
        ["deliveryId"] = "The delivery's id.",
        ["replayId"] = "The replay's id.",
        ["chain"] = "The network's slug or CAIP-2 id.",
        ["network"] = "The network's slug or CAIP-2 id.",
        ["address"] = "The address, in any of its spellings.",
        ["importId"] = "The import's id.",
        ["txid"] = "The transaction's id on that network.",
    };

    // What must be given is shown with something that is taken.
    private static readonly Dictionary<string, string> RequiredParameters = new()
    {
        ["asset"] = "bip122:000000000019d6689c085ae165831e93/slip44:0",
        ["from"] = "2026-01-01",
    };

    /// <summary>The problems that any endpoint of this kind may answer with.</summary>
    public static IEnumerable<string> ProblemsOf(string? method, bool obeysIfMatch, bool isFleeting)
    {
        yield return "invalid-parameter";
        if (method != HttpMethods.Get) yield return "csrf";
        if (method == HttpMethods.Get)
        {
            yield return "version-not-reached";
            if (!isFleeting) yield return "version-conflict";
        }
        if (method == HttpMethods.Post && !isFleeting)
        {
            yield return "request-in-progress";
            yield return "idempotency-key-reused";
        }
        if (obeysIfMatch) yield return "version-conflict";
    }

    /// <summary>Adds them to an operation.</summary>
    public static void Describe(OpenApiOperation operation, string? method, bool obeysIfMatch, bool tagged, bool isFleeting)
    {
        foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? [])
            if (parameter is { In: ParameterLocation.Path, Description: null, Name: { } name }
                && PathParameters.TryGetValue(name, out var description))
                parameter.Description = description;
        foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? [])
            if (parameter is { In: ParameterLocation.Query, Required: true, Name: { } name } && RequiredParameters.TryGetValue(name, out var example))
                parameter.Example = example;

        var reads = method == HttpMethods.Get;
        if (reads)
            Add(operation, ParameterLocation.Query, MinVersion.Parameter, "Wait until the answer knows the write whose answer had this `Version`.",
                new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64", Minimum = "0" });
        if (isFleeting) return;
        if (reads)
        {
            Add(operation, ParameterLocation.Header, "If-None-Match", "An `ETag` of an earlier answer: 304 where nothing has changed since. It " +
                "costs a tenth of the price.", Text());
            operation.Responses ??= [];
            operation.Responses["304"] = new OpenApiResponse { Description = "The body is the one that `If-None-Match` names." };
        }
        if (method == HttpMethods.Post)
            Add(operation, ParameterLocation.Header, IdempotencyMiddleware.Header,
                "1 to 255 visible ASCII characters of the client's choice. For 24 hours the same request under the same key is done once and " +
                    "answered alike.",
                new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = 255, Pattern = "^[!-~]+$" });
        if (obeysIfMatch)
            Add(operation, ParameterLocation.Header, "If-Match", "An `ETag` of the resource: it is changed only if it is still as that says.",
                Text());

        foreach (var (status, response) in operation.Responses ?? [])
        {
            if (!status.StartsWith('2') || response is not OpenApiResponse success) continue;
            success.Headers ??= new Dictionary<string, IOpenApiHeader>();
            if (reads || tagged)
                success.Headers["ETag"] = Header("A strong tag of the body, for `If-None-Match` and `If-Match`.", Text());
            if (!reads)
                success.Headers[MinVersion.Header] = Header("What to give as `minVersion` to read this write elsewhere.",
                    new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64" });
            if (method == HttpMethods.Post)
                success.Headers[IdempotencyMiddleware.ReplayHeader] = Header("`true` where the request was done before and this is its first " +
                    "answer.", new OpenApiSchema { Type = JsonSchemaType.Boolean });
            if (status is "201" or "202")
                success.Headers["Location"] = Header("Where what was made, or its progress, is to be found; absent where it has no address of its " +
                    "own.", Text());
        }
    }

    // Without examples: a page to try things out would fill them in and send them.
    private static void Add(OpenApiOperation operation, ParameterLocation place, string name, string description, OpenApiSchema schema) =>
        (operation.Parameters ??= []).Add(new OpenApiParameter { In = place, Name = name, Description = description, Schema = schema });

    private static OpenApiHeader Header(string description, OpenApiSchema schema) => new() { Description = description, Schema = schema };

    private static OpenApiSchema Text() => new() { Type = JsonSchemaType.String };
}
