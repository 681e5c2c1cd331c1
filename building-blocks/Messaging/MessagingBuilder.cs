using Contracts;
using EventSourcing;
using MassTransit;
using MassTransit.Configuration;
using MassTransit.Saga;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServiceDefaults;

namespace Messaging;

/// <summary>What a service says and hears.</summary>
public sealed class MessagingBuilder
{
    private readonly string service;
    private readonly IServiceCollection services;
    private readonly HashSet<Type> consumers = [];

    internal MessagingBuilder(string service, IServiceCollection services)
    {
        this.service = service;
        this.services = services;
    }

    internal List<Action<IBusRegistrationConfigurator>> Registrations { get; } = [];

    internal List<(
        Func<RabbitMqOptions, Endpoint> Endpoint,
        Action<IRabbitMqReceiveEndpointConfigurator, IBusRegistrationContext> Consumers)> Endpoints
    { get; } = [];

    // What is told apart by label, each in a row of its own.
    private readonly List<(string Label, string Value)> named = [];

    /// <summary>The values of labels that the service's metrics have.</summary>
    internal IEnumerable<IReadOnlyDictionary<string, string>> Known(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<RabbitMqOptions>>().Value;
        return Endpoints.Select(endpoint => ("queue", Queues.Name(endpoint.Endpoint(options).Queue))).Concat(named)
            .Select(each => new Dictionary<string, string> { [each.Item1] = each.Item2 });
    }

    /// <summary>The service's log is published, as this map says, under the service's name.</summary>
    public MessagingBuilder Publishes<TMap>() where TMap : class, IContractMap
    {
        services.AddSingleton<IContractMap, TMap>();
        services.AddSingleton(provider => new ContractReader(service, provider.GetRequiredService<IContractMap>()));
        services.AddSingleton<Feed>();
        services.AddSingleton<PublisherCheckpoint>();
        services.AddHostedService<ContractPublisher>();
        named.Add(("lease", ContractPublisher.LeaseName));
        services.AddHostedService<PublisherLag>();
        return this;
    }

    /// <summary>One process of the service at a time does something under this lease, by <see cref="Leases"/>: so it is told who does.</summary>
    public MessagingBuilder Holds(string lease)
    {
        named.Add(("lease", lease));
        return this;
    }

    /// <summary>
    /// Everything that a source says comes to this inbox (a singleton), in order and exactly once: from one queue with one
    /// consumer at a time, or from the source's feed at <c>Services:{source}</c>. A contract of a newer source than this service knows
    /// blocks the inbox, unless <paramref name="skipsUnknown"/> says that what it needs is not among those.
    /// </summary>
    public MessagingBuilder Receives<TInbox>(string source, bool skipsUnknown = false) where TInbox : class, IInbox
    {
        services.AddServiceClient(source);
        named.Add(("source", source));
        services.AddSingleton<TInbox>();
        services.AddSingleton(provider => new Inbox(
            source, provider.GetRequiredService<TInbox>(), provider.GetRequiredService<EventStore>(), provider.GetRequiredService<FeedClient>(),
            provider.GetRequiredService<DueSignal>(), provider.GetRequiredService<IOptions<MessagingOptions>>().Value.BatchSize,
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<Inbox>>(), skipsUnknown));
        services.AddSingleton<IHostedService>(provider => new InboxPuller(
            InboxOf(provider), provider.GetRequiredService<IOptions<MessagingOptions>>(),
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<InboxPuller>>()));
        services.AddHostedService<InboxAges>();
        services.AddHealthChecks().Add(new HealthCheckRegistration(
            $"inbox-{source}", provider => new InboxHealth(InboxOf(provider).State), null, null));

        Endpoints.Add((options => new Endpoint(Queues.InboxOf(service, source), options.InboxPrefetch, options.InboxPrefetch, Ordered: true),
            (queue, context) =>
        {
            var inbox = InboxOf(context);
            foreach (var contract in Sources.ContractsOf(source))
            {
                var consumer = Activator.CreateInstance(typeof(InboxConsumer<>).MakeGenericType(contract), inbox)!;
                queue.Consumer(consumer.GetType(), _ => consumer);
            }
        }
        ));
        return this;

        Inbox InboxOf(IServiceProvider provider) => provider.GetServices<Inbox>().Single(inbox => inbox.Source == source);
    }

    /// <summary>
    /// A queue of commands. The same consumer may serve several queues, and several consumers one. What it sends leaves
    /// once it is done.
    /// </summary>
    public MessagingBuilder Consumes<TConsumer>(string queue, int concurrency = 1, int? prefetch = null) where TConsumer : class, IConsumer
    {
        if (consumers.Add(typeof(TConsumer))) Registrations.Add(bus => bus.AddConsumer<TConsumer>());
        Endpoints.Add((_ => new Endpoint(queue, concurrency, prefetch ?? concurrency), (endpoint, context) =>
            context.ConfigureConsumer<TConsumer>(endpoint)));
        return this;
    }

    /// <summary>
    /// A saga with its queue and its table (made by <c>select create_saga_table('…')</c> in a migration of the service).
    /// When a row's due time has come, <paramref name="due"/> makes the message that wakes the saga; it may come late
    /// and more than once.
    /// </summary>
    public MessagingBuilder Saga<TMachine, TSaga>(string queue, string table, Func<Guid, object>? due = null, int concurrency = 8)
        where TMachine : class, SagaStateMachine<TSaga>
        where TSaga : class, IStoredSaga, new()
    {
        services.AddSingleton(new SagaTable<TSaga>(table));
        if (due is not null)
        {
            named.Add(("saga", table));
            services.AddSingleton(new DueMessage<TSaga>(queue, due));
            services.AddHostedService<DueSweeper<TSaga>>();
        }

        Registrations.Add(bus => bus.AddSagaStateMachine<TMachine, TSaga>().Repository(repository => repository.RegisterSagaRepository<
            TSaga, Work, SagaConsumeContextFactory<Work, TSaga>, SagaRepositoryContextFactory<TSaga>>()));
        Endpoints.Add((_ => new Endpoint(queue, concurrency, 2 * concurrency), (endpoint, context) => context.ConfigureSaga<TSaga>(endpoint)));
        return this;
    }
}
