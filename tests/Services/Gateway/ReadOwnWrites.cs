using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Npgsql;
using Shouldly;
using Xunit;

namespace Services.Gateway;

/// <summary>What was written is read at once, from whichever service, though nothing brings it there by itself here.</summary>
[Collection(nameof(PublicApi))]
public sealed class ReadOwnWrites(PublicApi api)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_read_that_names_the_writes_version_knows_it()
    {
        using var client = await api.NewClientAsync("wallets:read", "wallets:write", "portfolio:read");
        var (wallet, _) = await NewWalletAsync(client);
        await client.GetStringAsync($"/api/v1/wallets/{wallet}/balances", Token);
        for (var number = 1; number <= 5; number++)
        {
            using var renamed = await client.PatchAsJsonAsync($"/api/v1/wallets/{wallet}", new { label = $"Label {number}" }, Token);
            var version = renamed.Headers.GetValues("Version").Single();

            var balances = JsonNode.Parse(await client.GetStringAsync($"/api/v1/wallets/{wallet}/balances?minVersion={version}", Token))!;

            balances["label"]!.GetValue<string>().ShouldBe($"Label {number}");
            await client.GetStringAsync($"/api/v1/wallets/{wallet}/sync?minVersion={version}", Token);
            await client.GetStringAsync($"/api/v1/wallets/{wallet}?minVersion={version}", Token);
        }
    }

    [Fact]
    public async Task many_who_wait_for_one_write_all_get_it()
    {
        using var client = await api.NewClientAsync("wallets:read", "wallets:write", "portfolio:read");
        var (_, version) = await NewWalletAsync(client);

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(number =>
            client.GetAsync($"/api/v1/portfolio?minVersion={version}", Token)));

        answers.ShouldAllBe(answer => answer.IsSuccessStatusCode);
    }

    [Fact]
    public async Task what_does_not_arrive_in_time_is_said_so()
    {
        using var client = await api.NewClientAsync("wallets:read", "wallets:write", "portfolio:read");
        await client.GetStringAsync($"/api/v1/portfolio?minVersion={(await NewWalletAsync(client)).Version}", Token);
        // Somebody else is applying, and takes long.
        await using var connection = new NpgsqlConnection(api.DatabaseOf("portfolio").ConnectionString);
        await connection.OpenAsync(Token);
        await using var held = await connection.BeginTransactionAsync(Token);
        await using (var command = new NpgsqlCommand("select from inbox_checkpoints where source = 'wallets' for update", connection))
            await command.ExecuteNonQueryAsync(Token);
        var (_, version) = await NewWalletAsync(client);

        using (var late = await client.GetAsync($"/api/v1/portfolio?minVersion={version}", Token))
            late.ShouldSayWhenToRetry(await late.ShouldBeProblem(503, "version-not-reached"));
        (await client.GetAsync("/api/v1/portfolio", Token)).IsSuccessStatusCode.ShouldBeTrue("who names no version does not wait");

        await held.RollbackAsync(Token);
        (await client.GetAsync($"/api/v1/portfolio?minVersion={version}", Token)).IsSuccessStatusCode.ShouldBeTrue();
    }

    [Fact]
    public async Task a_version_that_no_write_has_got_is_nonsense()
    {
        using var client = await api.NewClientAsync("wallets:read", "wallets:write", "portfolio:read");
        var (wallet, version) = await NewWalletAsync(client);

        foreach (var path in new[] { $"/api/v1/wallets/{wallet}/sync", "/api/v1/portfolio", "/api/v1/wallets", $"/api/v1/wallets/{wallet}" })
            await (await client.GetAsync($"{path}?minVersion={version + 1_000_000}", Token)).ShouldBeProblem(400, "invalid-parameter");
    }

    [Fact]
    public async Task a_request_repeated_through_the_gateway_is_done_once()
    {
        using var client = await api.NewClientAsync("wallets:read", "wallets:write", "portfolio:read");
        client.DefaultRequestHeaders.Add("Idempotency-Key", Guid.NewGuid().ToString());

        var answers = await Task.WhenAll(Enumerable.Range(0, 50)
            .Select(_ => client.PostAsJsonAsync("/api/v1/wallets", new { label = "Once" }, Token)));

        answers.Select(answer => (int)answer.StatusCode).Distinct().ShouldBeSubsetOf([201, 409]);
        using var replay = await client.PostAsJsonAsync("/api/v1/wallets", new { label = "Once" }, Token);
        replay.Headers.GetValues("Idempotent-Replayed").ShouldBe(["true"]);
        var list = JsonNode.Parse(await client.GetStringAsync("/api/v1/wallets", Token))!;
        list["data"]!.AsArray().ShouldHaveSingleItem();
        using var one = await client.GetAsync(replay.Headers.Location, Token);
        one.Headers.ETag.ShouldBe(replay.Headers.ETag);
    }

    private static async Task<(Guid Wallet, long Version)> NewWalletAsync(HttpClient client)
    {
        using var made = await client.PostAsJsonAsync("/api/v1/wallets", new { label = "Savings" }, Token);
        made.EnsureSuccessStatusCode();
        var body = await made.Content.ReadFromJsonAsync<JsonNode>(Token);
        return (body!["id"]!.GetValue<Guid>(), long.Parse(made.Headers.GetValues("Version").Single()));
    }
}
