using EventSourcing;
using Npgsql;
using Postgres;
using ServiceDefaults;

namespace Wallets;

/// <summary>
/// <c>dotnet Wallets.dll create-admin --email x</c>: makes the first administrator with a key of all scopes and prints
/// the key. Exit code 0: done; 1: wrong use or configuration; 2: there is an administrator already.
/// </summary>
internal static class CreateAdmin
{
    private const string Usage = "Usage: dotnet Wallets.dll create-admin --email <address>";

    /// <summary>True when the arguments asked for it; the process's exit code is then set.</summary>
    public static async Task<bool> TryRunAsync(string[] args)
    {
        if (args is not ["create-admin", .. var options]) return false;
        Environment.ExitCode = await RunAsync(options, Configuration(), Console.Out, Console.Error);
        return true;
    }

    internal static async Task<int> RunAsync(string[] options, IConfiguration configuration, TextWriter output, TextWriter error)
    {
        if (options is not ["--email", var email]) return await FailAsync(1, Usage);
        if (configuration.GetConnectionString("Database") is not { Length: > 0 } connection)
            return await FailAsync(1, "ConnectionStrings:Database is required (environment variable ConnectionStrings__Database).");

        try
        {
            await using var database = PostgresModule.DataSource(connection);
            await EventSourcingModule.MigrateAsync(database, WalletsModule.Migrations);
            var secret = await CreateAsync(database, Email.Parse(email), TimeProvider.System.Now());
            if (secret is null) return await FailAsync(2, "There is an administrator already; the first one is made only once.");
            await output.WriteLineAsync(secret.Text);
            return 0;
        }
        catch (Exception e) when (e is DomainException or SchemaException or NpgsqlException or ArgumentException)
        {
            return await FailAsync(1, e.Message);
        }

        async Task<int> FailAsync(int code, string why)
        {
            await error.WriteLineAsync(why);
            return code;
        }
    }

    private static async Task<ApiKeySecret?> CreateAsync(NpgsqlDataSource database, string email, DateTimeOffset now)
    {
        var store = new EventStore(database, StoredEvents.Types, new LogSignal());
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
        await work.RecordAsync(ApiKey.Category, key.KeyId, CreateApiKey.Decide(new User(user.UserId, email, IsAdmin: true), key), 0, default);
        await CreateUser.StoreAsync(work, user, default);
        await work.CommitAsync();
        return secret;
    }

    private static IConfiguration Configuration() => new ConfigurationBuilder()
        .SetBasePath(AppContext.BaseDirectory)
        .AddJsonFile("appsettings.json", optional: true)
        .AddEnvironmentVariables()
        .Build();
}
