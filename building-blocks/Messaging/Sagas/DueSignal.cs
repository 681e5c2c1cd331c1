using EventSourcing;

namespace Messaging;

/// <summary>
/// Has the sweepers of this process look at once. A due time set inside an inbox or a saga needs no wake-up: they
/// give it after their commit.
/// </summary>
public sealed class DueSignal
{
    private volatile TaskCompletionSource next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A saga's due time was set and committed.</summary>
    public void Wake() =>
        Interlocked.Exchange(ref next, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    internal Task Next => next.Task;

    internal static Task WaitAsync(Task wakeUp, TimeSpan atMost, CancellationToken ct) => LogSignal.WaitAsync(wakeUp, atMost, ct);
}
