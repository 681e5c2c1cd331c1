using Messaging;
using System.ComponentModel;
using EventSourcing;
using Microsoft.AspNetCore.Http.HttpResults;
using ServiceDefaults;

namespace Wallets;

/// <summary>An administrator shuts a user out, or lets them in again. What is the user's stays as it is.</summary>
internal static class DisableUser
{
    public sealed record Request([property: Description("Whether the user is to be shut out: no key of theirs is good then.")] bool Disabled);

    /// <param name="By">Whoever decides; administrators do not shut themselves out, so one is always left.</param>
    public sealed record Command(Guid UserId, bool Disabled, Guid By, DateTimeOffset At);

    public static IReadOnlyList<UserEvent> Decide(User user, Command command)
    {
        if (!user.Exists) throw new DomainException("user-not-found", "There is no such user.");
        if (command.Disabled && command.UserId == command.By)
            throw new DomainException("conflict", "Nobody disables themselves; another administrator can.");
        if (command.Disabled == user.DisabledAt is not null) return [];
        return [command.Disabled ? new UserEvent.UserDisabled(user.Id, command.At) : new UserEvent.UserEnabled(user.Id, command.At)];
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPatch("/users/{userId:guid}", async Task<Ok<UserView>> (
                Guid userId, Request request, IfMatch ifMatch, Caller caller, EventStore store, Answers answers, TimeProvider time,
                CancellationToken ct) =>
            {
                var (user, version) = await store.LoadAsync<User, UserEvent>(userId, ct);
                var events = Decide(user, new(userId, request.Disabled, caller.UserId, time.Now()));
                ifMatch.Require(() => UserView.Of(user));
                if (events.Count == 0) answers.WroteNothing(await store.HeadAsync(ct));
                else answers.Wrote(await StoreAsync(store, userId, events, version, caller, ct));
                return TypedResults.Ok(UserView.Of(events.Aggregate(user, User.Evolve)));
            })
            .RequireScope(Scopes.Admin)
            .WithEntityTag()
            .WithSummary("Disables a user, or enables them again.")
            .WithDescription("A disabled user's keys are not good any more, within seconds at other gateways; wallets and their history stay.")
            .WithExample(new Request(true))
            .WithProblems("user-not-found", "conflict");

    private static async Task<long> StoreAsync(
        EventStore store, Guid userId, IReadOnlyList<UserEvent> events, long version, Caller caller, CancellationToken ct)
    {
        try
        {
            await using var work = await store.BeginAsync(ct);
            await work.RecordAsync(User.Category, userId, events, version, Actor.Of(caller), ct);
            return (await work.CommitAsync(ct)).Position;
        }
        catch (WrongVersionException)
        {
            throw new DomainException("conflict", "The user is being changed by somebody else; nothing was stored. Try again.");
        }
    }
}
