using Messaging;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;
using ServiceDefaults;
using Shouldly;
using System.Net.Http.Json;
using System.Net;
using System.Text.Json.Nodes;
using System.Text;
using Testing;
using Xunit;

namespace Services.Wallets;

/// <summary>POSTs under an Idempotency-Key, sent more than once.</summary>
[Collection(nameof(WalletsService))]
public sealed class RepeatingARequest(WalletsService service)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task fifty_at_once_make_one_wallet()
    {
        using var client = service.As(TestIdentity.Someone());
        var key = NewKey();

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Send(client, key, "/api/v1/wallets", new { label = "Once" })));

        foreach (var busy in answers.Where(answer => answer.StatusCode == HttpStatusCode.Conflict))
        {
            await busy.Problem("request-in-progress");
            busy.Headers.RetryAfter.ShouldNotBeNull();
        }
        answers.Count(answer => answer.StatusCode == HttpStatusCode.Created).ShouldBeGreaterThan(0);
        answers.ShouldAllBe(answer => answer.StatusCode == HttpStatusCode.Created || answer.StatusCode == HttpStatusCode.Conflict);
        (await client.GetOk("/api/v1/wallets"))["data"]!.AsArray().ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("/api/v1/wallets", """{"label":"Savings"}""", 201)]
    [InlineData("/api/v1/wallets/{wallet}/addresses", """{"network":"bitcoin","address":"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa","label":"Genesis"}""",
        201)]
    [InlineData("/api/v1/wallets/{wallet}/sync", "", 202)]
    [InlineData("/api/v1/wallets/{wallet}/fetch", "", 202)]
    [InlineData("/api/v1/users", """{"email":"{new}@example.org"}""", 201)]
    [InlineData("/api/v1/wallets/{wallet}/addresses", """{"network":"bitcoin","address":"nonsense"}""", 422)]
    [InlineData("/api/v1/wallets/0198a5d2-0000-7000-8000-0000000000aa/sync", "", 404)]
    public async Task the_first_answer_is_given_again_to_the_byte(string path, string body, int status)
    {
        using var client = service.As(TestIdentity.Someone(Scopes.Admin));
        path = path.Replace("{wallet}", (await client.NewWallet()).ToString(), StringComparison.Ordinal);
        body = body.Replace("{new}", Guid.NewGuid().ToString("N"), StringComparison.Ordinal);
        var key = NewKey();

        using var first = await SendText(client, key, path, body);
        using var second = await SendText(client, key, path, body);

        ((int)first.StatusCode).ShouldBe(status);
        second.StatusCode.ShouldBe(first.StatusCode);
        (await second.Content.ReadAsStringAsync(Token)).ShouldBe(await first.Content.ReadAsStringAsync(Token));
        second.Content.Headers.ContentType.ShouldBe(first.Content.Headers.ContentType);
        second.Headers.Location.ShouldBe(first.Headers.Location);
        second.Headers.ETag.ShouldBe(first.Headers.ETag);
        first.Headers.Contains("Idempotent-Replayed").ShouldBeFalse();
        second.Headers.GetValues("Idempotent-Replayed").ShouldBe(["true"]);
        if (status < 300) VersionOf(second).ShouldBeGreaterThanOrEqualTo(VersionOf(first));
    }

    [Fact]
    public async Task what_was_there_already_is_answered_alike_too()
    {
        using var client = service.As(TestIdentity.Someone());
        var wallet = await client.NewWallet();
        var body = new { network = "bitcoin", address = Api.Genesis };
        var made = await client.Post($"/api/v1/wallets/{wallet}/addresses", body);
        var key = NewKey();

        using var first = await Send(client, key, $"/api/v1/wallets/{wallet}/addresses", body);
        await client.Send(HttpMethod.Delete, $"/api/v1/wallets/{wallet}/addresses/{made.Id()}", null, HttpStatusCode.NoContent);
        using var second = await Send(client, key, $"/api/v1/wallets/{wallet}/addresses", body);

        first.StatusCode.ShouldBe(HttpStatusCode.OK);
        second.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await client.GetOk($"/api/v1/wallets/{wallet}/addresses"))["data"]!.AsArray().ShouldBeEmpty("a repetition does nothing");
    }

    [Fact]
    public async Task a_key_is_never_shown_twice()
    {
        using var admin = service.As(TestIdentity.Someone(Scopes.Admin));
        var user = (await admin.Post("/api/v1/users", new { email = $"{Guid.NewGuid():N}@example.org" })).Id();
        var body = new { label = "Laptop", scopes = new[] { "wallets:read" }, userId = user };
        var key = NewKey();

        using var first = await Send(admin, key, "/api/v1/api-keys", body);
        using var second = await Send(admin, key, "/api/v1/api-keys", body);

        var secret = (await Json(first))["key"]!.GetValue<string>();
        var again = await Json(second);
        second.StatusCode.ShouldBe(HttpStatusCode.Created);
        again.AsObject().ContainsKey("key").ShouldBeFalse();
        again.Id().ShouldBe((await Json(first)).Id());
        (await DatabaseText.Contains(service.Database.DataSource, secret)).ShouldBeFalse();
        (await Stored(key, secret)).ShouldBeFalse("bodies are bytes, which a search for text does not see");
        (await admin.GetOk($"/api/v1/api-keys?userId={user}"))["data"]!.AsArray().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task another_request_under_the_same_key_is_refused_while_another_user_is_free()
    {
        var caller = TestIdentity.Someone();
        using var client = service.As(caller);
        using var other = service.As(TestIdentity.Someone());
        var wallet = await client.NewWallet();
        var key = NewKey();
        (await Send(client, key, "/api/v1/wallets", new { label = "One" })).StatusCode.ShouldBe(HttpStatusCode.Created);

        await (await Send(client, key, "/api/v1/wallets", new { label = "Two" })).Problem("idempotency-key-reused");
        await (await Send(client, key, $"/api/v1/wallets/{wallet}/sync", new { label = "One" })).Problem("idempotency-key-reused");
        // A narrower key of the same person must not be told what it may not see.
        using var narrow = service.As(caller with { Wallets = new HashSet<Guid> { wallet } });
        await (await Send(narrow, key, "/api/v1/wallets", new { label = "One" })).Problem("idempotency-key-reused");
        (await Send(other, key, "/api/v1/wallets", new { label = "Two" })).StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData(256)]
    public async Task a_key_that_is_none_is_refused(object key)
    {
        using var client = service.As(TestIdentity.Someone());

        await (await Send(client, key as string ?? new string('x', (int)key), "/api/v1/wallets", new { label = "x" })).Problem("invalid-parameter");
        (await Send(client, new string('~', 255), "/api/v1/wallets", new { label = "x" })).StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Fact]
    public async Task a_body_that_could_not_be_read_leaves_the_key_free()
    {
        using var client = service.As(TestIdentity.Someone());
        var key = NewKey();

        await (await SendText(client, key, "/api/v1/wallets", "{")).Problem("malformed-json");
        await (await SendText(client, key, "/api/v1/wallets", """{"label":7}""")).Problem("invalid-body");

        (await Send(client, key, "/api/v1/wallets", new { label = "Mended" })).StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Fact]
    public async Task while_a_request_runs_its_repetition_is_told_to_wait_and_takes_over_when_it_was_given_up()
    {
        var caller = TestIdentity.Someone();
        using var client = service.As(caller);
        var key = NewKey();
        // Another process has claimed the key and says nothing more.
        await Send(client, key, "/api/v1/wallets", new { label = "Slow" });
        await Execute(
            "update idempotency_keys set status = null, body = null, claim = gen_random_uuid(), claimed_until = now() + interval '1 hour' where " +
            "key = $1", key);

        using var waiting = await Send(client, key, "/api/v1/wallets", new { label = "Slow" });
        await waiting.Problem("request-in-progress");
        waiting.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(1));

        await Execute("update idempotency_keys set claimed_until = now() where key = $1", key);
        (await Send(client, key, "/api/v1/wallets", new { label = "Slow" })).StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Fact]
    public async Task who_lost_its_claim_stores_nothing()
    {
        var keys = service.Provider.GetRequiredService<IdempotencyKeys>();
        var (user, key) = (Guid.CreateVersion7(), NewKey());
        var first = (await keys.ClaimAsync(user, key, [1], Token)).ShouldBeOfType<KeyState.Claimed>().Request;
        (await keys.ClaimAsync(user, key, [1], Token)).ShouldBeOfType<KeyState.Running>();
        await Execute("update idempotency_keys set claimed_until = now() where key = $1", key);
        var second = (await keys.ClaimAsync(user, key, [1], Token)).ShouldBeOfType<KeyState.Claimed>().Request;

        (await Should.ThrowAsync<DomainException>(keys.KeepAsync(first, new(201, null, "{}"u8.ToArray()), null, Token))).Problem.Code.ShouldBe(
            "request-in-progress");
        await keys.ReleaseAsync(first);
        await keys.KeepAsync(second, new(201, null, "{}"u8.ToArray()), null, Token);

        (await keys.ClaimAsync(user, key, [1], Token)).ShouldBeOfType<KeyState.Answered>();
    }

    [Fact]
    public async Task two_processes_claim_a_key_once()
    {
        var options = Options.Create(new IdempotencyOptions());
        await using var oneDatabase = NpgsqlDataSource.Create(service.Database.ConnectionString);
        await using var otherDatabase = NpgsqlDataSource.Create(service.Database.ConnectionString);
        IdempotencyKeys[] processes = [new(oneDatabase, options), new(otherDatabase, options)];
        var (user, key) = (Guid.CreateVersion7(), NewKey());

        var states = await Task.WhenAll(Enumerable.Range(0, 40).Select(turn => processes[turn % 2].ClaimAsync(user, key, [1], Token)));

        states.OfType<KeyState.Claimed>().ShouldHaveSingleItem();
        states.OfType<KeyState.Running>().Count().ShouldBe(39);
    }

    [Fact]
    public async Task keys_are_swept_when_their_day_is_over_and_good_again_before_that()
    {
        using var client = service.As(TestIdentity.Someone());
        var key = NewKey();
        await Send(client, key, "/api/v1/wallets", new { label = "Old" });
        await Execute("update idempotency_keys set expires_at = now() where key = $1", key);

        // An old key counts as none, swept or not.
        using var again = await Send(client, key, "/api/v1/wallets", new { label = "New" });
        again.StatusCode.ShouldBe(HttpStatusCode.Created);
        again.Headers.Contains("Idempotent-Replayed").ShouldBeFalse();

        await Execute("update idempotency_keys set expires_at = now() where key = $1", key);
        await service.Provider.GetRequiredService<IdempotencyKeys>().SweepAsync(Token);
        (await Count(key)).ShouldBe(0);
    }

    [Fact]
    public async Task of_an_erased_wallet_no_answer_is_left_and_a_late_repetition_does_not_make_it_again()
    {
        using var client = service.As(TestIdentity.Someone());
        var (key, other) = (NewKey(), NewKey());
        using var made = await Send(client, key, "/api/v1/wallets", new { label = "Forget me entirely" });
        var wallet = (await Json(made))["id"]!.GetValue<Guid>();
        await Send(client, other, $"/api/v1/wallets/{wallet}/addresses", new { network = "bitcoin", address = Api.AddressNumber(777_001) });
        service.Others.LetGo("sync", wallet);
        service.Others.LetGo("portfolio", wallet);
        await client.Send(HttpMethod.Delete, $"/api/v1/wallets/{wallet}", null, HttpStatusCode.NoContent);
        await Eventually.Is(async () => !await Exists(wallet), "the wallet is erased");

        (await Stored(key, "Forget me")).ShouldBeFalse();
        (await Stored(other, Api.AddressNumber(777_001))).ShouldBeFalse();
        await (await Send(client, key, "/api/v1/wallets", new { label = "Forget me entirely" })).Problem("wallet-not-found");
        (await client.GetOk("/api/v1/wallets"))["data"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task of_a_deleted_wallet_nothing_is_shown_again_while_its_erasure_waits()
    {
        using var client = service.As(TestIdentity.Someone());
        var key = NewKey();
        using var made = await Send(client, key, "/api/v1/wallets", new { label = "Forget me at once" });
        var wallet = (await Json(made))["id"]!.GetValue<Guid>();
        await client.Send(HttpMethod.Delete, $"/api/v1/wallets/{wallet}", null, HttpStatusCode.NoContent);

        using var again = await Send(client, key, "/api/v1/wallets", new { label = "Forget me at once" });
        (await Exists(wallet)).ShouldBeTrue("nobody has let it go yet");
        again.StatusCode.ShouldBe(HttpStatusCode.NotFound, await again.Content.ReadAsStringAsync(Token));
        service.Others.LetGo("sync", wallet);
        service.Others.LetGo("portfolio", wallet);
    }

    private static string NewKey() => Guid.NewGuid().ToString("N");

    private static long VersionOf(HttpResponseMessage answer) => long.Parse(answer.Headers.GetValues("Version").Single());

    private static async Task<JsonNode> Json(HttpResponseMessage answer) => JsonNode.Parse(await answer.Content.ReadAsStringAsync(Token))!;

    private static Task<HttpResponseMessage> Send(HttpClient client, string key, string path, object body) =>
        Send(client, key, path, JsonContent.Create(body));

    private static Task<HttpResponseMessage> SendText(HttpClient client, string key, string path, string body) =>
        Send(client, key, path, body.Length == 0 ? null : new StringContent(body, Encoding.UTF8, "application/json"));

    private static async Task<HttpResponseMessage> Send(HttpClient client, string key, string path, HttpContent? body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = body };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        return await client.SendAsync(request, Token);
    }

    private async Task Execute(string sql, string key)
    {
        await using var command = service.Database.DataSource.CreateCommand(sql);
        command.Parameters.Add(new() { Value = key });
        (await command.ExecuteNonQueryAsync(Token)).ShouldBe(1);
    }

    private async Task<long> Count(string key)
    {
        await using var command = service.Database.DataSource.CreateCommand("select count(*) from idempotency_keys where key = $1");
        command.Parameters.Add(new() { Value = key });
        return (long)(await command.ExecuteScalarAsync(Token))!;
    }

    private async Task<bool> Stored(string key, string text)
    {
        await using var command = service.Database.DataSource.CreateCommand(
            "select coalesce(convert_from(body, 'UTF8'), '') || coalesce(location, '') from idempotency_keys where key = $1");
        command.Parameters.Add(new() { Value = key });
        return ((string)(await command.ExecuteScalarAsync(Token))!).Contains(text, StringComparison.Ordinal);
    }

    private async Task<bool> Exists(Guid wallet)
    {
        await using var command = service.Database.DataSource.CreateCommand("select exists (select from erasures where wallet_id = $1)");
        command.Parameters.Add(new() { Value = wallet });
        return (bool)(await command.ExecuteScalarAsync(Token))!;
    }
}
