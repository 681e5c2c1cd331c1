using System.Net;
using System.Text;
using ServiceDefaults;

namespace Gateway;

/// <summary>The pages that the <c>type</c> of every problem leads to, for people as HTML, for programs as JSON.</summary>
internal static class ProblemPages
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/problems", (HttpRequest request) =>
            WantsHtml(request) ? Html("Problems", List()) : Results.Json(Problems.All)).AllowAnonymous().ExcludeFromDescription();
        app.MapGet("/problems/{code}", (string code, HttpRequest request) =>
        {
            var problem = Problems.Find(code) ?? throw new DomainException("not-found", "The catalogue has no such problem.");
            return WantsHtml(request) ? Html(problem.Title, Page(problem)) : Results.Json(problem);
        }).AllowAnonymous().ExcludeFromDescription();
    }

    /// <summary>A page in the looks of these.</summary>
    public static IResult Html(string title, string body) => Results.Content(
        $$"""
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
        <title>{{title}}</title>
        <style>
        :root{color-scheme:light dark}body{font:16px/1.55 system-ui,sans-serif;max-width:64rem;margin:2.5rem auto;padding:0 1.25rem}
        h1{font-size:1.7rem;margin:0 0 1rem}a{color:#2563eb}code{font:.92em ui-monospace,monospace}table{border-collapse:collapse;width:100%}
        td,th{text-align:left;padding:.45rem 1rem .45rem 0;vertical-align:top;border-bottom:1px solid #8884}
        td:nth-child(2){white-space:nowrap}pre{padding:1rem;background:#8881;overflow:auto}
        @media(prefers-color-scheme:dark){a{color:#8ab4f8} }
        </style>
        </head><body><h1>{{title}}</h1>{{body}}</body></html>
        """, "text/html; charset=utf-8");

    private static bool WantsHtml(HttpRequest request) =>
        request.GetTypedHeaders().Accept.Any(accepted => accepted.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase));

    private static string List()
    {
        var rows = new StringBuilder("<table><tr><th>Status</th><th>Type</th><th>Meaning</th></tr>");
        foreach (var problem in Problems.All)
            rows.Append($"<tr><td>{problem.Status}</td><td><a " +
                $"href=\"{problem.Type}\">{problem.Code}</a></td><td>{WebUtility.HtmlEncode(problem.Explanation)}</td></tr>");
        return rows.Append("</table>").ToString();
    }

    private static string Page(Problem problem) =>
        $$"""
        <p><code>{{problem.Code}}</code> · HTTP {{problem.Status}}</p><p>{{WebUtility.HtmlEncode(problem.Explanation)}}</p>
        <pre>{
          "type": "{{problem.Type}}",
          "title": "{{WebUtility.HtmlEncode(problem.Title)}}",
          "status": {{problem.Status}},
          "detail": "…",
          "instance": "urn:trace:…"
        }</pre>
        <p><a href="/problems">All problems</a> · <a href="/docs">The API</a></p>
        """;
}
