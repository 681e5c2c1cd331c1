using System.Text;

namespace Gateway;

/// <summary>The API's document for people, to try out at <c>/docs</c> and to read at <c>/redoc</c>. Everything comes from this host.</summary>
internal static class DescriptionPages
{
    private const string Document = "/openapi/v1.json";

    // What the two pages' own scripts need, and no more: they set styles, draw icons from data, and one searches in a worker.
    // It would also hold back whatever else a newer version of them sends elsewhere.
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src " +
        "'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    // The package's own page asks a font service for its fonts.
    private const string RedocPage = """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Wallet tracker API</title>
        <link href="index.css" rel="stylesheet">
        </head><body><div id="redoc-container"></div>
        <script type="module" src="index.js"></script>
        </body></html>
        """;

    /// <summary>The content security policy of these pages; null for any other path.</summary>
    public static string? PolicyFor(PathString path) =>
        path.StartsWithSegments("/redoc") ? Policy + "; worker-src blob:; font-src data:"
        : path.StartsWithSegments("/docs") ? Policy
        : null;

    public static void Use(WebApplication app)
    {
        app.UseSwaggerUI(page =>
        {
            page.RoutePrefix = "docs";
            page.DocumentTitle = "Wallet tracker API";
            page.SwaggerEndpoint(Document, "v1");
            // It would send the document to a validator on the internet.
            page.EnableValidator(null);
            page.EnableDeepLinking();
        });
        RedocScript.Use(app, "/redoc/redoc.standalone.js");
        app.UseReDoc(page =>
        {
            page.RoutePrefix = "redoc";
            page.DocumentTitle = "Wallet tracker API";
            page.SpecUrl = Document;
            // It would send traces of what is read to its maker.
            page.ConfigObject.AdditionalItems["disableTelemetry"] = true;
            page.IndexStream = () => new MemoryStream(Encoding.UTF8.GetBytes(RedocPage));
        });
    }
}
