using Contracts;
using MassTransit;

namespace Messaging;

/// <summary>Hands one type of contract to the inbox of its source.</summary>
internal sealed class InboxConsumer<TContract>(Inbox inbox) : IConsumer<TContract> where TContract : Contract
{
    public Task Consume(ConsumeContext<TContract> context) => inbox.ReceiveAsync(context.Message, context.CancellationToken);
}
