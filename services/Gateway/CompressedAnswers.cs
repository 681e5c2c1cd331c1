using System.Text.RegularExpressions;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.Primitives;

namespace Gateway;

/// <summary>
/// Answers and documents are compressed for whoever takes that. A strong tag stands for one sequence of bytes (RFC 9110 section
/// 8.8.1), so a compressed answer's has its coding behind it, which is taken off again before a service sees it.
/// </summary>
internal static partial class CompressedAnswers
{
    public static void AddCompressedAnswers(this IServiceCollection services) => services.AddResponseCompression(options =>
    {
        // Keys are in headers, and sessions in cookies, that no page of another site can make a browser send: lengths tell nobody anything.
        options.EnableForHttps = true;
        options.MimeTypes = [.. ResponseCompressionDefaults.MimeTypes, "application/problem+json", "text/csv", "application/x-ndjson",
            "image/svg+xml"];
    });

    public static void UseCompressedAnswers(this WebApplication app)
    {
        app.Use((context, next) =>
        {
            var (request, response) = (context.Request.Headers, context.Response);
            var named = Coding().Match(request.IfNoneMatch.ToString());
            request.IfNoneMatch = Plain(request.IfNoneMatch);
            request.IfMatch = Plain(request.IfMatch);
            response.OnStarting(() =>
            {
                var coding = response.StatusCode == StatusCodes.Status304NotModified ? named.Groups["coding"].Value
                    : response.Headers.ContentEncoding.ToString();
                if (coding.Length > 0 && response.Headers.ETag.ToString() is ['"', .., '"'] tag)
                    response.Headers.ETag = $"{tag[..^1]}.{coding}\"";
                return Task.CompletedTask;
            });
            return next(context);
        });
        app.UseResponseCompression();
    }

    private static StringValues Plain(StringValues field) =>
        field.Count == 0 ? field : new([.. field.Select(value => value is null ? null : Coding().Replace(value, "\""))]);

    // Our tags are base64url, which has no full stop.
    [GeneratedRegex("\\.(?<coding>br|gzip)\"")]
    private static partial Regex Coding();
}
