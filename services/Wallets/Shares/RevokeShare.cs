using EventSourcing;
using Messaging;
using Microsoft.AspNetCore.Http.HttpResults;
using ServiceDefaults;

namespace Wallets;

/// <summary>A share ends: whoever has its link sees nothing any more.</summary>
internal static class RevokeShare
{
    public static IReadOnlyList<ShareEvent> Decide(Share share, Guid owner, IReadOnlySet<Guid>? wallets, DateTimeOffset at)
    {
        if (!share.IsOf(owner, wallets)) throw new DomainException("share-not-found", "There is no such share.");
        return share.IsRevoked ? [] : [new ShareEvent.ShareRevoked(share.Id, at)];
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapDelete("/shares/{shareId:guid}", async Task<NoContent> (
                Guid shareId, Caller caller, EventStore store, Answers answers, TimeProvider time, CancellationToken ct) =>
            {
                var at = time.Now();
                if (await store.DecideAsync<Share, ShareEvent>(
                    shareId, share => Decide(share, caller.UserId, caller.Wallets, at), _ => Actor.Of(caller), ct) is { } position)
                    answers.Wrote(position);
                else
                    answers.WroteNothing(await store.HeadAsync(ct));
                return TypedResults.NoContent();
            })
            .RequireScope(Scopes.WalletsWrite)
            .WithSummary("Revokes a share: its link shows nothing any more.")
            .WithDescription("At once here, within seconds at other gateways. Revoking it again changes nothing.")
            .WithProblems("share-not-found");
}
