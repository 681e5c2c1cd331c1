using EventSourcing;
using Messaging;
using Microsoft.AspNetCore.Http.HttpResults;
using ServiceDefaults;

namespace Wallets;

/// <summary>A key ends: at an administrator's order, or by itself, so that whoever leaked a key can end it at once.</summary>
internal static class RevokeApiKey
{
    public sealed record Command(Guid KeyId, DateTimeOffset At);

    public static IReadOnlyList<ApiKeyEvent> Decide(ApiKey key, Command command) => key.Status switch
    {
        ApiKeyStatus.Missing => throw new DomainException("key-not-found", "There is no such API key."),
        ApiKeyStatus.Revoked => [],
        _ => [new ApiKeyEvent.ApiKeyRevoked(command.KeyId, command.At)],
    };

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapDelete("/api-keys/{keyId:guid}", async Task<NoContent> (
                Guid keyId, Caller caller, EventStore store, Answers answers, TimeProvider time, CancellationToken ct) =>
            {
                if (keyId != caller.KeyId && !caller.Has(Scopes.Admin))
                    throw new DomainException("key-not-found", "There is no such API key.");

                var (key, version) = await store.LoadAsync<ApiKey, ApiKeyEvent>(keyId, ct);
                if (Decide(key, new(keyId, time.Now())) is not { Count: > 0 } events
                    || await StoreAsync(store, keyId, events, version, caller, ct) is not { } position)
                    answers.WroteNothing(await store.HeadAsync(ct));
                else
                    answers.Wrote(position);
                return TypedResults.NoContent();
            })
            .WithSummary("Revokes an API key.")
            .WithDescription(
                "With the scope admin any key, else only the one that this request is made with. It stops working at once; revoking it again " +
                "changes nothing.")
            .WithProblems("key-not-found");

    private static async Task<long?> StoreAsync(
        EventStore store, Guid keyId, IReadOnlyList<ApiKeyEvent> events, long version, Caller caller, CancellationToken ct)
    {
        try
        {
            await using var work = await store.BeginAsync(ct);
            await work.RecordAsync(ApiKey.Category, keyId, events, version, Actor.Of(caller), ct);
            return (await work.CommitAsync(ct)).Position;
        }
        catch (WrongVersionException)
        {
            // The only thing that can have come in between is another revocation.
            return null;
        }
    }
}
