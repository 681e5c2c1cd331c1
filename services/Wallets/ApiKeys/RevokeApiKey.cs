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

                var command = new Command(keyId, time.Now());
                if (await store.DecideAsync<ApiKey, ApiKeyEvent>(keyId, key => Decide(key, command), _ => Actor.Of(caller), ct) is { } position)
                    answers.Wrote(position);
                else
                    answers.WroteNothing(await store.HeadAsync(ct));
                return TypedResults.NoContent();
            })
            .WithSummary("Revokes an API key.")
            .WithDescription(
                "With the scope admin any key, else only the one that this request is made with. It stops working at once; revoking it again " +
                "changes nothing.")
            .WithProblems("key-not-found");
}
