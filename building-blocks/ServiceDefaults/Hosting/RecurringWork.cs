using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ServiceDefaults;

/// <summary>
/// Work that is done again and again while the process runs. Whatever ends one time, it ends that time only: it is logged and
/// counted, and the next one comes after a pause. A stop ends the pause at once.
/// </summary>
public abstract class RecurringWork(TimeSpan every, TimeProvider clock, ILogger log) : BackgroundService
{
    /// <summary>What waits until a failure has passed, as a sentence for the log.</summary>
    protected abstract string Postponed { get; }

    /// <summary>Whether the first time comes before the first pause.</summary>
    protected virtual bool StartsAtOnce => false;

    /// <summary>Does it once; true where more is waiting and no pause is wanted.</summary>
    protected abstract Task<bool> DoAsync(CancellationToken ct);

    /// <summary>The pause after so many failures in a row; that of good times unless said otherwise.</summary>
    protected virtual TimeSpan PauseAfter(Exception failure, int failures) => every;

    /// <summary>Waits until it is time again, or until there is a reason to begin sooner.</summary>
    protected virtual Task PauseAsync(TimeSpan pause, CancellationToken ct) => Task.Delay(pause, clock, ct);

    /// <inheritdoc/>
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failures = 0;
        try
        {
            if (!StartsAtOnce) await PauseAsync(every, stoppingToken);
            while (true)
            {
                var pause = every;
                try
                {
                    if (await DoAsync(stoppingToken)) pause = TimeSpan.Zero;
                    failures = 0;
                }
                catch (Exception e) when (!stoppingToken.IsCancellationRequested)
                {
                    pause = PauseAfter(e, ++failures);
                    ServiceDefaultsMetrics.WorkFailures.Add(1, new KeyValuePair<string, object?>("work", GetType().Name));
                    log.LogWarning(e, "{Postponed}: {Reason}", Postponed, e.GetBaseException().Message);
                }

                if (pause > TimeSpan.Zero) await PauseAsync(pause, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What was begun is done again by the next process.
        }
    }
}
