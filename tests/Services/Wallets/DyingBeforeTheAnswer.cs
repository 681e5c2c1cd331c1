using System.Net;
using System.Net.Http.Json;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Wallets;

/// <summary>The process is killed while it does a request with an Idempotency-Key; the client asks again.</summary>
public sealed class DyingBeforeTheAnswer(TestDatabase database) : IClassFixture<TestDatabase>
{
    [Theory]
    [InlineData("write-after-commit", true)]
    [InlineData("wallet-after-commit", true)]
    [InlineData("write-before-commit", false)]
    [InlineData("wallet-before-commit", false)]
    public async Task the_repetition_gets_the_answer_of_what_was_stored_and_else_does_it(string place, bool stored)
    {
        var ct = TestContext.Current.CancellationToken;
        using var identity = new TestIdentity("wallets");
        var address = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        var settings = identity.SettingsWith(
            ("ConnectionStrings:Database", database.ConnectionString), ("RabbitMq:Uri", "amqp://nobody:nowhere@127.0.0.1:1/"),
            ("Services:sync", "http://127.0.0.1:1"), ("Services:portfolio", "http://127.0.0.1:1"),
            ("Urls", address.ToString()), ("Idempotency:ClaimFor", "00:00:01"));
        settings["ASPNETCORE_ENVIRONMENT"] = "Testing";
        await using var process = new ServiceProcess(
            "wallets", Repository.Program("Wallets"), settings.ToDictionary(pair => pair.Key.Replace(":", "__", StringComparison.Ordinal),
                pair => pair.Value),
            new Uri(address, "/health/live"));
        await process.Start();
        using var handler = identity.As(TestIdentity.Someone());
        handler.InnerHandler = new SocketsHttpHandler();
        using var client = new HttpClient(handler) { BaseAddress = address };
        var (path, body) = place.StartsWith("write", StringComparison.Ordinal)
            ? ("/api/v1/wallets", (object)new { label = "Once" })
            : ($"/api/v1/wallets/{await client.NewWallet()}/addresses", new { network = "bitcoin", address = Api.Genesis });
        await process.Stop();
        process.OnceOnly["KILL_AT"] = $"{place}:1";
        await process.Start();
        var key = Guid.NewGuid().ToString("N");

        await Should.ThrowAsync<HttpRequestException>(Send());
        await process.UntilEnded();
        await process.Start();
        var events = await Events();
        HttpResponseMessage answer = null!;
        await Eventually.Is(async () => (answer = await Send()).StatusCode == HttpStatusCode.Created, "the repetition is answered");

        answer.Headers.Contains("Idempotent-Replayed").ShouldBe(stored);
        (await Events()).ShouldBe(stored ? events : events + 1);
        (await client.GetOk(path))["data"]!.AsArray().ShouldHaveSingleItem();

        async Task<HttpResponseMessage> Send()
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
            request.Headers.Add("Idempotency-Key", key);
            return await client.SendAsync(request, ct);
        }

        async Task<long> Events()
        {
            await using var command = database.DataSource.CreateCommand("select count(*) from mt_events");
            return (long)(await command.ExecuteScalarAsync(ct))!;
        }
    }
}
