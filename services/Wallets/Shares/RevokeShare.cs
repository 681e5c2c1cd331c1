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
                var (share, version) = await store.LoadAsync<Share, ShareEvent>(shareId, ct);
                if (Decide(share, caller.UserId, caller.Wallets, time.Now()) is not { Count: > 0 } events
                    || await StoreAsync(store, shareId, events, version, caller, ct) is not { } position)
                    answers.WroteNothing(await store.HeadAsync(ct));
                else
                    answers.Wrote(position);
                return TypedResults.NoContent();
            })
            .RequireScope(Scopes.WalletsWrite)
            .WithSummary("Revokes a share: its link shows nothing any more.")
            .WithDescription("At once here, within seconds at other gateways. Revoking it again changes nothing.")
            .WithProblems("share-not-found");

    private static async Task<long?> StoreAsync(
        EventStore store, Guid shareId, IReadOnlyList<ShareEvent> events, long version, Caller caller, CancellationToken ct)
    {
        try
        {
            await using var work = await store.BeginAsync(ct);
            await work.RecordAsync(Share.Category, shareId, events, version, Actor.Of(caller), ct);
            return (await work.CommitAsync(ct)).Position;
        }
        catch (WrongVersionException)
        {
            // The only thing that can have come in between is another revocation.
            return null;
        }
    }
}
