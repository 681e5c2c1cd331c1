using System.Reflection;
using System.Security.Authentication;
using Contracts;
using EventSourcing;
using MassTransit;
using Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServiceDefaults;

namespace Messaging;

/// <summary>Wires a service to the broker and to the other services' logs.</summary>
public static class MessagingModule
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan DrainWithin = TimeSpan.FromSeconds(20);

    /// <summary>Holds messaging's migrations, which a service applies before its own.</summary>
    public static Assembly Assembly => typeof(MessagingModule).Assembly;

    /// <summary>
    /// Adds what the service says and hears, under its name. The process starts without a broker or a database and waits
    /// for them; readiness shows it. Needs the event store and the service defaults.
    /// </summary>
    public static TBuilder AddMessaging<TBuilder>(this TBuilder builder, string service, Action<MessagingBuilder> configure)
        where TBuilder : IHostApplicationBuilder
    {
        var services = builder.Services;
        services.AddValidatedOptions<RabbitMqOptions>(RabbitMqOptions.Section);
        services.AddValidatedOptions<MessagingOptions>(MessagingOptions.Section);
        services.AddValidatedOptions<SchemaOptions>(SchemaOptions.Section);
        services.TryAddSingleton(TimeProvider.System);
        services.AddHttpClient();
        services.AddSingleton<FeedClient>();
        services.AddSingleton(provider => new InboxCatchUp(provider.GetServices<Inbox>(), provider.GetRequiredService<ILogger<InboxCatchUp>>()));
        services.AddSingleton<IReadYourWrites>(provider =>
            new ReadYourWrites(provider.GetServices<Inbox>(), service == Sources.Wallets ? provider.GetRequiredService<EventStore>() : null));
        services.AddSingleton<DueSignal>();
        services.AddSingleton<Leases>();
        services.Configure<MassTransitHostOptions>(host =>
        {
            host.WaitUntilStarted = false;
            host.StopTimeout = DrainWithin + TimeSpan.FromSeconds(5);
            host.ConsumerStopTimeout = DrainWithin;
        });

        var messaging = new MessagingBuilder(service, services);
        configure(messaging);
        services.AddMetricCatalogue(MessagingMetrics.Catalogue, messaging.Known);
        services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.SetKebabCaseEndpointNameFormatter();
            foreach (var register in messaging.Registrations) register(bus);
            bus.UsingRabbitMq((context, rabbit) => Configure(context, rabbit, service, messaging));
        });
        return builder;
    }

    /// <summary>Maps <c>GET /internal/feed?after=&amp;limit=&amp;upTo=</c>, what this service has to say, for these services.</summary>
    public static void MapFeed(this IEndpointRouteBuilder app, params string[] readers) =>
        app.MapGet("/internal/feed", (Feed feed, long? after, int? limit, long? upTo, CancellationToken ct) =>
            feed.ReadAsync(after ?? 0, limit ?? 500, upTo, ct))
            .InternalOnly(readers);

    private static void Configure(IBusRegistrationContext context, IRabbitMqBusFactoryConfigurator rabbit, string service, MessagingBuilder messaging)
    {
        var options = context.GetRequiredService<IOptions<RabbitMqOptions>>().Value;
        var uri = new Uri(options.Uri);
        var credentials = uri.UserInfo.Split(':', 2);
        var virtualHost = Uri.UnescapeDataString(uri.AbsolutePath.Trim('/')) is { Length: > 0 } named ? named : "/";
        rabbit.Host(uri.Host, (ushort)(uri.Port > 0 ? uri.Port : uri.Scheme == "amqps" ? 5671 : 5672), virtualHost, service, connection =>
        {
            if (credentials[0].Length > 0) connection.Username(Uri.UnescapeDataString(credentials[0]));
            if (credentials.Length > 1) connection.Password(Uri.UnescapeDataString(credentials[1]));
            if (uri.Scheme == "amqps")
            {
                var certificate = BrokerCertificate.Of(options.CaFile);
                connection.UseSsl(tls =>
                {
                    tls.ServerName = options.ServerName ?? uri.Host;
                    // The newest that both sides know.
                    tls.Protocol = SslProtocols.None;
                    tls.CertificateValidationCallback = certificate.IsGood;
                });
            }

            connection.Heartbeat(Heartbeat);
            connection.PublisherConfirmation = true;
        });

        // By default every message is laid out for reading; nobody does.
        rabbit.ConfigureJsonSerializerOptions(json =>
        {
            json.WriteIndented = false;
            return json;
        });
        // Connects also where nothing is received, so that readiness shows a broker that is away.
        rabbit.AutoStart = true;
        // What this process alone has begins with the service's name like everything of the service, which is all that it may declare.
        rabbit.OverrideDefaultBusEndpointQueueName($"{service}-bus-{NewId.Next().ToString("N")}");
        // Everybody hears of the facts themselves; an exchange for their base would get each of them for nobody.
        rabbit.Publish<Contract>(contract => contract.Exclude = true);
        rabbit.SendTopology.ErrorQueueNameFormatter = DeadLetterNames.Instance;
        rabbit.SendTopology.DeadLetterQueueNameFormatter = DeadLetterNames.Instance;
        rabbit.ConfigurePublish(publish => publish.UseExecute(Tracing.Mark));
        rabbit.ConfigureSend(send => send.UseExecute(message =>
        {
            Tracing.Mark(message);
            // A command to a queue that is not there must fail; a fact that nobody wants to hear is fine.
            if (message.TryGetPayload(out RabbitMqSendContext? command)) command.Mandatory = true;
        }));

        var surroundings = new EndpointSurroundings(
            context.GetRequiredService<ILoggerFactory>().CreateLogger("Messaging.Endpoints"), options.DeliveryLimit,
            context.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
        foreach (var endpoints in messaging.Endpoints.GroupBy(endpoint => endpoint.Endpoint(options)))
        {
            rabbit.ReceiveEndpoint(Queues.Name(endpoints.Key.Queue), queue =>
            {
                endpoints.Key.Configure(queue, context, surroundings);
                foreach (var (_, consumers) in endpoints) consumers(queue, context);
            });
        }
    }
}
