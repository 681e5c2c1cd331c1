namespace EventSourcing;

/// <summary>
/// Wakes whoever tails the log. A wake-up may be missed or come twice: tailers look at the log itself, this only spares
/// them the wait until their next poll.
/// </summary>
public sealed class LogSignal
{
    private volatile TaskCompletionSource next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TaskCompletionSource ownAppend = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Waits for the next wake-up, at most the given time.</summary>
    public Task WaitAsync(TimeSpan atMost, CancellationToken ct) => WaitAsync(next.Task, atMost, ct);

    /// <summary>Take before reading the log, await after: an append between the two is not missed.</summary>
    public Task Next => next.Task;

    /// <summary>Waits for a wake-up taken earlier, at most the given time.</summary>
    public static async Task WaitAsync(Task wakeUp, TimeSpan atMost, CancellationToken ct)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(ct);
        timeout.CancelAfter(atMost);
        await wakeUp.WaitAsync(timeout.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ct.ThrowIfCancellationRequested();
    }

    /// <summary>Something was appended, here or by another process.</summary>
    public void Wake() => Interlocked.Exchange(ref next, Fresh()).TrySetResult();

    internal Task NextOwnAppend => ownAppend.Task;

    internal void Appended(int events)
    {
        EventSourcingMetrics.Events.Add(events);
        EventSourcingMetrics.Appends.Add(1);
        Wake();
        Interlocked.Exchange(ref ownAppend, Fresh()).TrySetResult();
    }

    private static TaskCompletionSource Fresh() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
