using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Portfolio.Webhooks;

/// <summary>Every message arrives at least once, at whoever wants it and at nobody else.</summary>
public sealed class PostingMessages
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task each_message_arrives_signed_and_as_the_feed_has_it()
    {
        await using var receiver = await Receiver.Start();
        await using var service = await WebhookService.Start();
        var (id, secret) = await service.Webhook(receiver);

        var told = await service.Tell(3);

        await Eventually.Is(() => receiver.Posted.Count == 3, "all arrived");
        receiver.Posted.Select(message => message.Id).ShouldBe(told, ignoreOrder: true);
        foreach (var message in receiver.Posted)
        {
            var signed = HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes($"{message.Id}.{message.Timestamp}.{message.Body}"));
            message.Signature.ShouldBe($"v1,{Convert.ToBase64String(signed)}");
            var body = JsonElement.Parse(message.Body);
            body.GetProperty("id").GetString().ShouldBe(message.Id);
            body.GetProperty("type").GetString().ShouldBe("deposit_update");
            body.GetProperty("data").GetProperty("status").GetString().ShouldBe("processing");
        }

        await Eventually.Is(async () => await service.Count("delivered") == 3, "all are noted");
        var log = await service.Get($"/api/v1/webhooks/{id}/deliveries");
        log.GetProperty("data").EnumerateArray().Select(row => row.GetProperty("seq").GetInt64()).ShouldBe([1, 2, 3], ignoreOrder: true);
        var first = log.GetProperty("data")[0].GetProperty("id").GetString();
        var detail = await service.Get($"/api/v1/webhooks/{id}/deliveries/{first}");
        detail.GetProperty("attempts")[0].GetProperty("httpStatus").GetInt32().ShouldBe(204);
        receiver.Posted.ShouldContain(message => message.Body == detail.GetProperty("body").GetString());
    }

    [Fact]
    public async Task a_receiver_that_fails_two_times_in_five_gets_every_message()
    {
        await using var receiver = await Receiver.Start();
        await using var service = await WebhookService.Start();
        await service.Webhook(receiver);
        receiver.Answer = message => message.Id.Sum(letter => letter) * message.Time % 5 < 2 && message.Time < 6 ? 500 : 200;

        var told = await service.Tell(200);
        await Eventually.Is(async () =>
        {
            await service.Hurry();
            return await service.Count("delivered") == 200;
        }, "all are delivered");

        receiver.Posted.Count.ShouldBeGreaterThan(200);
        receiver.Posted.Select(message => message.Id).Distinct().ShouldBe(told, ignoreOrder: true);
    }

    [Fact]
    public async Task what_just_happened_goes_beside_a_backlog_and_beside_an_endpoint_that_hangs()
    {
        await using var receiver = await Receiver.Start();
        await using var hanging = await Receiver.Start();
        await using var service = await WebhookService.Start();
        hanging.Answer = _ => null;
        await service.Webhook(hanging);
        var (id, _) = await service.Webhook(receiver);
        await service.Tell(1_200);
        await service.Post($"/api/v1/webhooks/{id}/replay", new { from = 1 });
        await Eventually.Is(() => receiver.Posted.Count > 50, "the backlog flows");

        var fresh = (await service.Tell(1)).Single();

        await Eventually.Is(() => receiver.Posted.Any(message => message.Id == fresh), "the fresh one arrived");
        (await service.Count("waiting")).ShouldBeGreaterThan(100);
    }

    [Fact]
    public async Task who_answers_410_is_disabled_which_is_told_and_enabling_sends_what_came_meanwhile()
    {
        await using var receiver = await Receiver.Start();
        await using var service = await WebhookService.Start();
        var (id, _) = await service.Webhook(receiver);
        receiver.Answer = _ => 410;
        var first = await service.Tell(1);
        await Eventually.Is(async () => !(await service.Get($"/api/v1/webhooks/{id}")).GetProperty("enabled").GetBoolean(), "it is disabled");

        var meanwhile = await service.Tell(20);
        receiver.Answer = _ => 200;
        await service.Post($"/api/v1/webhooks/{id}/enable", new { replay = true });

        await Eventually.Is(() => meanwhile.Concat(first).All(told => receiver.Posted.Any(message => message.Id == told && message.Time > 0)
            && receiver.Posted.Any(message => message.Id == first[0] && message.Time == 2)), "all came");
        await Eventually.Is(() => receiver.Posted.Any(message => message.Body.Contains("webhook_disabled", StringComparison.Ordinal)),
            "that it was disabled came too");
    }

    [Fact]
    public async Task a_redirect_is_not_followed_and_a_private_target_not_connected_to()
    {
        await using var receiver = await Receiver.Start();
        await using var service = await WebhookService.Start(allowed: "127.0.0.2");
        receiver.Answer = _ => 302;
        using var client = service.As(service.User);
        using var refused = await client.PostAsJsonAsync("/api/v1/webhooks", new { url = receiver.Url }, Ct);
        refused.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        // A name is not looked up before it is connected to.
        using var named = await client.PostAsJsonAsync("/api/v1/webhooks", new { url = "https://localhost:1/hooks" }, Ct);
        named.StatusCode.ShouldBe(HttpStatusCode.Created);
        await service.Tell(1);
        var id = (await named.Content.ReadFromJsonAsync<JsonElement>(Ct)).GetProperty("id").GetString();

        var webhook = await Eventually.Get(() => service.Get($"/api/v1/webhooks/{id}"), found => found.GetProperty("lastAt").ValueKind
            is not JsonValueKind.Null, "it was tried");
        webhook.GetProperty("lastError").GetString().ShouldBe("its host is at a private or special-purpose address");
        receiver.Posted.ShouldBeEmpty();
    }

    [Fact]
    public async Task redirects_are_failures()
    {
        await using var receiver = await Receiver.Start();
        await using var service = await WebhookService.Start();
        receiver.Answer = _ => 302;
        var (id, _) = await service.Webhook(receiver);
        await service.Tell(1);

        var webhook = await Eventually.Get(() => service.Get($"/api/v1/webhooks/{id}"), found => found.GetProperty("lastAt").ValueKind
            is not JsonValueKind.Null, "it was tried");
        webhook.GetProperty("lastStatus").GetInt32().ShouldBe(302);
        receiver.Posted.ShouldAllBe(message => message.Path == "/hooks");
    }

    [Fact]
    public async Task two_processes_send_each_message_once_and_one_goes_on_with_what_another_left()
    {
        await using var receiver = await Receiver.Start();
        await using var service = await WebhookService.Start();
        await service.Webhook(receiver);
        var held = new HashSet<string>();
        await using (var other = await service.Another())
        {
            var both = await service.Tell(300);
            await Eventually.Is(async () => await service.Count("delivered") == 300, "all are delivered");
            receiver.Posted.Select(message => message.Id).ShouldBe(both, ignoreOrder: true);
            receiver.Answer = message => message.Time == 1 && held.Add(message.Id) ? null : 200;
        }

        var told = await service.Tell(4);
        await Eventually.Is(() => told.All(id => receiver.Posted.Any(message => message.Id == id)), "they were sent");
        await Eventually.Is(async () =>
        {
            await service.Hurry();
            return await service.Count("delivered") == 304;
        }, "they were sent again");
    }

    [Fact]
    public async Task secrets_overlap_and_filters_and_tests_and_resends_do_what_they_say()
    {
        await using var receiver = await Receiver.Start();
        await using var service = await WebhookService.Start();
        var (id, secret) = await service.Webhook(receiver, new { types = new[] { "deposit_completed" } });
        var rotated = await service.Post($"/api/v1/webhooks/{id}/rotate-secret", new { overlapDays = 1 });
        await service.Tell(2);
        await service.Post($"/api/v1/webhooks/{id}/test", new { });

        await Eventually.Is(() => receiver.Posted.Count == 1, "only the test fits");
        var test = receiver.Posted[0];
        var next = Convert.FromBase64String(rotated.GetProperty("secret").GetString()!["whsec_".Length..]);
        test.Signature.Split(' ').ShouldBe([.. new[] { next, secret }.Select(key => "v1," + Convert.ToBase64String(
            HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{test.Id}.{test.Timestamp}.{test.Body}"))))]);

        var delivery = (await service.Get($"/api/v1/webhooks/{id}/deliveries")).GetProperty("data")[0].GetProperty("id").GetString();
        var again = await service.Post($"/api/v1/webhooks/{id}/deliveries/{delivery}/resend", new { });
        again.GetProperty("id").GetString().ShouldNotBe(delivery);
        await Eventually.Is(() => receiver.Posted.Count == 2, "it came again");
        receiver.Posted[1].Id.ShouldBe(test.Id);
    }

    [Fact]
    public async Task somebody_elses_webhook_is_as_if_it_were_not_there()
    {
        await using var receiver = await Receiver.Start();
        await using var service = await WebhookService.Start();
        var (id, _) = await service.Webhook(receiver);
        foreach (var client in new[] { service.As(Guid.CreateVersion7()), service.As(service.User, new HashSet<Guid> { Guid.CreateVersion7() }) })
        {
            foreach (var path in new[] { "", "/deliveries", $"/deliveries/{id}", $"/replays/{id}" })
            {
                using var read = await client.GetAsync($"/api/v1/webhooks/{id}{path}", Ct);
                read.StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
            }

            foreach (var path in new[] { "/enable", "/disable", "/test", "/rotate-secret" })
            {
                using var written = await client.PostAsJsonAsync($"/api/v1/webhooks/{id}{path}", new { }, Ct);
                written.StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
            }

            (await client.GetFromJsonAsync<JsonElement>("/api/v1/webhooks", Ct)).GetProperty("data").GetArrayLength().ShouldBe(0);
            client.Dispose();
        }
    }

    [Fact]
    public async Task a_key_for_some_wallets_may_not_have_the_messages_of_others_sent()
    {
        await using var receiver = await Receiver.Start();
        await using var service = await WebhookService.Start();
        using var client = service.As(service.User, new HashSet<Guid> { Guid.CreateVersion7() });
        using var refused = await client.PostAsJsonAsync("/api/v1/webhooks", new { url = receiver.Url }, Ct);
        refused.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
    }
}
