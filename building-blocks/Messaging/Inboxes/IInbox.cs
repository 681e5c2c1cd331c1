using Contracts;
using EventSourcing;

namespace Messaging;

/// <summary>What a service does with the facts that another service publishes.</summary>
public interface IInbox
{
    /// <summary>
    /// Applies contracts in the order of their source's log, each exactly once: what is written or appended through
    /// <paramref name="work"/> is stored together with the inbox's checkpoint, or not at all. It must not commit.
    /// </summary>
    Task ApplyAsync(Work work, IReadOnlyList<Contract> contracts, CancellationToken ct);
}
