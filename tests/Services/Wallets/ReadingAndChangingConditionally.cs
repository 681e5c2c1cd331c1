using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Shouldly;
using Xunit;

namespace Services.Wallets;

/// <summary>ETag, If-None-Match and If-Match as RFC 9110 section 13 says.</summary>
[Collection(nameof(WalletsService))]
public sealed class ReadingAndChangingConditionally(WalletsService service)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/api/v1/wallets/{wallet}")]
    [InlineData("/api/v1/wallets/{wallet}/addresses/{address}")]
    [InlineData("/api/v1/wallets/{wallet}/addresses")]
    [InlineData("/api/v1/wallets")]
    public async Task what_has_not_changed_is_not_sent_again(string path)
    {
        using var client = service.As(TestIdentity.Someone());
        var (wallet, address) = await WalletWithAddress(client);
        path = path.Replace("{wallet}", $"{wallet}", StringComparison.Ordinal).Replace("{address}", address, StringComparison.Ordinal);
        using var first = await Send(client, HttpMethod.Get, path);
        var tag = Tag(first);
        tag.ShouldStartWith("\"");

        foreach (var named in new[] { tag, $"W/{tag}", $"\"other\", {tag}", "*" })
        {
            using var again = await Send(client, HttpMethod.Get, path, ("If-None-Match", named));
            again.StatusCode.ShouldBe(HttpStatusCode.NotModified, named);
            Tag(again).ShouldBe(tag);
            (await again.Content.ReadAsByteArrayAsync(Token)).ShouldBeEmpty();
        }
        (await Send(client, HttpMethod.Get, path, ("If-None-Match", "\"other\""))).StatusCode.ShouldBe(HttpStatusCode.OK);
        foreach (var field in new[] { "If-None-Match", "If-Match" })
            foreach (var broken in new[] { tag.Trim('"'), "broken", "" })
                await (await Send(client, HttpMethod.Get, path, (field, broken))).Problem("invalid-parameter");

        (await Send(client, HttpMethod.Get, path, ("If-Match", tag))).StatusCode.ShouldBe(HttpStatusCode.OK);
        await (await Send(client, HttpMethod.Get, path, ("If-Match", "\"other\""))).Problem("version-conflict");
    }

    [Fact]
    public async Task a_write_answers_with_the_tag_that_a_read_has_afterwards()
    {
        using var client = service.As(TestIdentity.Someone());
        using var made = await client.PostAsJsonAsync("/api/v1/wallets", new { label = "Savings" }, Token);
        var path = made.Headers.Location!.ToString();
        Tag(made).ShouldBe(Tag(await Send(client, HttpMethod.Get, path)));

        using var imported = await client.PostAsJsonAsync($"{path}/addresses", new { network = "bitcoin", address = Api.Genesis }, Token);
        Tag(imported).ShouldBe(Tag(await Send(client, HttpMethod.Get, imported.Headers.Location!.ToString())));

        using var renamed = await Patch(client, path, "Rainy days");
        Tag(renamed).ShouldBe(Tag(await Send(client, HttpMethod.Get, path)));
        Tag(renamed).ShouldNotBe(Tag(made));
    }

    [Fact]
    public async Task of_many_who_change_what_they_all_read_one_succeeds()
    {
        using var client = service.As(TestIdentity.Someone());
        var (wallet, address) = await WalletWithAddress(client);
        foreach (var path in new[] { $"/api/v1/wallets/{wallet}", $"/api/v1/wallets/{wallet}/addresses/{address}" })
        {
            var tag = Tag(await Send(client, HttpMethod.Get, path));
            var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => Patch(client, path, $"Label {number}", ("If-Match", tag))));

            answers.Count(answer => answer.StatusCode == HttpStatusCode.OK).ShouldBe(1);
            foreach (var refused in answers.Where(answer => answer.StatusCode != HttpStatusCode.OK)) await refused.Problem("version-conflict");
            var winner = JsonNode.Parse(await answers.Single(answer => answer.StatusCode == HttpStatusCode.OK).Content.ReadAsStringAsync(Token))!;
            (await client.GetOk(path))["label"]!.GetValue<string>().ShouldBe(winner["label"]!.GetValue<string>());
        }
    }

    [Fact]
    public async Task what_changed_since_it_was_read_is_not_deleted()
    {
        using var client = service.As(TestIdentity.Someone());
        var (wallet, address) = await WalletWithAddress(client);
        var (walletPath, addressPath) = ($"/api/v1/wallets/{wallet}", $"/api/v1/wallets/{wallet}/addresses/{address}");
        var (walletTag, addressTag) = (Tag(await Send(client, HttpMethod.Get, walletPath)), Tag(await Send(client, HttpMethod.Get, addressPath)));
        await client.Post($"{walletPath}/addresses", new { network = "bitcoin", address = Api.Segwit });

        await (await Send(client, HttpMethod.Delete, walletPath, ("If-Match", walletTag))).Problem("version-conflict");
        // Nobody has touched that address, and a sync changes nothing that is shown.
        await client.Post($"{walletPath}/sync", null, HttpStatusCode.Accepted);
        (await Send(client, HttpMethod.Delete, addressPath, ("If-Match", $"\"other\", {addressTag}"))).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await Send(client, HttpMethod.Delete, walletPath, ("If-Match", "*"))).StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task a_weak_tag_changes_nothing_and_a_broken_one_is_refused()
    {
        using var client = service.As(TestIdentity.Someone());
        var path = $"/api/v1/wallets/{await client.NewWallet()}";
        var tag = Tag(await Send(client, HttpMethod.Get, path));

        await (await Patch(client, path, "Other", ("If-Match", $"W/{tag}"))).Problem("version-conflict");
        await (await Patch(client, path, "Other", ("If-Match", tag.Trim('"')))).Problem("invalid-parameter");
        await (await Patch(client, path, "Other", ("If-None-Match", tag))).Problem("invalid-parameter");
        await (await Send(client, HttpMethod.Post, $"{path}/sync", ("If-Match", tag))).Problem("invalid-parameter");
        (await client.GetOk(path))["label"]!.GetValue<string>().ShouldBe("Savings");
    }

    [Fact]
    public async Task every_write_tells_its_version_and_a_read_may_ask_for_it()
    {
        using var client = service.As(TestIdentity.Someone());
        using var made = await client.PostAsJsonAsync("/api/v1/wallets", new { label = "Savings" }, Token);
        var path = made.Headers.Location!.ToString();
        var last = Version(made);
        foreach (var write in new Func<Task<HttpResponseMessage>>[]
        {
            () => Patch(client, path, "Other"),
            () => Patch(client, path, "Other"),
            () => Send(client, HttpMethod.Post, $"{path}/sync"),
            () => Send(client, HttpMethod.Delete, path),
        })
        {
            using var answer = await write();
            Version(answer).ShouldBeGreaterThanOrEqualTo(last);
            last = Version(answer);
        }

        await client.GetOk($"/api/v1/wallets?minVersion={last}");
        foreach (var nonsense in new[] { "-1", "1.5", "x", "", "99999999999999999999", "1&minVersion=2", "+1", "%201" })
            await client.SendForProblem(HttpMethod.Get, $"/api/v1/wallets?minVersion={nonsense}", null, "invalid-parameter");
    }

    [Theory]
    [InlineData("GET", "/api/v1/wallets?lable=x")]
    [InlineData("GET", "/api/v1/wallets?limit=1&limit=2")]
    [InlineData("GET", "/api/v1/wallets/{wallet}?include=addresses")]
    [InlineData("GET", "/api/v1/wallets/{wallet}/addresses?netwrok=bitcoin")]
    [InlineData("POST", "/api/v1/wallets/{wallet}/sync?force=true")]
    [InlineData("POST", "/api/v1/wallets/{wallet}/sync?minVersion=1")]
    [InlineData("DELETE", "/api/v1/wallets/{wallet}?dryRun=true")]
    public async Task a_parameter_that_is_not_known_is_refused_and_nothing_done(string method, string path)
    {
        using var client = service.As(TestIdentity.Someone());
        var wallet = await client.NewWallet();

        var problem = await client.SendForProblem(new HttpMethod(method), path.Replace("{wallet}", $"{wallet}", StringComparison.Ordinal), null,
            "invalid-parameter");

        problem["errors"]![0]!["pointer"]!.GetValue<string>().ShouldStartWith("?");
        await client.GetOk($"/api/v1/wallets/{wallet}");
        await client.GetOk($"/api/v1/wallets/{wallet}/addresses?network=bitcoin&limit=1");
    }

    private static string Tag(HttpResponseMessage answer) => answer.Headers.ETag.ShouldNotBeNull().ToString();

    private static long Version(HttpResponseMessage answer) => long.Parse(answer.Headers.GetValues("Version").ShouldHaveSingleItem());

    private static async Task<(Guid Wallet, string Address)> WalletWithAddress(HttpClient client)
    {
        var wallet = await client.NewWallet();
        return (wallet, (await client.Post($"/api/v1/wallets/{wallet}/addresses", new { network = "bitcoin", address = Api.Genesis, label = "Old" }))
            .Id());
    }

    private static Task<HttpResponseMessage> Patch(HttpClient client, string path, string label, params (string Name, string Value)[] headers) =>
        Send(client, HttpMethod.Patch, path, JsonContent.Create(new { label }), headers);

    private static Task<HttpResponseMessage> Send(HttpClient client, HttpMethod method, string path, params (string Name, string Value)[] headers) =>
        Send(client, method, path, null, headers);

    private static async Task<HttpResponseMessage> Send(HttpClient client, HttpMethod method, string path, HttpContent? body,
        params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await client.SendAsync(request, Token);
    }
}
