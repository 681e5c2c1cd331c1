using System.Reflection;
using EventSourcing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;
using Postgres;
using ServiceDefaults;

namespace Messaging;

/// <summary>A service's database has its program's schema before anything else begins.</summary>
public static class SchemaStart
{
    /// <summary>
    /// Migrates, or waits until somebody has (<c>Schema:Migrate</c>), then runs the service. Readiness says meanwhile what is
    /// waited for.
    /// </summary>
    public static async Task ServeAsync(this WebApplication app, IReadOnlyList<Assembly> migrations)
    {
        var migrates = app.Services.GetRequiredService<IOptions<SchemaOptions>>().Value.Migrate;
        var isThere = await WaitingRoom.WhileAsync(app, "schema", (room, ct) => migrates
            ? app.Services.MigrateAsync(migrations, room.SayAsync, ct)
            : app.Services.AwaitMigrationAsync(migrations, room.SayAsync, ct));
        if (isThere) await app.RunAsync();
    }

    /// <summary>
    /// <c>dotnet X.dll migrate</c>: brings the database to this program's schema, as soon as it answers, and ends. Needs nothing
    /// but the connection string. Exit code 0: it is there; 1: it cannot be.
    /// </summary>
    public static ProgramCommand MigrateCommand(Func<string[], WebApplication> build, IReadOnlyList<Assembly> migrations) =>
        new("migrate", async args =>
        {
            await using var app = build(args);
            if (string.IsNullOrWhiteSpace(app.Configuration.GetConnectionString("Database")))
                return await FailAsync("ConnectionStrings:Database is required (environment variable ConnectionStrings__Database).");

            try
            {
                await app.Services.MigrateAsync(migrations, what => Console.Out.WriteLineAsync($"waiting: {what}"));
                Console.WriteLine("the database has this program's schema");
                return 0;
            }
            catch (Exception e) when (e is SchemaException or NpgsqlException or ArgumentException)
            {
                return await FailAsync(e.Message);
            }
        });

    private static async Task<int> FailAsync(string why)
    {
        await Console.Error.WriteLineAsync(why);
        return 1;
    }
}
