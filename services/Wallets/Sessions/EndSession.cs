using EventSourcing;
using Microsoft.AspNetCore.Http.HttpResults;
using ServiceDefaults;

namespace Wallets;

/// <summary>Somebody logs out: their session is good no more, and neither is whoever has copied its text.</summary>
internal static class EndSession
{
    public static IReadOnlyList<ApiKeyEvent> Decide(ApiKey key, DateTimeOffset at)
    {
        if (key.Status is ApiKeyStatus.Missing || !key.IsSession)
            throw new DomainException("conflict", "This is no session: a key is revoked at /api/v1/api-keys.");
        return key.Status is ApiKeyStatus.Revoked ? [] : [new ApiKeyEvent.SessionEnded(key.Id, at)];
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapDelete("/internal/sessions/{keyId:guid}", async Task<NoContent> (
                Guid keyId, EventStore store, TimeProvider time, CancellationToken ct) =>
            {
                var at = time.Now();
                await store.DecideAsync<ApiKey, ApiKeyEvent>(
                    keyId, session => Decide(session, at), session => new(session.UserId, keyId), ct);
                return TypedResults.NoContent();
            })
            .InternalOnly("gateway");
}
