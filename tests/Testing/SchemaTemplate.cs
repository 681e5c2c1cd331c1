using System.Collections.Concurrent;
using Npgsql;

namespace Testing;

/// <summary>
/// A schema that is made once for each server and copied for every database that wants it: that takes a small part of the time of
/// migrating. The copies of one run; the server's next start knows nothing of them.
/// </summary>
public sealed class SchemaTemplate(Func<NpgsqlDataSource, Task> migrate)
{
    private readonly ConcurrentDictionary<string, Lazy<Task<string>>> made = [];

    /// <summary>The name of the database to copy, on the server of this connection string.</summary>
    internal Task<string> OnAsync(string admin) => made.GetOrAdd(admin, _ => new(() => MakeAsync(admin))).Value;

    private async Task<string> MakeAsync(string admin)
    {
        var database = await TestDatabase.Create(admin);
        // Nobody may be connected to what is copied.
        await using (var pool = NpgsqlDataSource.Create(database.ConnectionString)) await migrate(pool);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => database.DisposeAsync().AsTask().Wait(TimeSpan.FromSeconds(5));
        return database.Name;
    }
}
