using EventSourcing;
using Messaging;
using Microsoft.AspNetCore.Http.HttpResults;
using ServiceDefaults;

namespace Wallets;

/// <summary>
/// Whoever holds a key gets another in its place: for the same user, scopes and wallets, and no longer than it. The old one is
/// good for another hour, so that an answer that is lost shuts nobody out.
/// </summary>
internal static class RotateApiKey
{
    private static readonly TimeSpan Overlap = TimeSpan.FromHours(1);

    public sealed record Command(Guid NextKeyId, string Hash, DateTimeOffset At);

    public static (ApiKeyEvent.ApiKeyRotated Old, ApiKeyEvent.ApiKeyCreated Next) Decide(ApiKey key, Command command)
    {
        if (key.IsSession) throw new DomainException("conflict", "A session is not rotated; log in again.");
        if (key is not { Status: ApiKeyStatus.Active, Made: { } made }) throw new DomainException("key-not-found", "There is no such API key.");
        // A scope that is granted no longer is not granted anew.
        if (made.Scopes.Intersect(Scopes.All).ToList() is not { Count: > 0 } scopes)
            throw new DomainException("conflict", "The key has no scope that is still granted; ask an administrator for another.");
        var until = new[] { command.At + Overlap, made.ExpiresAt, key.RotatedUntil }.Min()!.Value;
        return (
            new(key.Id, command.NextKeyId, until, command.At),
            new(command.NextKeyId, key.UserId, made.Label, command.Hash, scopes, made.WalletIds, made.ExpiresAt, command.At));
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/api-keys/current/rotate", async Task<Created<ApiKeyView>> (
                Caller caller, EventStore store, Answers answers, TimeProvider time, HttpResponse response, CancellationToken ct) =>
            {
                var (key, version) = await store.LoadAsync<ApiKey, ApiKeyEvent>(caller.KeyId, ct);
                var secret = ApiKeySecret.New();
                var (old, next) = Decide(key, new(Guid.CreateVersion7(), secret.Hash, time.Now()));
                var view = new ApiKeyView(
                    next.KeyId, next.UserId, next.Label, next.Scopes, next.WalletIds, next.At, next.ExpiresAt, null, null);
                try
                {
                    await using var work = await store.BeginAsync(ct);
                    await work.RecordAsync(ApiKey.Category, key.Id, [old], version, Actor.Of(caller), ct);
                    await work.RecordAsync(ApiKey.Category, next.KeyId, [next], 0, Actor.Of(caller), ct);
                    // As with a key that is made: a repetition is shown its id and never the key.
                    await answers.CommitAsync(work, TypedResults.Created((string?)null, view), null, ct);
                }
                catch (WrongVersionException)
                {
                    throw new DomainException("conflict", "The key was rotated or revoked at the same moment; nothing was stored.");
                }

                response.Headers.CacheControl = "no-store";
                return TypedResults.Created((string?)null, view with { Key = secret.Text });
            })
            .WithSummary("Makes another API key in the place of the one that this request is made with, shown in this answer only.")
            .WithDescription("Any key may ask, whatever its scopes: the new one has the same label, scopes, wallets and end. The old one stops "
                + "working an hour later, or when it is revoked.")
            .WithProblems("key-not-found", "conflict");
}
