using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Postgres;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Portfolio.Webhooks;

/// <summary>Who makes or enables a webhook misses no message, and gets none that is not theirs.</summary>
public sealed class MakingAndEnabling
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task a_message_that_is_put_in_line_at_the_same_moment_is_waited_for(bool isNew)
    {
        await using var receiver = await Receiver.Start();
        await using var service = await WebhookService.Start();
        using var client = service.As(service.User);
        var id = isNew ? Guid.Empty : (await service.Webhook(receiver)).Id;
        if (!isNew) await service.Post($"/api/v1/webhooks/{id}/disable", new { });

        // As whoever puts messages in line does, from where it reads a page until that is stored.
        await using var tail = await service.Database.OpenConnectionAsync(Ct);
        await using var page = await tail.BeginTransactionAsync(Ct);
        await tail.ExecuteAsync("select from webhook_tail for update", null, Ct);
        var asked = isNew
            ? client.PostAsJsonAsync("/api/v1/webhooks", new { url = receiver.Url }, Ct)
            : client.PostAsJsonAsync($"/api/v1/webhooks/{id}/enable", new { replay = false }, Ct);
        await Eventually.Is(async () => await service.Database.ScalarAsync<bool>("""
            select exists (select from pg_stat_activity
                where datname = current_database() and wait_event_type = 'Lock' and query like '%webhook_tail for share%')
            """, null, Ct), "it waits");
        var before = (await service.Tell(1)).Single();
        await page.CommitAsync(Ct);

        using var answer = await asked;
        answer.IsSuccessStatusCode.ShouldBeTrue();
        // What was there when it was answered is not sent by itself; the head it tells includes it.
        (await answer.Content.ReadFromJsonAsync<JsonElement>(Ct)).GetProperty("reachedSeq").GetInt64().ShouldBe(1);
        var after = (await service.Tell(1)).Single();
        await Eventually.Is(() => receiver.Posted.Any(message => message.Id == after), "what comes behind it is sent");
        receiver.Posted.ShouldNotContain(message => message.Id == before);
    }

    [Fact]
    public async Task what_was_put_in_line_before_a_webhook_was_narrowed_is_none_of_a_key_for_some_wallets()
    {
        await using var receiver = await Receiver.Start();
        await using var service = await WebhookService.Start();
        var (own, other) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await service.Database.ExecuteAsync("insert into wallets (wallet_id, owner_id, label) values (@own, @User, 'a'), (@other, @User, 'b')",
            new { own, other, service.User }, Ct);
        receiver.Answer = _ => 500;
        var (id, _) = await service.Webhook(receiver);
        await service.Tell(1, wallet: own);
        await service.Tell(1, wallet: other);
        await Eventually.Is(() => receiver.Posted.Count == 2, "both were tried");
        using var owner = service.As(service.User);
        using var narrowed = await owner.PatchAsJsonAsync($"/api/v1/webhooks/{id}", new { walletIds = new[] { own } }, Ct);
        narrowed.StatusCode.ShouldBe(HttpStatusCode.OK);

        using var limited = service.As(service.User, new HashSet<Guid> { own });
        var all = (await service.Get($"/api/v1/webhooks/{id}/deliveries")).GetProperty("data").EnumerateArray().ToList();
        all.Count.ShouldBe(2);
        var seen = (await limited.GetFromJsonAsync<JsonElement>($"/api/v1/webhooks/{id}/deliveries", Ct)).GetProperty("data").EnumerateArray();
        seen.Select(row => row.GetProperty("walletId").GetGuid()).ShouldBe([own]);
        var theirs = all.Single(row => row.GetProperty("walletId").GetGuid() == other).GetProperty("id").GetGuid();
        using var detail = await limited.GetAsync($"/api/v1/webhooks/{id}/deliveries/{theirs}", Ct);
        detail.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using var again = await limited.PostAsync($"/api/v1/webhooks/{id}/deliveries/{theirs}/resend", null, Ct);
        again.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using var diverted = await limited.PatchAsJsonAsync($"/api/v1/webhooks/{id}", new { url = "https://example.com/mine" }, Ct);
        diverted.StatusCode.ShouldBe(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task a_direction_is_kept_changed_and_given_up()
    {
        await using var service = await WebhookService.Start();
        using var client = service.As(service.User);
        using var made = await client.PostAsJsonAsync("/api/v1/webhooks", new { url = "https://example.com/", direction = "out" }, Ct);
        var webhook = await made.Content.ReadFromJsonAsync<JsonElement>(Ct);
        webhook.GetProperty("direction").GetString().ShouldBe("out");
        var id = webhook.GetProperty("id").GetGuid();
        (await Changed(new { label = "Shop" })).GetString().ShouldBe("out");
        (await Changed(new { direction = "in" })).GetString().ShouldBe("in");
        (await Changed(new { bothDirections = true })).ValueKind.ShouldBe(JsonValueKind.Null);

        async Task<JsonElement> Changed(object changes)
        {
            using var answer = await client.PatchAsJsonAsync($"/api/v1/webhooks/{id}", changes, Ct);
            return (await answer.Content.ReadFromJsonAsync<JsonElement>(Ct)).GetProperty("direction");
        }
    }

    [Theory]
    [InlineData("""{"url":"https://example.com/","label":"\u0000"}""")]
    [InlineData("""{"url":"https://example.com/\u0000"}""")]
    [InlineData("""{"url":"https://example.com/","minimumAmounts":{"\u0000":"1"}}""")]
    [InlineData("""{"url":"https://example.com/","minimumAmounts":{"x":null}}""")]
    [InlineData("""{"url":"https://example.com/","minimumAmounts":{"x":"-1"}}""")]
    [InlineData("""{"url":"https://example.com/","types":[null]}""")]
    [InlineData("""{"url":"https://example.com/","types":["no such"]}""")]
    [InlineData("""{"url":"https://example.com/","confirmations":-1}""")]
    [InlineData("""{"url":"https://example.com/","direction":"sideways"}""")]
    public async Task what_cannot_be_is_refused_and_never_a_failure_of_ours(string body)
    {
        await using var service = await WebhookService.Start();
        using var client = service.As(service.User);
        using var answer = await client.PostAsync("/api/v1/webhooks", new StringContent(body, Encoding.UTF8, "application/json"), Ct);
        ((int)answer.StatusCode).ShouldBeInRange(400, 422, await answer.Content.ReadAsStringAsync(Ct));
    }
}
