using Contracts;
using EventSourcing;

namespace Messaging;

/// <summary>What a service publishes of its log: a pure function of one stored event.</summary>
public interface IContractMap
{
    /// <summary>The contract that stands for this event, without a span; null for an event that is the service's own business.</summary>
    Contract? Map(StoredEvent stored);
}
