using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using ServiceDefaults;

namespace Gateway;

/// <summary><c>GET /api/v1/session</c>: who is here, so that a page knows whether to ask for a key.</summary>
internal static class CurrentSession
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/session", Ok<SessionView> (HttpContext context, Caller caller, IOptions<GatewayOptions> options) =>
            {
                OwnAnswers.RequirePlain(context.Request);
                context.Response.Headers.CacheControl = "no-store";
                return TypedResults.Ok(SessionView.Of(
                    caller, context.Features.Get<Holder>()?.Name, context.Features.Get<StillGood>()?.EndsAt, options.Value));
            })
            .AsFleeting()
            .WithName("GetSession")
            .WithSummary("Shows who is logged in")
            .WithDescription("Whose session the cookie is, what it may do and when it ends. A key or a token in a header is answered alike.");
}
