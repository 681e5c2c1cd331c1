using Messaging;
using System.ComponentModel;
using EventSourcing;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using ServiceDefaults;

namespace Wallets;

/// <summary>An administrator makes a user; the e-mail address is unique, whatever its case.</summary>
internal static class CreateUser
{
    public sealed record Request(
        [property: Description("Unique, whatever its case.")] string Email,
        [property: Description("Whether the user's keys may have the scope `admin`.")] bool Admin = false);

    public sealed record Command(Guid UserId, string Email, bool Admin, DateTimeOffset At);

    public static IReadOnlyList<UserEvent> Decide(User user, Command command) =>
        user.Exists ? [] : [new UserEvent.UserCreated(command.UserId, command.Email, command.Admin, command.At)];

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/users", async Task<Created<UserView>> (
                Request request, Caller caller, EventStore store, Answers answers, TimeProvider time, CancellationToken ct) =>
            {
                var command = new Command(Guid.CreateVersion7(), Email.Parse(request.Email), request.Admin, time.Now());
                var answer = TypedResults.Created((string?)null, new UserView(command.UserId, command.Email, command.Admin, command.At));
                await using var work = await store.BeginAsync(ct);
                await StoreAsync(work, command, Actor.Of(caller), ct);
                await answers.CommitAsync(work, answer, null, ct);
                return answer;
            })
            .RequireScope(Scopes.Admin)
            .WithSummary("Makes a user.")
            .WithExample(new Request("someone@example.org"))
            .WithProblems("user-exists");

    /// <summary>Puts the new user into the work.</summary>
    /// <exception cref="DomainException"><c>user-exists</c>.</exception>
    public static async Task StoreAsync(Work work, Command command, Actor by, CancellationToken ct)
    {
        try
        {
            await work.RecordAsync(User.Category, command.UserId, Decide(User.Initial, command), 0, by, ct);
        }
        catch (PostgresException e) when (e.IsTaken("users_email"))
        {
            throw new DomainException("user-exists", "A user with this e-mail address exists.", "/email");
        }
    }
}
