using System.Diagnostics;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ServiceDefaults;

/// <summary>Writes RFC 9457 answers.</summary>
public static class ProblemResponse
{
    internal const string ContentType = "application/problem+json";

    internal const long MostPassedOver = 32 * 1024 * 1024;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        // Never put into a page: an apostrophe may stay one.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Answers with the catalogue's problem of that code. The response must not have started.</summary>
    public static Task WriteProblemAsync(this HttpContext context, string code, string? detail = null, TimeSpan? retryAfter = null) =>
        WriteAsync(context, new Failure(Problems.Get(code), detail, [], retryAfter));

    /// <summary>The problem that a failure is, for a channel that is open already: what would have been the answer's body.</summary>
    public static byte[] ProblemOf(this HttpContext context, Exception failure, (string Name, string Value)? more = null)
    {
        var (problem, detail, errors, retryAfter) = Failures.From(failure, context);
        var body = JsonSerializer.SerializeToNode(BodyOf(context, problem, detail, errors, retryAfter), Json)!.AsObject();
        if (more is var (name, value)) body[name] = value;
        return JsonSerializer.SerializeToUtf8Bytes(body, Json);
    }

    internal static async Task WriteAsync(HttpContext context, Failure failure)
    {
        var (problem, detail, errors, retryAfter) = failure;
        var response = context.Response;
        response.StatusCode = problem.Status;
        response.ContentType = ContentType;
        response.ContentLength = null;
        response.Headers.CacheControl = "no-store";
        // RFC 9110 section 11.6.1.
        if (problem.Status == StatusCodes.Status401Unauthorized) response.Headers.WWWAuthenticate = "Bearer";
        var body = BodyOf(context, problem, detail, errors, retryAfter);
        if (body.RetryAfterSeconds is { } whole)
            response.Headers.RetryAfter = whole.ToString(CultureInfo.InvariantCulture);

        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, Json);
        response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await response.Body.WriteAsync(bytes, context.RequestAborted);

        // Who still sends while the connection is closed sees that it broke, and not why. A body that is somewhat too large is passed over by
        // the server instead, as any that nobody has read, which it does for five seconds at most.
        if (problem.Status == StatusCodes.Status413PayloadTooLarge
            && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = MostPassedOver;
    }

    private static Body BodyOf(HttpContext context, Problem problem, string? detail, IReadOnlyList<FieldError> errors, TimeSpan? retryAfter) => new(
        problem.Type, problem.Title, problem.Status, detail ?? problem.Explanation, Instance(context), errors.Count == 0 ? null : errors,
        retryAfter is { } wait ? Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)) : null);

    private static string Instance(HttpContext context) =>
        "urn:trace:" + (Activity.Current?.TraceId.ToHexString() ?? context.TraceIdentifier);

    private sealed record Body(
        string Type, string Title, int Status, string Detail, string Instance, IReadOnlyList<FieldError>? Errors, int? RetryAfterSeconds);
}

internal sealed record Failure(Problem Problem, string? Detail, IReadOnlyList<FieldError> Errors, TimeSpan? RetryAfter);
