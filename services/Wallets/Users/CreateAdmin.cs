using EventSourcing;
using Npgsql;
using ServiceDefaults;

namespace Wallets;

/// <summary>
/// <c>dotnet Wallets.dll create-admin --email x</c>: makes the first administrator with a key of all scopes and prints
/// the key. Exit code 0: done; 1: wrong use or configuration; 2: there is an administrator already.
/// </summary>
internal static class CreateAdmin
{
    private const string Usage = "Usage: dotnet Wallets.dll create-admin --email <address>";

    public static ProgramCommand Command { get; } = AdminCommand.Named("create-admin", RunAsync);

    internal static Task<int> RunAsync(string[] options, IConfiguration configuration, TextWriter output, TextWriter error) =>
        AdminCommand.RunAsync(Usage, "There is an administrator already; the first one is made only once. For another key of theirs there is "
            + "new-admin-key.", options, configuration, output, error, CreateAsync);

    private static async Task<ApiKeySecret?> CreateAsync(EventStore store, NpgsqlDataSource _, string email, DateTimeOffset now)
    {
        await using var work = await store.BeginAsync();
        // Two commands at once must not both find no administrator.
        await using (var first = new NpgsqlCommand(
            "lock table users in share row exclusive mode; select exists (select from users where admin)", work.Connection))
        {
            if ((bool)(await first.ExecuteScalarAsync())!) return null;
        }

        var user = new CreateUser.Command(Guid.CreateVersion7(), email, Admin: true, now);
        var secret = ApiKeySecret.New();
        var key = new CreateApiKey.Command(Guid.CreateVersion7(), "First administrator", secret.Hash, Scopes.All, null, null, now);
        await work.RecordAsync(
            ApiKey.Category, key.KeyId, CreateApiKey.Decide(new User(user.UserId, email, IsAdmin: true), key), 0, Actor.Command, default);
        await CreateUser.StoreAsync(work, user, Actor.Command, default);
        await work.CommitAsync();
        return secret;
    }
}
