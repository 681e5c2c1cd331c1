using System.Net;
using System.Text;
using Npgsql;
using Shouldly;
using Xunit;

namespace Services.Wallets;

[Collection(nameof(WalletsService))]
public sealed class RefusingBadInput(WalletsService service)
{
    [Theory]
    [InlineData("{", "malformed-json")]
    [InlineData("", "malformed-json")]
    [InlineData("""{"label":"x"} trailing""", "malformed-json")]
    [InlineData("""{'label':'x'}""", "malformed-json")]
    [InlineData("null", "malformed-json", "invalid-body")]
    [InlineData("[]", "invalid-body")]
    [InlineData("\"x\"", "invalid-body")]
    [InlineData("{}", "invalid-body")]
    [InlineData("""{"label":null}""", "invalid-body")]
    [InlineData("""{"label":7}""", "invalid-body")]
    [InlineData("""{"label":"x","owner":"me"}""", "invalid-body")]
    [InlineData("""{"label":"x","label":"y"}""", "invalid-body")]
    [InlineData("""{"label":""}""", "invalid-body")]
    [InlineData("""{"label":"nul\u0000"}""", "invalid-body")]
    [InlineData("""{"label":"half \ud83d"}""", "invalid-body", "malformed-json")]
    public async Task a_body_that_is_not_what_it_should_be_stores_nothing(string body, params string[] codes)
    {
        var caller = TestIdentity.Someone();
        using var client = service.As(caller);
        using var response = await client.PostAsync(
            "/api/v1/wallets", new StringContent(body, Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);

        ((int)response.StatusCode).ShouldBeInRange(400, 422);
        var code = (await response.Problem(await CodeOf(response)))["type"]!.GetValue<string>()["/problems/".Length..];
        codes.ShouldContain(code);
        (await client.GetOk("/api/v1/wallets"))["data"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task a_body_too_large_is_refused()
    {
        using var client = service.As(TestIdentity.Someone());

        await client.SendForProblem(HttpMethod.Post, "/api/v1/wallets", new { label = new string('x', 2_000_000) }, "body-too-large");
    }

    [Fact]
    public async Task a_body_that_is_no_json_is_refused()
    {
        using var client = service.As(TestIdentity.Someone());

        await client.SendForProblem(HttpMethod.Post, "/api/v1/wallets", new StringContent("label=x", Encoding.UTF8, "text/plain"),
            "unsupported-media-type");
    }

    [Fact]
    public async Task a_body_nested_without_end_is_refused()
    {
        using var client = service.As(TestIdentity.Someone());
        var deep = string.Concat(Enumerable.Repeat("""{"label":""", 10_000));
        using var response = await client.PostAsync(
            "/api/v1/wallets", new StringContent(deep, Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);

        ((int)response.StatusCode).ShouldBeOneOf(400, 422);
        await response.Problem(await CodeOf(response));
    }

    [Theory]
    [InlineData("limit=0", "limit-out-of-range")]
    [InlineData("limit=-1", "limit-out-of-range")]
    [InlineData("limit=201", "limit-out-of-range")]
    [InlineData("limit=2147483647", "limit-out-of-range")]
    [InlineData("limit=99999999999999999999", "invalid-parameter")]
    [InlineData("limit=ten", "invalid-parameter")]
    [InlineData("limit=1.5", "invalid-parameter")]
    [InlineData("cursor=", "cursor-invalid")]
    [InlineData("cursor=broken", "cursor-invalid")]
    [InlineData("cursor=%00", "invalid-parameter")]
    [InlineData("cursor=AAAAAAAAAAAAAAAAAAAAAAAAAAAA", "cursor-invalid")]
    public async Task absurd_limits_and_broken_cursors_are_refused(string query, string code)
    {
        using var client = service.As(TestIdentity.Someone());
        var wallet = await client.NewWallet();

        await client.SendForProblem(HttpMethod.Get, $"/api/v1/wallets?{query}", null, code);
        await client.SendForProblem(HttpMethod.Get, $"/api/v1/wallets/{wallet}/addresses?{query}", null, code);
    }

    [Theory]
    [InlineData("GET", "/api/v1/wallets/not-an-id", "not-found")]
    [InlineData("GET", "/api/v1/wallets/00000000-0000-0000-0000-00000000000", "not-found")]
    [InlineData("GET", "/api/v1/nothing", "not-found")]
    [InlineData("PUT", "/api/v1/wallets", "method-not-allowed")]
    [InlineData("DELETE", "/api/v1/wallets/00000000-0000-0000-0000-000000000000", "wallet-not-found")]
    public async Task what_does_not_exist_is_said_so(string method, string path, string code)
    {
        using var client = service.As(TestIdentity.Someone());

        await client.SendForProblem(new HttpMethod(method), path, null, code);
    }

    [Fact]
    public async Task a_statement_in_a_label_is_a_label()
    {
        using var client = service.As(TestIdentity.Someone());
        var wallet = await client.NewWallet("'; drop table wallets; --");

        (await client.GetOk($"/api/v1/wallets/{wallet}"))["label"]!.GetValue<string>().ShouldBe("'; drop table wallets; --");
    }

    [Fact]
    public async Task a_refused_import_leaves_no_event()
    {
        using var client = service.As(TestIdentity.Someone());
        var wallet = await client.NewWallet();
        foreach (var body in new object[]
        {
            new { network = "bitcoin", address = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb" },
            new { network = "bitcoin", address = Api.Genesis, label = "two\nlines" },
            new { network = "bitcoin" },
            new { address = "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf" },
            new { network = "bitcoin", address = Api.Genesis, id = Guid.NewGuid() },
        })
        {
            using var response = await client.PostAsync(
                $"/api/v1/wallets/{wallet}/addresses", System.Net.Http.Json.JsonContent.Create(body), TestContext.Current.CancellationToken);
            response.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        }

        await using var command = service.Database.DataSource.CreateCommand("select count(*) from mt_events where stream_id = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = $"wallet-{wallet}" });
        (await command.ExecuteScalarAsync(TestContext.Current.CancellationToken)).ShouldBe(1L);
    }

    private static async Task<string> CodeOf(HttpResponseMessage response) =>
        System.Text.Json.Nodes.JsonNode.Parse(await response.Content.ReadAsStringAsync())!["type"]!.GetValue<string>()["/problems/".Length..];
}
