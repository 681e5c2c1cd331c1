using System.Net.Sockets;
using System.Reflection;
using JasperFx;
using Marten;
using Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Npgsql;
using Postgres;

namespace EventSourcing;

/// <summary>Wires a service's event log.</summary>
public static class EventSourcingModule
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Adds to Marten what it has not: an <see cref="EventStore"/> whose works span several streams and the caller's rows,
    /// and wake-ups between processes.
    /// </summary>
    public static IServiceCollection AddEventStore(this MartenServiceCollectionExtensions.MartenConfigurationExpression marten, EventTypes types)
    {
        var services = marten.UseNpgsqlDataSource().Services.AddDatabase();
        services.ConfigureMarten(types.Configure);
        services.AddSingleton(types);
        services.AddMetricCatalogue(EventSourcingMetrics.Catalogue);
        services.TryAddSingleton<LogSignal>();
        services.TryAddSingleton<EventStore>();
        services.AddHostedService<LogNotifications>();
        return services;
    }

    /// <summary>Makes the event log, then applies the migrations of the given assemblies, as soon as the database answers.</summary>
    public static async Task MigrateAsync(this IServiceProvider services, params Assembly[] assemblies)
    {
        var log = services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(Migrations));
        while (true)
        {
            try
            {
                await MigrateAsync(services.GetRequiredService<NpgsqlDataSource>(), assemblies, services.GetService<IDocumentStore>());
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

    /// <summary>The same at once, for those who run outside a host.</summary>
    /// <exception cref="SchemaException">The database is newer than the program, or an applied script was edited.</exception>
    public static Task MigrateAsync(
        NpgsqlDataSource database, IReadOnlyList<Assembly> assemblies, IDocumentStore? marten = null, CancellationToken ct = default)
    {
        var storage = (marten ?? EventTypes.Of().Open(database)).Storage;
        return Migrations.RunAsync(database, [typeof(EventSourcingModule).Assembly, .. assemblies],
            () => storage.ApplyAllConfiguredChangesToDatabaseAsync(AutoCreate.CreateOrUpdate), ct);
    }
}
