using EventSourcing;

namespace Messaging;

/// <summary>
/// An inbox that holds nothing but what its source can tell anew, in whatever state the source is: when the source's log was replaced by
/// an older one, it forgets what it was told and reads that log from its beginning, instead of standing still.
/// </summary>
public interface IRepeatableInbox : IInbox
{
    /// <summary>Forgets all that it was told; stored together with the checkpoint at the beginning. It must not commit.</summary>
    Task ForgetAsync(Work work, CancellationToken ct);
}
