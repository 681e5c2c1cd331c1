using System.IO.Compression;
using System.Net;
using System.Text.RegularExpressions;
using Shouldly;
using Testing;
using Xunit;
using static Services.Gateway.GatewaySystem;

namespace Services.Gateway;

/// <summary>The pages for people and the files that they are made of.</summary>
public sealed class ServePages(ServePages.Shared shared) : IClassFixture<ServePages.Shared>
{
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
        "font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    private static readonly string Folder = Path.Combine(Repository.Root, "services", "Gateway", "Web");

    private readonly GatewaySystem system = shared.System;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/")]
    [InlineData("/wallets")]
    [InlineData("/wallets/0198a5d2-0000-7000-8000-0000000000aa")]
    [InlineData("/transactions")]
    [InlineData("/deposits")]
    [InlineData("/issues")]
    [InlineData("/reports")]
    [InlineData("/settings")]
    [InlineData("/welcome")]
    [InlineData("/login")]
    [InlineData("/shared")]
    public async Task every_page_is_the_one_that_asks_for_the_rest(string path)
    {
        using var answer = await system.GetAsync(path, null);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.ToString().ShouldBe("text/html; charset=utf-8");
        (await answer.Content.ReadAsByteArrayAsync(Token)).ShouldBe(await File.ReadAllBytesAsync(Path.Combine(Folder, "index.html"), Token));
        answer.Headers.GetValues("Content-Security-Policy").ShouldBe([Policy]);
        answer.Headers.CacheControl!.ToString().ShouldBe("no-cache");
        answer.Headers.GetValues("X-Robots-Tag").ShouldBe(["noindex"]);
        answer.Headers.Contains("Set-Cookie").ShouldBeFalse();
    }

    [Fact]
    public async Task every_file_is_there_as_what_it_is()
    {
        var files = Directory.GetFiles(Folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Folder, file))
            .Where(file => Path.GetFileName(file) is not ("README.md" or "SHA256SUMS" or "fetch.sh")).ToList();
        files.Count.ShouldBeGreaterThan(5);

        foreach (var file in files)
        {
            using var answer = await system.GetAsync($"/web/{file.Replace('\\', '/')}", null);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, file);
            (await answer.Content.ReadAsByteArrayAsync(Token)).ShouldBe(await File.ReadAllBytesAsync(Path.Combine(Folder, file), Token), file);
            answer.Content.Headers.ContentType!.ToString().ShouldBe(Path.GetExtension(file) switch
            {
                ".html" => "text/html; charset=utf-8",
                ".js" => "text/javascript; charset=utf-8",
                ".css" => "text/css; charset=utf-8",
                ".svg" => "image/svg+xml",
                ".png" => "image/png",
                ".woff2" => "font/woff2",
                ".webmanifest" => "application/manifest+json",
                var other => throw new InvalidOperationException($"Nobody has said what {other} is."),
            }, file);
            answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"], file);
            answer.Headers.GetValues("Content-Security-Policy").ShouldBe([Policy], file);
        }
    }

    [Fact]
    public async Task what_has_not_changed_is_not_sent_again()
    {
        using var plain = await system.GetAsync("/web/main.js", null);
        using var packed = await system.GetAsync("/web/main.js", null, ("Accept-Encoding", "gzip"));
        packed.Content.Headers.ContentEncoding.ShouldBe(["gzip"]);
        await using (var body = new GZipStream(await packed.Content.ReadAsStreamAsync(Token), CompressionMode.Decompress))
        using (var reader = new StreamReader(body))
            (await reader.ReadToEndAsync(Token)).ShouldBe(await plain.Content.ReadAsStringAsync(Token));

        foreach (var tag in new[] { plain.Headers.ETag!.Tag, packed.Headers.ETag!.Tag })
        {
            using var again = await system.GetAsync("/web/main.js", null, ("If-None-Match", tag), ("Accept-Encoding", "gzip"));
            again.StatusCode.ShouldBe(HttpStatusCode.NotModified);
            (await again.Content.ReadAsByteArrayAsync(Token)).ShouldBeEmpty();
        }

        (await system.GetAsync("/web/main.js", null, ("If-None-Match", "\"other\""))).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("/web")]
    [InlineData("/web/")]
    [InlineData("/web/nothing.js")]
    [InlineData("/web/vendor/README.md")]
    [InlineData("/web/vendor/fetch.sh")]
    [InlineData("/web/../Gateway.dll")]
    [InlineData("/web/%2e%2e/Gateway.dll")]
    [InlineData("/web/..%2fGateway.dll")]
    [InlineData("/web/..%5cGateway.dll")]
    [InlineData("/web/%2fetc/passwd")]
    [InlineData("/web//etc/passwd")]
    [InlineData("/web/main.js%00.html")]
    [InlineData("/web/MAIN.JS")]
    [InlineData("/index.html")]
    [InlineData("/main.js")]
    [InlineData("/wallets/a/b")]
    public async Task nothing_else_is_there(string path)
    {
        // As it stands: a client would tidy it up.
        var raw = await RawAsync($"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        raw.ShouldMatch("^HTTP/1.1 40[04] ");
        raw.ShouldNotContain("import ");
    }

    [Fact]
    public async Task pages_are_read_only()
    {
        await (await system.SendAsync(HttpMethod.Post, "/")).ShouldBeProblem(405, "method-not-allowed");
        await (await system.SendAsync(HttpMethod.Delete, "/web/main.js")).ShouldBeProblem(405, "method-not-allowed");
    }

    [Fact]
    public async Task the_page_keeps_to_its_own_policy()
    {
        var page = await (await system.GetAsync("/", null)).Content.ReadAsStringAsync(Token);

        Regex.Matches(page, "<script(?![^>]*\\ssrc=\"/web/)").ShouldBeEmpty("a script within the page would not run");
        Regex.Matches(page, "\\s(style|on\\w+)=").ShouldBeEmpty();
        foreach (Match reference in Regex.Matches(page, "(?:src|href)=\"(/web/[^\"]+)\""))
            (await system.GetAsync(reference.Groups[1].Value, null)).StatusCode.ShouldBe(HttpStatusCode.OK, reference.Value);
    }

    [Fact]
    public async Task the_api_and_its_documents_keep_policies_of_their_own()
    {
        (await system.GetAsync("/docs/index.html", null)).Headers.GetValues("Content-Security-Policy").Single().ShouldContain("'unsafe-inline'");
        (await system.GetAsync("/api/v1/balances")).Headers.GetValues("Content-Security-Policy").Single().ShouldNotContain("script-src");
        (await system.GetAsync("/nowhere", null)).Headers.GetValues("Content-Security-Policy").Single().ShouldNotContain("script-src");
    }

    private async Task<string> RawAsync(string request)
    {
        using var socket = new System.Net.Sockets.TcpClient();
        await socket.ConnectAsync("127.0.0.1", system.Client.BaseAddress!.Port, Token);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(request), Token);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(Token);
    }

    /// <summary>One gateway for all of them: nothing here changes it.</summary>
    public sealed class Shared : IAsyncLifetime
    {
        internal GatewaySystem System { get; private set; } = null!;

        public async ValueTask InitializeAsync() => System = await StartAsync();

        public ValueTask DisposeAsync() => System.DisposeAsync();
    }
}
