using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Services.Portfolio.Channels;
using Shouldly;
using Xunit;

namespace Services.Gateway;

/// <summary>The streams' own document as the gateway tells it, and the page made of it.</summary>
[Collection(nameof(PublicApi))]
public sealed class DescribeStreams(PublicApi api)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task the_document_says_where_the_streams_are_and_passes_its_parser()
    {
        using var client = api.WithKey(null);
        var document = JsonNode.Parse(await client.GetStringAsync("/asyncapi/v1.json", Token))!.AsObject();
        await AsyncApiDocument.ShouldDescribe(document, []);

        ((string?)document["servers"]!["socket"]!["host"], (string?)document["servers"]!["socket"]!["protocol"])
            .ShouldBe((api.Address.Authority, "ws"));
        document["channels"]!.AsObject().Select(channel => (string?)channel.Value!["address"]).ShouldBe(["/ws", "/api/v1/events"]);
    }

    [Fact]
    public async Task what_a_client_is_sent_is_as_the_document_says()
    {
        using var client = await api.NewClientAsync("portfolio:read");
        using var answer = await client.GetAsync("/api/v1/events", HttpCompletionOption.ResponseHeadersRead, Token);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Token));
        string? line;
        do line = await reader.ReadLineAsync(Token); while (line?.StartsWith("data: ", StringComparison.Ordinal) == false);
        var document = JsonNode.Parse(await client.GetStringAsync("/asyncapi/v1.json", Token))!.AsObject();
        await AsyncApiDocument.ShouldDescribe(document, [JsonElement.Parse(line!["data: ".Length..])]);
    }

    [Fact]
    public async Task a_ticket_opens_a_stream_as_long_as_its_key_is_good()
    {
        var user = await api.NewUserAsync();
        var (wallet, _) = await api.NewWalletAsync(user);
        using var client = api.WithKey(await api.NewKeyAsync(user, [wallet], "portfolio:read"));
        using var nobody = api.WithKey(null);
        using var made = await client.PostAsync("/api/v1/events/tickets", null, Token);
        var ticket = (string?)JsonNode.Parse(await made.Content.ReadAsStringAsync(Token))!["ticket"];

        using (var open = await nobody.GetAsync($"/api/v1/events?ticket={ticket}", HttpCompletionOption.ResponseHeadersRead, Token))
            open.Content.Headers.ContentType?.MediaType.ShouldBe("text/event-stream");
        // What the key may not see its ticket may not either.
        var (other, _) = await api.NewWalletAsync(user);
        await (await nobody.GetAsync($"/api/v1/events?ticket={ticket}&walletId={other}", Token)).ShouldBeProblem(404, "wallet-not-found");
        var id = (string?)JsonNode.Parse(await client.GetStringAsync("/api/v1/api-keys/current", Token))!["id"];
        using var ended = await client.DeleteAsync($"/api/v1/api-keys/{id}", Token);
        ended.EnsureSuccessStatusCode();
        await (await nobody.GetAsync($"/api/v1/events?ticket={ticket}", Token)).ShouldBeProblem(401, "key-revoked");
    }

    [Fact]
    public async Task the_page_has_every_message_and_needs_nobody_elses_help()
    {
        using var client = api.WithKey(null);
        using var answer = await client.GetAsync("/docs/events", Token);
        answer.EnsureSuccessStatusCode();
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/html");
        answer.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("default-src 'none'");
        var page = await answer.Content.ReadAsStringAsync(Token);
        foreach (var (name, _) in JsonNode.Parse(await client.GetStringAsync("/asyncapi/v1.json", Token))!["components"]!["messages"]!.AsObject())
            page.ShouldContain($"id=\"{name}\"");
        page.ShouldContain("data.amount.display");
        Regex.IsMatch(page, "<script|(?:src|href)=\"(?:https?:)?//").ShouldBeFalse();
    }
}
