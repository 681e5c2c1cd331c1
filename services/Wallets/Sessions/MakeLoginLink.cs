using EventSourcing;
using Npgsql;
using ServiceDefaults;

namespace Wallets;

/// <summary>
/// <c>dotnet Wallets.dll login-link --email x</c>: prints what lets this user in once, within ten minutes, at the gateway's page
/// <c>/login#…</c>. Exit code 0: done; 1: wrong use or configuration; 2: there is no such user, or they are disabled.
/// </summary>
internal static class MakeLoginLink
{
    public const string Prefix = "wl_";
    private const string Usage = "Usage: dotnet Wallets.dll login-link --email <address>";
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    public static ProgramCommand Command { get; } = AdminCommand.Named("login-link", RunAsync);

    public static LoginLinkEvent.LoginLinkMade Decide(User user, Guid linkId, string hash, DateTimeOffset at)
    {
        if (!user.Exists || user.DisabledAt is not null) throw new DomainException("user-not-found", "There is no such user, or they are disabled.");
        return new(linkId, user.Id, hash, at + Lifetime, at);
    }

    internal static Task<int> RunAsync(string[] options, IConfiguration configuration, TextWriter output, TextWriter error) =>
        AdminCommand.RunAsync(Usage, "There is no user of this e-mail address, or they are disabled.", options, configuration, output, error,
            MakeAsync);

    private static async Task<ApiKeySecret?> MakeAsync(EventStore store, NpgsqlDataSource database, string email, DateTimeOffset now)
    {
        var found = await database.FirstAsync(UserView.Select + " where lower(email) = lower($1)", [email], UserView.Read, default);
        if (found is not { DisabledAt: null }) return null;

        var secret = ApiKeySecret.New(Prefix);
        var made = Decide((await store.LoadAsync<User, UserEvent>(found.Id)).State, Guid.CreateVersion7(), secret.Hash, now);
        await using var work = await store.BeginAsync();
        await work.RecordAsync(LoginLink.Category, made.LinkId, [made], 0, Actor.Command, default);
        await work.CommitAsync();
        return secret;
    }
}
