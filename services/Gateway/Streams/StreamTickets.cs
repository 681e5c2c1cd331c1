using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using ServiceDefaults;

namespace Gateway;

/// <summary>
/// <c>POST /api/v1/events/tickets</c>: what a browser shows in the address of a stream, where it can send no header. An address is
/// seen by more than a header is, so a ticket is good for a minute and for nothing else.
/// </summary>
internal static class StreamTickets
{
    /// <summary>The parameter that has it.</summary>
    public const string Parameter = "ticket";

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/api/v1/events/tickets", Created<TicketView> (HttpRequest request, Caller caller, Tickets tickets) =>
            {
                OwnAnswers.RequirePlain(request);
                var (text, expiresAt) = tickets.Issue(caller, request.HttpContext.Features.Get<StillGood>()?.EndsAt);
                request.HttpContext.Response.Headers.CacheControl = "no-store";
                return TypedResults.Created((string?)null, new TicketView(text, expiresAt));
            })
            .RequireScope(Scopes.PortfolioRead)
            .WithProblems("invalid-parameter")
            .AsFleeting()
            .WithName("CreateStreamTicket")
            .WithSummary("Makes a ticket with which a browser opens a stream")
            .WithDescription("Give it as `ticket` in the address of `/ws` or `/api/v1/events`, in place of a key. It is for this user and key, and " +
                "good for a minute, in which a stream has to begin; a stream goes on as long as the key is good. Each request makes another one.");
}

/// <summary>A ticket for a stream.</summary>
public sealed record TicketView(
    [property: Description("What to give as `ticket`; shown here only.")] string Ticket,
    [property: Description("Until when a stream can begin with it.")] DateTimeOffset ExpiresAt);
