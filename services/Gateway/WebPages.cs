using System.Collections.Frozen;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;
using ServiceDefaults;

namespace Gateway;

/// <summary>The pages for people: files that the program has within it, one of which is every page's and asks the API for the rest.</summary>
internal static class WebPages
{
    /// <summary>Nothing that is not a file of ours runs in a page, and a page talks to nobody else.</summary>
    public static readonly ContentPolicy Policy = new("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src " +
        "'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");

    private const string Folder = "Web/";

    private static readonly string[] Pages =
    [
        "/", "/wallets", "/wallets/{id}", "/transactions", "/deposits", "/issues", "/reports", "/settings", "/welcome", "/login", "/shared",
    ];

    private static readonly FrozenDictionary<string, Answer> Files = typeof(WebPages).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
        .ToFrozenDictionary(name => name[Folder.Length..], Read, StringComparer.Ordinal);

    public static void Map(IEndpointRouteBuilder app)
    {
        var pages = app.MapGroup("").WithMetadata(Policy).AllowAnonymous().ExcludeFromDescription();
        foreach (var page in Pages) pages.MapGet(page, (HttpResponse response) => Show(response, "index.html"));
        pages.MapGet("/web/{**file}", (HttpResponse response, string? file) => Show(response, file ?? ""));
    }

    private static IResult Show(HttpResponse response, string name)
    {
        var (bytes, type, tag) = Files.GetValueOrDefault(name) ?? throw new DomainException("not-found", "There is no such file.");
        // Asked for anew each time, and sent only where it has changed: a page and its parts are always of one release.
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Robots-Tag"] = "noindex";
        return Results.Bytes(bytes, type, entityTag: new EntityTagHeaderValue(tag));
    }

    private static Answer Read(string resource)
    {
        using var file = typeof(WebPages).Assembly.GetManifestResourceStream(resource)!;
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        if (!new FileExtensionContentTypeProvider().TryGetContentType(resource, out var type)) type = "application/octet-stream";
        return new(bytes, type.StartsWith("text/", StringComparison.Ordinal) ? $"{type}; charset=utf-8" : type, EntityTag.Of(bytes));
    }

    private sealed record Answer(byte[] Bytes, string Type, string Tag);
}

/// <summary>The content security policy of an endpoint's answers, where it is not the one of all.</summary>
internal sealed record ContentPolicy(string Text);
