using EventSourcing;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using ServiceDefaults;

namespace Wallets;

/// <summary>
/// Somebody logs in, by a key or by a link. Their session is a key of its own, for twelve hours at most, of which only the gateway and the
/// browser have the text. It may do what the key may, and ends with it.
/// </summary>
internal static class BeginSession
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    /// <param name="Hash">Of the text that the gateway made for the session.</param>
    /// <param name="Key">The hash of the key that is shown; or</param>
    /// <param name="Link">that of the link.</param>
    public sealed record Request(string Hash, string? Key = null, string? Link = null);

    public sealed record Command(Guid SessionId, string Hash, DateTimeOffset At);

    /// <summary>By a key that is good.</summary>
    public static ApiKeyEvent.SessionBegun Decide(VerifyApiKey.Verified key, Command command)
    {
        // Else one log-in could go on for ever.
        if (key.SessionOf is not null) throw Refused("A session is not begun with another.");
        var until = key.ExpiresAt < command.At + Lifetime ? key.ExpiresAt.Value : command.At + Lifetime;
        return new(command.SessionId, key.UserId, command.Hash, key.Scopes, key.WalletIds, key.KeyId, until, command.At);
    }

    /// <summary>By a link that nobody has used.</summary>
    public static (LoginLinkEvent.LoginLinkUsed Link, ApiKeyEvent.SessionBegun Session) Decide(LoginLink link, User user, Command command)
    {
        if (link.Id == Guid.Empty) throw Refused("There is no such link.");
        if (link.IsUsed) throw Refused("The link was used already.");
        if (link.ExpiresAt <= command.At) throw Refused("The link's time is over.");
        if (user.DisabledAt is not null) throw Refused("The user was disabled.", "user-disabled");
        return (
            new(link.Id, command.SessionId, command.At),
            new(command.SessionId, user.Id, command.Hash, VerifyUser.ScopesOf(user.IsAdmin), null, link.Id, command.At + Lifetime, command.At));
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/internal/sessions", async Task<Ok<VerifyApiKey.Verified>> (
                Request request, EventStore store, NpgsqlDataSource database, TimeProvider time, CancellationToken ct) =>
            {
                var command = new Command(Guid.CreateVersion7(), request.Hash, time.Now());
                if (request.Key is { } key)
                    await BeginAsync(store, Decide(await VerifyApiKey.FindAsync(database, "hash", key, command.At, ct), command), ct);
                else
                    await UseLinkAsync(store, database, request.Link ?? "", command, ct);
                return TypedResults.Ok(await VerifyApiKey.FindAsync(database, "key_id", command.SessionId, command.At, ct));
            })
            .InternalOnly("gateway");

    private static async Task BeginAsync(EventStore store, ApiKeyEvent.SessionBegun begun, CancellationToken ct)
    {
        await using var work = await store.BeginAsync(ct);
        await work.RecordAsync(ApiKey.Category, begun.KeyId, [begun], 0, new(begun.UserId, begun.SessionOf), ct);
        await work.CommitAsync(ct);
    }

    private static async Task UseLinkAsync(EventStore store, NpgsqlDataSource database, string hash, Command command, CancellationToken ct)
    {
        var id = await database.FirstAsync("select link_id from login_links where hash = $1", [hash], row => (object)row.GetGuid(0), ct);
        var (link, version) = await store.LoadAsync<LoginLink, LoginLinkEvent>(id is Guid known ? known : Guid.Empty, ct);
        var (used, begun) = Decide(link, (await store.LoadAsync<User, UserEvent>(link.UserId, ct)).State, command);
        var by = new Actor(link.UserId, null);
        try
        {
            await using var work = await store.BeginAsync(ct);
            await work.RecordAsync(LoginLink.Category, link.Id, [used], version, by, ct);
            await work.RecordAsync(ApiKey.Category, begun.KeyId, [begun], 0, by, ct);
            await work.CommitAsync(ct);
        }
        catch (WrongVersionException)
        {
            throw Refused("The link was used already.");
        }
    }

    private static DomainException Refused(string detail, string code = "unauthorized") => new("key-not-found", detail, [new("", code, detail)]);
}
