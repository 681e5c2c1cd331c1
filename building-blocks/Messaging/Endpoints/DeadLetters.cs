using MassTransit;
using MassTransit.Middleware;
using Microsoft.Extensions.Logging;

namespace Messaging;

/// <summary>
/// The end of a failed message: what failed for something that passes goes back to the queue, everything else into the
/// queue's dead-letter queue, with a metric and a log line that says why.
/// </summary>
internal sealed class DeadLetters(string queue, ILogger log, CancellationToken stopping) : IFilter<ExceptionReceiveContext>
{
    private readonly ErrorTransportFilter transport = new();

    public async Task Send(ExceptionReceiveContext context, IPipe<ExceptionReceiveContext> next)
    {
        // Thrown on, the message is not acknowledged, so the broker keeps it.
        if (stopping.IsCancellationRequested || Transient.Is(context.Exception)) throw context.Exception;

        // Said before it moves, or it would be taken for a message that nobody wanted.
        if (!context.IsFaulted) await context.NotifyFaulted(context.Exception);
        await ((IFilter<ExceptionReceiveContext>)transport).Send(context, next);
        MessagingMetrics.DeadLettered.Add(1, MessagingMetrics.Tag("queue", queue));
        log.LogError(context.Exception, "A message of {Queue} cannot be handled and went to {DeadLetters}", queue, Name(queue));
    }

    public void Probe(ProbeContext context) => context.CreateScope("dead-letters");

    public static string Name(string queue) => queue + "-dead";
}

/// <summary>Failed and unknown messages end in one queue beside the one they came from.</summary>
internal sealed class DeadLetterNames : IErrorQueueNameFormatter, IDeadLetterQueueNameFormatter
{
    public static DeadLetterNames Instance { get; } = new();

    public string FormatErrorQueueName(string queueName) => DeadLetters.Name(queueName);

    public string FormatDeadLetterQueueName(string queueName) => DeadLetters.Name(queueName);
}
