using System.IO.Compression;
using System.Text.RegularExpressions;
using Shouldly;
using Xunit;
using static Services.Gateway.GatewaySystem;

namespace Services.Gateway;

/// <summary>The two pages that show the API's document: all of it from this host, under a policy that allows nothing else.</summary>
public sealed class DescriptionPagesOfOurOwn
{
    [Theory]
    [InlineData("/docs")]
    [InlineData("/redoc")]
    public async Task everything_a_page_loads_is_here(string page)
    {
        await using var system = await StartAsync();
        using var moved = await system.GetAsync(page, null);
        ((int)moved.StatusCode).ShouldBeInRange(300, 399);
        using var answer = await system.GetAsync($"{page}/index.html", null);
        answer.IsSuccessStatusCode.ShouldBeTrue();
        var html = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        var loaded = Regex.Matches(html, "(?:src|href)=\"([^\"]+)\"").Select(match => match.Groups[1].Value).ToList();
        loaded.ShouldNotBeEmpty();
        loaded.ShouldAllBe(address => !address.Contains("//", StringComparison.Ordinal));
        foreach (var address in loaded)
            (await system.GetAsync($"{page}/{address}", null)).IsSuccessStatusCode.ShouldBeTrue(address);
        Regex.IsMatch(html, "<script(?![^>]*src=)[^>]*>").ShouldBeFalse("the policy lets no script in the page run");
    }

    [Fact]
    public async Task neither_page_is_set_up_to_ask_anybody_else()
    {
        await using var system = await StartAsync();
        // Null is what keeps it from its validator.
        var swagger = await Text("/docs/index.js");
        swagger.ShouldContain("configObject.validatorUrl = null");
        swagger.ShouldNotContain("\"validatorUrl\":\"");
        var redoc = await Text("/redoc/index.js");
        redoc.ShouldContain("\"disableTelemetry\":true");
        foreach (var style in new[] { "/docs/swagger-ui.css", "/docs/index.css", "/redoc/index.css" })
            Regex.IsMatch(await Text(style), "(?:@import|url\\()[^;]*//(?!www\\.w3\\.org/)").ShouldBeFalse(style);

        var script = await Text("/redoc/redoc.standalone.js");
        script.ShouldContain("redoc/logo-mini.svg");
        script.ShouldNotContain("cdn.redoc.ly");
        script.ShouldNotContain("fonts.googleapis");
        using var packed = await system.GetAsync("/redoc/redoc.standalone.js", null, ("Accept-Encoding", "gzip"));
        packed.Content.Headers.ContentEncoding.ShouldBe(["gzip"]);
        using var reader = new StreamReader(new GZipStream(await packed.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken),
            CompressionMode.Decompress));
        (await reader.ReadToEndAsync(TestContext.Current.CancellationToken)).ShouldBe(script);

        async Task<string> Text(string path)
        {
            using var answer = await system.GetAsync(path, null);
            answer.IsSuccessStatusCode.ShouldBeTrue(path);
            return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        }
    }

    [Theory]
    [InlineData("/docs/index.html", true)]
    [InlineData("/redoc/index.html", true)]
    [InlineData("/problems", false)]
    [InlineData("/docsx", false)]
    [InlineData("/openapi/v1.json", false)]
    public async Task only_these_pages_may_run_scripts_and_only_their_own(string path, bool scripts)
    {
        await using var system = await StartAsync();
        using var answer = await system.GetAsync(path, null);

        var policy = answer.Headers.GetValues("Content-Security-Policy").ShouldHaveSingleItem();

        policy.ShouldStartWith("default-src 'none'; ");
        policy.ShouldContain("frame-ancestors 'none'");
        policy.Contains("script-src 'self';", StringComparison.Ordinal).ShouldBe(scripts);
        policy.ShouldNotContain("http");
        policy.ShouldNotContain("unsafe-eval");
        Regex.IsMatch(policy, "script-src[^;]*unsafe").ShouldBeFalse();
    }
}
