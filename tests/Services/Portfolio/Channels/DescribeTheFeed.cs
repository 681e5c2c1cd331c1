using System.Text.Json;
using Portfolio.Feed.Channels;
using Shouldly;
using Xunit;

namespace Services.Portfolio.Channels;

/// <summary>The AsyncAPI document, made of the records that are sent.</summary>
public sealed class DescribeTheFeed(ITestOutputHelper output)
{
    [Fact]
    public async Task the_document_passes_its_own_parser_and_has_every_message_there_is()
    {
        var document = AsyncApi.Make();
        output.WriteLine(await AsyncApiDocument.ShouldDescribe());
        var described = document["components"]!["messages"]!.AsObject();
        foreach (var kind in FeedTypes.All)
        {
            described[kind.Name].ShouldNotBeNull()["summary"]!.GetValue<string>().ShouldEndWith(".", customMessage: kind.Name);
            var members = document["components"]!["schemas"]![kind.Name]!["properties"]!.AsObject();
            members.ShouldAllBe(member => member.Value!["description"] != null, kind.Name);
        }
    }

    [Fact]
    public async Task a_message_of_every_type_is_as_the_document_says()
    {
        await using var system = await FeedSystem.StartAsync();
        var caller = FeedSystem.Someone();
        foreach (var kind in FeedTypes.All)
        {
            var message = (global::Portfolio.Feed.FeedMessage)Activator.CreateInstance(kind.Type)!;
            if (message is global::Portfolio.Feed.DepositMessage deposit)
                message = deposit with { Status = "completed", Amount = new(1, 8, "BTC", "0.00000001") };
            await system.TellAsync(caller.UserId, message, message with { WalletId = Guid.CreateVersion7(), Redacted = true });
        }

        using var follower = system.Follower(caller, bySocket: false);
        follower.Position = "0:0";
        await follower.FollowAsync(me => me.Messages.Count == 2 * FeedTypes.All.Count, TestContext.Current.CancellationToken);
        follower.Messages.Select(message => message.GetProperty("type").GetString()).Distinct().Order(StringComparer.Ordinal)
            .ShouldBe(FeedTypes.All.Select(kind => kind.Name));
        foreach (var redacted in follower.Messages.Where((_, number) => number % 2 == 1))
            redacted.GetProperty("data").GetRawText().ShouldBe("""{"redacted":true}""");
        follower.Messages.Count(message => message.GetProperty("walletId").ValueKind is JsonValueKind.Null).ShouldBe(follower.Messages.Count);
        output.WriteLine(await AsyncApiDocument.ShouldDescribe(follower.Messages));
    }

    [Fact]
    public async Task history_tells_the_same_page_by_page()
    {
        await using var system = await FeedSystem.StartAsync();
        var caller = FeedSystem.Someone();
        await system.TellAsync(caller.UserId, 25);
        using var client = system.Client(caller);
        using var follower = system.Follower(caller, bySocket: true);
        follower.Position = "0:0";
        await follower.FollowAsync(me => me.Messages.Count == 25, TestContext.Current.CancellationToken);

        var (told, after, more) = (new List<string>(), "0:0", true);
        while (more)
        {
            var page = await Lists.Get(client, $"/api/v1/events/history?after={after}&limit=10");
            told.AddRange(page["data"]!.AsArray().Select(message => message!.ToJsonString()));
            (after, more) = ((string)page["next"]!, (bool)page["hasMore"]!);
        }

        after.ShouldBe("0:25");
        told.Select(text => JsonElement.Parse(text)).Select(FeedSystem.Named).ShouldBe(follower.Messages.Select(FeedSystem.Named));
        told.Select(Canonical).ShouldBe(follower.Messages.Select(message => Canonical(message.GetRawText())));

        static string Canonical(string json) => System.Text.Json.Nodes.JsonNode.Parse(json)!.ToJsonString();
    }
}
