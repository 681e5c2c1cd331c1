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
using Weasel.Core.Migrations;

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

    /// <summary>
    /// Makes the event log, then applies the migrations of the given assemblies, as soon as the database answers. What is
    /// waited for meanwhile is said again and again, with each try.
    /// </summary>
    public static Task MigrateAsync(
        this IServiceProvider services, IReadOnlyList<Assembly> assemblies, Func<string, Task>? say = null, CancellationToken ct = default) =>
        PatientlyAsync(services, async () =>
        {
            await MigrateAsync(services.GetRequiredService<NpgsqlDataSource>(), assemblies, services.GetService<IDocumentStore>(), ct);
            return null;
        }, say, ct);

    /// <summary>Waits until somebody else has made the event log and applied the migrations of the given assemblies.</summary>
    public static Task AwaitMigrationAsync(
        this IServiceProvider services, IReadOnlyList<Assembly> assemblies, Func<string, Task>? say = null, CancellationToken ct = default) =>
        PatientlyAsync(services, () => LackAsync(
            services.GetRequiredService<NpgsqlDataSource>(), assemblies, services.GetRequiredService<IDocumentStore>(), ct), say, ct);

    /// <summary>The same at once, for those who run outside a host.</summary>
    /// <exception cref="SchemaException">The database is newer than the program, or an applied script was edited.</exception>
    public static Task MigrateAsync(
        NpgsqlDataSource database, IReadOnlyList<Assembly> assemblies, IDocumentStore? marten = null, CancellationToken ct = default)
    {
        var storage = (marten ?? EventTypes.Of().Open(database)).Storage;
        return Migrations.RunAsync(database, [typeof(EventSourcingModule).Assembly, .. assemblies],
            () => storage.ApplyAllConfiguredChangesToDatabaseAsync(AutoCreate.CreateOrUpdate), ct);
    }

    // What the database lacks of this program's schema, or null.
    private static async Task<string?> LackAsync(
        NpgsqlDataSource database, IReadOnlyList<Assembly> assemblies, IDocumentStore marten, CancellationToken ct)
    {
        if (await Migrations.MissingAsync(database, [typeof(EventSourcingModule).Assembly, .. assemblies], ct) is { } script)
            return $"the schema lacks the migration {script}";

        try
        {
            await marten.Storage.Database.AssertDatabaseMatchesConfigurationAsync(ct);
            return null;
        }
        catch (DatabaseValidationException)
        {
            return "the event log's tables are not yet this program's";
        }
    }

    private static async Task PatientlyAsync(
        IServiceProvider services, Func<Task<string?>> tryAsync, Func<string, Task>? say, CancellationToken ct)
    {
        var log = services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(Migrations));
        var told = "";
        while (true)
        {
            string reason, detail = "";
            try
            {
                if (await tryAsync() is not { } lack) return;
                reason = lack;
            }
            // Also a server whose name is not known yet: after a machine's start everything comes up at once.
            catch (Exception exception) when (exception is NpgsqlException { IsTransient: true } or SocketException)
            {
                // Where it is and why is for the log only.
                (reason, detail) = ("the database does not answer yet", $": {exception.Message}");
            }

            if (reason + detail != told) log.LogWarning("Waiting: {Reason}", told = reason + detail);
            if (say is not null) await say(reason);
            await Task.Delay(Patience, ct);
        }
    }
}
