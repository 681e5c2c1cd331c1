using Microsoft.AspNetCore.Http.HttpResults;
using ServiceDefaults;

namespace Gateway;

/// <summary><c>DELETE /api/v1/session</c>: the session is good no more, here at once and within seconds at other gateways.</summary>
internal static class LogOut
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapDelete("/api/v1/session", async Task<NoContent> (
                HttpContext context, Caller caller, WalletsSessions sessions, ApiKeyLookUp lookUp, CancellationToken ct) =>
            {
                OwnAnswers.RequirePlain(context.Request);
                await sessions.EndAsync(caller.KeyId, ct);
                lookUp.Forget([caller.KeyId]);
                SessionCookie.Clear(context);
                return TypedResults.NoContent();
            })
            .WithProblems("conflict")
            .AsFleeting()
            .WithName("LogOut")
            .WithSummary("Ends the session")
            .WithDescription("Its cookie is taken away, its streams end. A key in a header is no session, and stays.");
}
