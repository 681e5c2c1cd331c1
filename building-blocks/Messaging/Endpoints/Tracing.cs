using System.Diagnostics;
using MassTransit;
using MassTransit.Logging;

namespace Messaging;

/// <summary>
/// Carries the trace over the broker also where nobody exports traces: then the bus makes no activities of its own, and
/// logs and stored events would lose the request they belong to.
/// </summary>
internal sealed class Tracing : IFilter<ConsumeContext>
{
    public static void Mark(SendContext message)
    {
        if (Activity.Current?.Id is { } trace && !message.Headers.TryGetHeader(DiagnosticHeaders.ActivityId, out _))
            message.Headers.Set(DiagnosticHeaders.ActivityId, trace);
    }

    public async Task Send(ConsumeContext context, IPipe<ConsumeContext> next)
    {
        using var activity = Continue(context.Headers.Get<string>(DiagnosticHeaders.ActivityId));
        await next.Send(context);
    }

    public void Probe(ProbeContext context) => context.CreateScope("tracing");

    private static Activity? Continue(string? trace) =>
        ActivityContext.TryParse(trace, null, isRemote: true, out var parent) && Activity.Current?.TraceId != parent.TraceId
        ? MessagingMetrics.Activities.StartActivity("consume", ActivityKind.Consumer, parent)
        : null;
}
