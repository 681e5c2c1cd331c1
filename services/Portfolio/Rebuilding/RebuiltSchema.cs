using EventSourcing;
using Npgsql;
using Postgres;

namespace Portfolio.Rebuilding;

/// <summary>
/// The schema beside the live one in which a rebuild makes the read model anew: the service's own migrations, found first
/// on the search path, and the checkpoints of how far it is.
/// </summary>
internal sealed class RebuiltSchema(NpgsqlDataSource live, string connectionString)
{
    public const string Name = "rebuild";
    public const string RunTable = "rebuild_run";

    // Rows made by another version's code may be what is to be found wrong.
    private static readonly string Program = string.Join(' ', new[] { typeof(RebuiltSchema), typeof(Messaging.IInbox), typeof(Contracts.Contract) }
        .Select(type => type.Assembly.ManifestModule.ModuleVersionId.ToString("N")));

    /// <summary>
    /// The service's data source but for the schema, and for waiting for the disk: what a crash takes, a checkpoint
    /// with it, is replayed.
    /// </summary>
    public NpgsqlDataSource Open()
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { SearchPath = Name };
        settings.Options = $"{settings.Options} -c synchronous_commit=off".TrimStart();
        return GenericPlans.DataSource(settings.ConnectionString);
    }

    /// <summary>Makes the schema, unless one that this version began is left over: then true, and it is gone on with.</summary>
    public async Task<bool> PrepareAsync(NpgsqlDataSource rebuilt, TextWriter output, CancellationToken ct)
    {
        var left = await LeftOverAsync(ct);
        if (left == Program) return true;
        if (left is not null)
            await output.WriteLineAsync($"a left-over in the schema '{Name}' was not finished, or made by another version: begun anew");
        await DropAsync(ct);
        await ExecuteAsync($"create schema {Name}", ct);
        var own = typeof(RebuiltSchema).Assembly;
        await EventSourcingModule.MigrateAsync(rebuilt, [.. PortfolioModule.Migrations.Where(assembly => assembly != own)], ct: ct);
        // What is there by now is the building blocks', not the read model's.
        await ExecuteAsync($"""
            create table {Name}.{RunTable} as
            select ''::text as program, array(select relname::text from pg_class
                where relnamespace = '{Name}'::regnamespace and relkind = 'r') as machinery
            """, ct);
        await Migrations.RunAsync(rebuilt, [own], ct: ct);
        // Last, so that a schema that says whose it is is whole.
        await ExecuteAsync($"update {Name}.{RunTable} set program = '{Program}'", ct);
        return false;
    }

    /// <exception cref="RebuildException">The live schema is another version's.</exception>
    public async Task RequireSameVersionAsync(CancellationToken ct)
    {
        var different = await live.ScalarAsync<string>($"""
            select string_agg(format('%s %s', series, number), ', ')
            from (select series, number, checksum from public.schema_migrations) l
            full join (select series, number, checksum from {Name}.schema_migrations) r using (series, number, checksum)
            where l is null or r is null
            """, null, ct);
        if (different is not null)
            throw new RebuildException($"The live schema is of another version than this program ({different}): start the service of this version " +
                "first.");
    }

    public Task DropAsync(CancellationToken ct) => ExecuteAsync($"drop schema if exists {Name} cascade", ct);

    // Empty where a schema is there that nobody finished.
    private async Task<string?> LeftOverAsync(CancellationToken ct)
    {
        var found = await live.ScalarAsync<string>(
            $"select case when to_regnamespace('{Name}') is null then null else coalesce(to_regclass('{Name}.{RunTable}')::text, '') end", null, ct);
        return found is null or "" ? found : await live.ScalarAsync<string>($"select program from {Name}.{RunTable}", null, ct) ?? "";
    }

    private async Task ExecuteAsync(string sql, CancellationToken ct)
    {
        await using var command = live.CreateCommand(sql);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync(ct);
    }
}
