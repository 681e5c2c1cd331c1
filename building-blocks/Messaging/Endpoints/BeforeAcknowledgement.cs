using MassTransit;
using ServiceDefaults;

namespace Messaging;

/// <summary>
/// The moment between the end of a message's handling, all that it sends included, and its acknowledgement: a test may
/// have the process killed there.
/// </summary>
internal sealed class BeforeAcknowledgement(string queue) : IFilter<ConsumeContext>
{
    private readonly string place = $"before-ack-{queue}";

    public async Task Send(ConsumeContext context, IPipe<ConsumeContext> next)
    {
        await next.Send(context);
        KillPoint.Reach(place);
    }

    public void Probe(ProbeContext context) => context.CreateScope("before-acknowledgement");
}
