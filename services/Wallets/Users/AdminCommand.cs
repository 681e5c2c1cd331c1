using EventSourcing;
using Npgsql;
using Postgres;
using ServiceDefaults;

namespace Wallets;

/// <summary>What the commands for administrators' keys have in common: one e-mail address in, one key out.</summary>
internal static class AdminCommand
{
    public static async Task<bool> TryRunAsync(
        string name, string[] args, Func<string[], IConfiguration, TextWriter, TextWriter, Task<int>> run)
    {
        if (args.FirstOrDefault() != name) return false;
        Environment.ExitCode = await run(args[1..], Configuration(), Console.Out, Console.Error);
        return true;
    }

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

    private static IConfiguration Configuration() => new ConfigurationBuilder()
        .SetBasePath(AppContext.BaseDirectory)
        .AddJsonFile("appsettings.json", optional: true)
        .AddEnvironmentVariables()
        .Build();
}
