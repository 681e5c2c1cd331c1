using Npgsql;
using Postgres;

namespace Portfolio;

/// <summary>
/// The service's database with one plan for each statement: every join a look-up by index, planned once for any values.
/// Left to itself PostgreSQL keeps the plan of the first minutes, when the tables were empty and reading all of them was
/// cheapest, until statistics are gathered; a large import is over by then.
/// </summary>
internal static class GenericPlans
{
    private const string Settings =
        "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off";

    /// <summary>The data source of a connection string, with the plans fixed.</summary>
    public static NpgsqlDataSource DataSource(string connectionString, ILoggerFactory? loggers = null)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        settings.Options = $"{settings.Options} {Settings}".TrimStart();
        return PostgresModule.DataSource(settings.ConnectionString, loggers);
    }
}
