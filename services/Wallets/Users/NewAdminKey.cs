using EventSourcing;
using Npgsql;
using ServiceDefaults;

namespace Wallets;

/// <summary>
/// <c>dotnet Wallets.dll new-admin-key --email x</c>: for an administrator whose key is lost, makes another with all scopes,
/// enables them if they were disabled, and prints the key. Exit code 0: done; 1: wrong use or configuration; 2: no such one.
/// </summary>
internal static class NewAdminKey
{
    private const string Usage = "Usage: dotnet Wallets.dll new-admin-key --email <address>";

    public static ProgramCommand Command { get; } = AdminCommand.Named("new-admin-key", RunAsync);

    internal static Task<int> RunAsync(string[] options, IConfiguration configuration, TextWriter output, TextWriter error) =>
        AdminCommand.RunAsync(Usage, "There is no administrator of this e-mail address.", options, configuration, output, error, MakeAsync);

    private static async Task<ApiKeySecret?> MakeAsync(EventStore store, NpgsqlDataSource database, string email, DateTimeOffset now)
    {
        var found = await database.FirstAsync(UserView.Select + " where lower(email) = lower($1) and admin", [email], UserView.Read, default);
        if (found is null) return null;

        var (user, version) = await store.LoadAsync<User, UserEvent>(found.Id, default);
        var secret = ApiKeySecret.New();
        var key = new CreateApiKey.Command(Guid.CreateVersion7(), "Made by command", secret.Hash, Scopes.All, null, null, now);
        await using var work = await store.BeginAsync();
        await work.RecordAsync(ApiKey.Category, key.KeyId, CreateApiKey.Decide(user, key), 0, Actor.Command, default);
        var enabled = DisableUser.Decide(user, new(user.Id, Disabled: false, user.Id, now));
        if (enabled.Count > 0) await work.RecordAsync(User.Category, user.Id, enabled, version, Actor.Command, default);
        await work.CommitAsync();
        return secret;
    }
}
