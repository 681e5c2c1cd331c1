using EventSourcing;
using Npgsql;
using Postgres;
using ServiceDefaults;

namespace Wallets;

/// <summary>What the commands for administrators' keys have in common: one e-mail address in, one key out.</summary>
internal static class AdminCommand
{
    public static ProgramCommand Named(string name, Func<string[], IConfiguration, TextWriter, TextWriter, Task<int>> run) =>
        new(name, async options =>
        {
            var configuration = new ConfigurationManager();
            configuration.SetBasePath(AppContext.BaseDirectory).AddJsonFile("appsettings.json", optional: true).AddEnvironmentVariables();
            if (configuration.AddSecretFiles() is not { Count: > 0 } errors) return await run(options, configuration, Console.Out, Console.Error);
            foreach (var error in errors) await Console.Error.WriteLineAsync(error);
            return 1;
        });

    /// <summary>Prints the key that is made; without one the refusal, and 2.</summary>
    public static async Task<int> RunAsync(
        string usage, string refusal, string[] options, IConfiguration configuration, TextWriter output, TextWriter error,
        Func<EventStore, NpgsqlDataSource, string, DateTimeOffset, Task<ApiKeySecret?>> make)
    {
        if (options is not ["--email", var email]) return await FailAsync(1, usage);
        if (configuration.GetConnectionString("Database") is not { Length: > 0 } connection)
            return await FailAsync(1, "ConnectionStrings:Database is required (environment variable ConnectionStrings__Database).");

        try
        {
            await using var database = PostgresModule.DataSource(connection);
            await EventSourcingModule.MigrateAsync(database, WalletsModule.Migrations);
            var store = new EventStore(database, StoredEvents.Types, new LogSignal());
            if (await make(store, database, Email.Parse(email), TimeProvider.System.Now()) is not { } secret) return await FailAsync(2, refusal);
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
}
