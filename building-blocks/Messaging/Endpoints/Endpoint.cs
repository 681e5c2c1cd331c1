using MassTransit;
using Microsoft.Extensions.Logging;

namespace Messaging;

/// <summary>How every queue of ours is declared and consumed.</summary>
internal sealed record Endpoint(string Queue, int Concurrency, int Prefetch, bool Ordered = false)
{
    public void Configure(IRabbitMqReceiveEndpointConfigurator queue, IRegistrationContext context, EndpointSurroundings surroundings)
    {
        var (log, deliveryLimit, stopping) = surroundings;
        queue.PrefetchCount = Prefetch;
        queue.ConcurrentMessageLimit = Concurrency;
        queue.PublishFaults = false;
        var dead = DeadLetters.Name(Queues.Name(Queue));
        Declare(queue, dead, deliveryLimit);
        // What a failed message is moved to is declared with the arguments of its queue, and both must say the same.
        queue.BindDeadLetterQueue(dead, dead, letters => Declare(letters, dead, deliveryLimit));
        queue.ConfigureError(failed => failed.UseFilter(new DeadLetters(Queues.Name(Queue), log, stopping)));
        queue.UseFilter(new BeforeAcknowledgement(Queue));
        queue.UseFilter(new Tracing());
        queue.UseMessageRetry(retry => retry.SetRetryPolicy(_ => new PausePolicy(Queues.Name(Queue), log, stopping)));
        if (!Ordered) queue.UseInMemoryOutbox(context);
    }

    private void Declare(IRabbitMqQueueConfigurator queue, string dead, int deliveryLimit)
    {
        queue.SetQuorumQueue();
        queue.SetQueueArgument("x-delivery-limit", deliveryLimit);
        queue.SetQueueArgument("x-dead-letter-exchange", dead);
        queue.SetQueueArgument("x-dead-letter-strategy", "at-least-once");
        queue.SetQueueArgument("x-overflow", "reject-publish");
        if (Ordered) queue.SingleActiveConsumer = true;
    }
}

/// <summary>What endpoints share.</summary>
internal sealed record EndpointSurroundings(ILogger Log, int DeliveryLimit, CancellationToken Stopping);
