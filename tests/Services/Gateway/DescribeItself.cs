using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Shouldly;
using Testing;
using Xunit;
using static Services.Gateway.GatewaySystem;

namespace Services.Gateway;

public sealed class DescribeItself
{
    [Fact]
    public async Task health_names_the_service_that_is_missing()
    {
        await using var system = await StartAsync();
        var whole = await Json(await system.GetAsync("/api/v1/health", null));
        whole.GetProperty("status").GetString().ShouldBe("ready");
        whole.GetProperty("services").GetArrayLength().ShouldBe(3);
        await system.StopServiceAsync("sync");

        await Eventually.Is(async () =>
        {
            using var answer = await system.GetAsync("/api/v1/health/ready", null);
            return answer.StatusCode == HttpStatusCode.ServiceUnavailable
                && (await Json(answer)).GetProperty("services").EnumerateArray()
                    .Single(service => service.GetProperty("status").GetString() != "ready").GetProperty("name").GetString() == "sync";
        }, "the missing service is named");
        (await system.GetAsync("/api/v1/health/live", null)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task one_document_describes_what_is_public_and_nothing_else()
    {
        await using var system = await StartAsync();

        var document = await Json(await system.GetAsync("/openapi/v1.json", null));

        document.GetProperty("openapi").GetString().ShouldBe("3.1.1");
        var paths = document.GetProperty("paths");
        var sync = paths.GetProperty("/api/v1/wallets/{walletId}/sync");
        sync.TryGetProperty("get", out _).ShouldBeTrue();
        sync.TryGetProperty("post", out _).ShouldBeTrue();
        sync.TryGetProperty("delete", out _).ShouldBeTrue();
        paths.EnumerateObject().ShouldAllBe(path => path.Name.StartsWith("/api/v1/", StringComparison.Ordinal));
        var create = paths.GetProperty("/api/v1/wallets").GetProperty("post");
        create.GetProperty("description").GetString().ShouldNotBeNull().ShouldContain("wallets:write");
        create.GetProperty("responses").GetProperty("422").GetProperty("description").GetString().ShouldNotBeNull().ShouldContain("invalid-address");
        create.GetProperty("responses").GetProperty("422").GetProperty("content").TryGetProperty("application/problem+json", out _).ShouldBeTrue();
        document.GetProperty("components").GetProperty("securitySchemes").EnumerateObject().Count().ShouldBe(3);
    }

    [Fact]
    public async Task every_reference_in_the_document_leads_somewhere()
    {
        await using var system = await StartAsync();
        var document = await Json(await system.GetAsync("/openapi/v1.json", null));

        var references = References(document).ToArray();

        references.ShouldNotBeEmpty();
        foreach (var reference in references)
            document.GetProperty("components").GetProperty("schemas").TryGetProperty(reference.Split('/')[^1], out _).ShouldBeTrue(reference);
    }

    [Fact]
    public async Task a_service_that_is_away_stays_described()
    {
        await using var system = await StartAsync();
        (await Json(await system.GetAsync("/openapi/v1.json", null))).GetProperty("paths").TryGetProperty("/api/v1/balances", out _).ShouldBeTrue();
        await system.StopServiceAsync("portfolio");

        var document = await Json(await system.GetAsync("/openapi/v1.json", null));

        document.GetProperty("paths").TryGetProperty("/api/v1/balances", out _).ShouldBeTrue();
    }

    [Fact]
    public async Task a_document_without_a_services_part_is_never_told()
    {
        await using var system = await StartAsync();
        await system.StopServiceAsync("portfolio");

        using var answer = await system.GetAsync("/openapi/v1.json", null);

        var problem = await answer.ShouldBeProblem(503, "upstream-unavailable");
        answer.ShouldSayWhenToRetry(problem);
        problem.GetProperty("detail").GetString().ShouldNotBeNull().ShouldContain("'portfolio'");
    }

    [Fact]
    public async Task every_problem_has_a_page()
    {
        await using var system = await StartAsync();

        foreach (var problem in ServiceDefaults.Problems.All)
        {
            (await Json(await system.GetAsync(problem.Type, null))).GetProperty("status").GetInt32().ShouldBe(problem.Status);
            using var page = await system.GetAsync(problem.Type, null, ("Accept", "text/html,*/*;q=0.8"));
            page.Content.Headers.ContentType.ShouldNotBeNull().MediaType.ShouldBe("text/html");
        }
        await (await system.GetAsync("/problems/none", null)).ShouldBeProblem(404, "not-found");
    }

    [Fact]
    public async Task browsers_of_other_origins_are_let_in_only_where_configured()
    {
        await using var closed = await StartAsync();
        await using var open = await StartAsync(("Gateway:AllowedOrigins:0", "https://app.example"));
        (string, string)[] origin = [("Origin", "https://app.example")];

        (await closed.GetAsync("/api/v1/health/live", null, origin)).Headers.Contains("Access-Control-Allow-Origin").ShouldBeFalse();
        (await open.GetAsync("/nowhere", null, origin)).Headers.GetValues("Access-Control-Allow-Origin").ShouldBe(["https://app.example"]);
        (await open.GetAsync("/api/v1/health/live", null, ("Origin", "https://evil.example"))).Headers.Contains("Access-Control-Allow-Origin")
            .ShouldBeFalse();
        using var preflight = await open.SendAsync(HttpMethod.Options, "/api/v1/wallets", null, null,
            ("Origin", "https://app.example"), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization"));
        preflight.StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }

    private static async Task<JsonElement> Json(HttpResponseMessage answer) =>
        await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);

    private static IEnumerable<string> References(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member =>
            member.NameEquals("$ref") ? [member.Value.GetString()!] : References(member.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(References),
        _ => [],
    };
}
