using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Postgres;

/// <summary>Wires a service's database.</summary>
public static class PostgresModule
{
    /// <summary>Adds the data source of <c>ConnectionStrings:Database</c>, unless there is one, and its health check.</summary>
    public static IServiceCollection AddDatabase(this IServiceCollection services)
    {
        services.TryAddSingleton(provider => DataSource(
            provider.GetRequiredService<IConfiguration>().GetConnectionString("Database")
                ?? throw new InvalidOperationException("ConnectionStrings:Database is not set."),
            provider.GetService<ILoggerFactory>()));
        services.AddHealthChecks().AddCheck<DatabaseHealth>("database");
        return services;
    }

    /// <summary>
    /// A data source as every part of the system uses it: statements that recur are prepared by themselves, and a
    /// connection goes back to the pool as it is, so nobody changes a session's settings beyond its transaction.
    /// </summary>
    public static NpgsqlDataSource DataSource(string connectionString, ILoggerFactory? loggers = null)
    {
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        builder.ConnectionStringBuilder.MaxAutoPrepare = 100;
        builder.ConnectionStringBuilder.AutoPrepareMinUsages = 2;
        builder.ConnectionStringBuilder.NoResetOnClose = true;
        // The event log's append function reckons an event's time in it.
        builder.ConnectionStringBuilder.Timezone = "UTC";
        // Metrics name the pool by this; otherwise by the whole connection string.
        builder.Name = builder.ConnectionStringBuilder.Database;
        if (loggers is not null) builder.UseLoggerFactory(loggers);
        return builder.Build();
    }
}
