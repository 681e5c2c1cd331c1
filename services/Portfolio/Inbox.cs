using Contracts;
using EventSourcing;

namespace Messaging;

internal interface IInbox
{
    string Source { get; }

    Task ApplyAsync(Work work, IReadOnlyList<Contract> contracts, CancellationToken ct);
}
