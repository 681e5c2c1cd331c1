using System.Net.Sockets;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Marten;
using Npgsql;

namespace EventSourcing;

/// <summary>Wires a service's database: data source, event store, wake-ups.</summary>
public static class EventSourcingModule
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Adds to Marten what it has not: the database of <c>ConnectionStrings:Database</c> with an <see cref="EventStore"/>
    /// whose works span several streams and the caller's rows, wake-ups, and a health check.
    /// </summary>
    public static IServiceCollection AddEventStore(this MartenServiceCollectionExtensions.MartenConfigurationExpression marten, EventTypes types)
    {
        var services = marten.UseNpgsqlDataSource().Services;
        services.ConfigureMarten(types.Configure);
        services.TryAddSingleton(provider => DataSource(
            provider.GetRequiredService<IConfiguration>().GetConnectionString("Database")
                ?? throw new InvalidOperationException("ConnectionStrings:Database is not set."),
            provider.GetService<ILoggerFactory>()));
        services.AddSingleton(types);
        services.TryAddSingleton<LogSignal>();
        services.TryAddSingleton<EventStore>();
        services.AddHostedService<LogNotifications>();
        services.AddHealthChecks().AddCheck<DatabaseHealth>("database");
        return services;
    }

    /// <summary>Applies the event store's migrations, then those of the given assemblies, as soon as the database answers.</summary>
    public static async Task MigrateAsync(this IServiceProvider services, params Assembly[] assemblies)
    {
        var log = services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(Migrations));
        while (true)
        {
            try
            {
                await Migrations.RunAsync(
                    services.GetRequiredService<NpgsqlDataSource>(), [typeof(EventSourcingModule).Assembly, .. assemblies],
                    services.GetService<IDocumentStore>());
                return;
            }
            // Also a server whose name is not known yet: after a machine's start everything comes up at once.
            catch (Exception exception) when (exception is NpgsqlException { IsTransient: true } or SocketException)
            {
                log.LogWarning("The database does not answer yet: {Reason}", exception.Message);
                await Task.Delay(Patience);
            }
        }
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
        // Marten's append function reckons an event's time in it.
        builder.ConnectionStringBuilder.Timezone = "UTC";
        // Metrics name the pool by this; otherwise by the whole connection string.
        builder.Name = builder.ConnectionStringBuilder.Database;
        if (loggers is not null) builder.UseLoggerFactory(loggers);
        return builder.Build();
    }
}
