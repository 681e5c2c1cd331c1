using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using ServiceDefaults;

namespace Portfolio.Feed.Channels;

/// <summary>Which part of a feed is asked for, as it stands in the query.</summary>
public readonly record struct HistoryRequest(
    [property: FromQuery(Name = "after"), Description("A `position`: the messages behind it. Without it from the first message on.")]
    string? After = null,
    [property: FromQuery(Name = "limit"), Range(1, PageRequest.MaxLimit), Description("How many messages are looked at, from 1 to 200; 50 when " +
        "left out. A page may hold fewer, since those that are not asked for are left out.")] int? Limit = null,
    [property: FromQuery(Name = "types"), Description("Only messages of these types, with commas between them; all when left out.")]
    string? Types = null,
    [property: FromQuery(Name = "walletId"), Description("Only messages about this wallet; given more than once, about any of them.")]
    Guid[]? WalletId = null);

/// <summary>A part of a feed.</summary>
public sealed record EventPage(
    [property: Description("The messages, oldest first.")] IReadOnlyList<EventView> Data,
    [property: Description("Whether more follows already.")] bool HasMore,
    [property: Description("The `after` of the part behind, also where nothing is there yet.")] string Next,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), Description("Set where the position asked for is none of this feed, " +
        "and nothing else is then told.")] EventReset? Reset = null);

/// <summary>A position is none of a feed.</summary>
public sealed record EventReset(
    [property: Description("Where the feed goes on.")] string Position,
    [property: Description("`restored`: a backup was restored that holds less than was read; `unknown-epoch`: no such backup is known; " +
        "`beyond-head`: nothing so new is there; `trimmed`: nothing so old is kept.")] string Reason,
    [property: Description("What to do.")] string Detail);

/// <summary>A user's feed page by page, for whoever would rather ask than listen.</summary>
internal sealed class ReadHistory(FeedReader reader, FeedFilters filters)
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/events/history", async Task<Ok<EventPage>> (
                Caller caller, [AsParameters] HistoryRequest request, ReadHistory history, CancellationToken ct) =>
                TypedResults.Ok(await history.ReadAsync(caller, request, ct)))
            .RequireScope(Scopes.PortfolioRead)
            .WithProblems("invalid-parameter", "limit-out-of-range", "wallet-not-found")
            .WithName("ListEvents")
            .WithTags("Events")
            .WithSummary("Lists what has happened, oldest first")
            .WithDescription("The same messages as the streams bring, with the same positions: whoever asks again and again with `next` as `after` " +
                "misses nothing either.");

    public async Task<EventPage> ReadAsync(Caller caller, HistoryRequest request, CancellationToken ct)
    {
        var limit = request.Limit ?? PageRequest.DefaultLimit;
        if (limit is < 1 or > PageRequest.MaxLimit)
            throw new DomainException("limit-out-of-range", $"The limit is from 1 to {PageRequest.MaxLimit}, not {limit}.", "?limit");
        var after = FeedPosition.Read(request.After, "?after");
        var filter = await filters.ReadAsync(caller, request.WalletId, null, FeedFilters.Words(request.Types), ct);

        var start = after is null ? await reader.BeginningAsync(caller.UserId, ct) : await reader.StartAsync(caller.UserId, after, ct);
        if (start.Reset is { } reason)
        {
            PortfolioMetrics.FeedResets.Add(1, new KeyValuePair<string, object?>("reason", reason));
            var position = start.Position.ToString();
            return new([], true, position, new(position, reason, FeedResets.Detail(reason)));
        }

        var items = await reader.ReadAsync(caller.UserId, start.Position, limit + 1, ct);
        var page = items.Take(limit).ToList();
        return new([.. page.Where(filter.Takes).Select(item => item.View)], items.Count > limit,
            (page is [] ? start.Position : page[^1].Position).ToString());
    }
}
