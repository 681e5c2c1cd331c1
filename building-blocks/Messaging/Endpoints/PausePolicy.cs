using MassTransit;
using MassTransit.RetryPolicies;
using Microsoft.Extensions.Logging;

namespace Messaging;

/// <summary>
/// Holds a message while the database, the broker or another service is away, however long that takes, so that the
/// broker's delivery limit is left for messages that are really wrong: those get a few quick tries.
/// </summary>
internal sealed class PausePolicy(string queue, ILogger log, CancellationToken stopping) : IRetryPolicy
{
    private readonly CancellationToken stopping = stopping;
    private int paused;

    private const int QuickTries = 3;
    private const int RaceTries = 20;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    public RetryPolicyContext<T> CreatePolicyContext<T>(T context) where T : class, PipeContext => new Message<T>(this, context);

    public bool IsHandled(Exception exception) => true;

    public void Probe(ProbeContext context) => context.CreateScope("pause");

    private TimeSpan? Delay(Exception exception, int failures)
    {
        // Whoever stops hands the message back to the broker instead.
        if (stopping.IsCancellationRequested) return null;
        if (Transient.Is(exception))
        {
            var pause = FirstPause * Math.Pow(2, Math.Min(failures - 1, 10));
            return pause < LongestPause ? pause : LongestPause;
        }

        if (Transient.IsRace(exception)) return failures <= RaceTries ? TimeSpan.FromMilliseconds(5 * failures) : null;
        return failures <= QuickTries ? FirstPause * failures : null;
    }

    private void Paused(Exception exception)
    {
        MessagingMetrics.Paused.Add(1, MessagingMetrics.Tag("queue", queue));
        if (Interlocked.Increment(ref paused) == 1)
            log.LogWarning("{Queue} pauses until what it needs is back: {Reason}", queue, exception.GetBaseException().Message);
    }

    private void Resumed()
    {
        MessagingMetrics.Paused.Add(-1, MessagingMetrics.Tag("queue", queue));
        if (Interlocked.Decrement(ref paused) == 0) log.LogInformation("{Queue} goes on", queue);
    }

    private sealed class Message<T>(PausePolicy policy, T context) : RetryPolicyContext<T> where T : class, PipeContext
    {
        private bool paused;

        public T Context => context;

        public bool CanRetry(Exception exception, out RetryContext<T> retryContext) => CanRetry(exception, 1, out retryContext);

        public bool CanRetry(Exception exception, int failures, out RetryContext<T> retryContext)
        {
            var delay = policy.Delay(exception, failures);
            if (delay is not null && !paused && Transient.Is(exception))
            {
                paused = true;
                policy.Paused(exception);
            }

            retryContext = new Attempt<T>(this, exception, failures, delay, policy.stopping);
            return delay is not null;
        }

        public Task RetryFaulted(Exception exception) => Task.CompletedTask;

        public void Cancel() { }

        public void Dispose()
        {
            if (!paused) return;
            paused = false;
            policy.Resumed();
        }
    }

    private sealed class Attempt<T>(Message<T> message, Exception exception, int failures, TimeSpan? delay, CancellationToken stopping)
        : BaseRetryContext<T>(message.Context, exception, failures, stopping), RetryContext<T>
        where T : class, PipeContext
    {
        public override TimeSpan? Delay => delay;

        public bool CanRetry(Exception exception, out RetryContext<T> retryContext) =>
            message.CanRetry(exception, RetryCount + 1, out retryContext);
    }
}
