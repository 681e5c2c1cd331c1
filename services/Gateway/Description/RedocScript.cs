using System.IO.Compression;
using System.Text;
using Microsoft.Net.Http.Headers;
using ServiceDefaults;
using Swashbuckle.AspNetCore.ReDoc;

namespace Gateway;

/// <summary>ReDoc's own script, but for its maker's logo, which no option of it leaves out and which would be fetched from elsewhere.</summary>
internal static class RedocScript
{
    private const string Resource = "Swashbuckle.AspNetCore.ReDoc.node_modules.redoc.bundles.redoc.standalone.js";

    private static readonly Lazy<byte[]> Compressed = new(Make);

    /// <summary>Answers for the script before the package does.</summary>
    public static void Use(WebApplication app, string path) =>
        app.Use((context, next) => HttpMethods.IsGet(context.Request.Method) && context.Request.Path == path ? AnswerAsync(context) : next(context));

    private static Task AnswerAsync(HttpContext context)
    {
        var bytes = Compressed.Value;
        var tag = new EntityTagHeaderValue(EntityTag.Of(bytes));
        context.Response.Headers.Vary = HeaderNames.AcceptEncoding;
        if (!context.Request.GetTypedHeaders().AcceptEncoding.Any(encoding => encoding.Value == "gzip"))
            return Results.Stream(new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress), "text/javascript; charset=utf-8")
                .ExecuteAsync(context);
        context.Response.Headers.ContentEncoding = "gzip";
        return Results.Bytes(bytes, "text/javascript; charset=utf-8", entityTag: tag).ExecuteAsync(context);
    }

    private static byte[] Make()
    {
        using var packed = typeof(ReDocOptions).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The package has no {Resource}.");
        using var reader = new StreamReader(new GZipStream(packed, CompressionMode.Decompress));
        // It is taken away by the page itself when it cannot be shown.
        var script = reader.ReadToEnd().Replace("https://cdn.redoc.ly/", "data:,", StringComparison.Ordinal);
        using var made = new MemoryStream();
        using (var writer = new GZipStream(made, CompressionLevel.Optimal)) writer.Write(Encoding.UTF8.GetBytes(script));
        return made.ToArray();
    }
}
