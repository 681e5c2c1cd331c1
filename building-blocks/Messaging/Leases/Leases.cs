using Microsoft.Extensions.Logging;
using Npgsql;
using Postgres;

namespace Messaging;

/// <summary>
/// Lets one process at a time do something: rows in the service's database, renewed while held, free again at once when
/// their holder stops or dies with its connection, and after ten seconds when nothing is heard of it.
/// </summary>
public sealed class Leases(NpgsqlDataSource dataSource, TimeProvider time, ILogger<Leases> log)
{
    private static readonly TimeSpan Lasts = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Renewal = TimeSpan.FromSeconds(2.5);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReleasedWithin = TimeSpan.FromSeconds(2);
    private readonly string holder = $"{Environment.MachineName}:{Environment.ProcessId}:{Guid.NewGuid():N}";

    /// <summary>
    /// Does the work whenever this process comes to hold the lease, again after it was lost or the work failed, until it
    /// is cancelled. The work is to end when the lease is lost.
    /// </summary>
    public async Task RunAsync(string name, Func<Lease, Task> work, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await using var session = await dataSource.OpenConnectionAsync(ct);
                if (await TakeAsync(session, name, ct) is { } fence)
                {
                    try
                    {
                        await HoldAsync(name, fence, work, ct);
                    }
                    finally
                    {
                        await LetGoAsync(session, name);
                    }
                }
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it was: work that only one process does must not end with one failure of it.
                log.LogWarning(e, "What runs under the lease {Lease} failed and is tried again: {Reason}", name, e.Message);
            }

            await Task.Delay(Retry, time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task HoldAsync(string name, long fence, Func<Lease, Task> work, CancellationToken ct)
    {
        using var lost = CancellationTokenSource.CreateLinkedTokenSource(ct);
        log.LogInformation("This process holds the lease {Lease} with fence {Fence}", name, fence);
        MessagingMetrics.LeaseHeld.Record(1, MessagingMetrics.Tag("lease", name));
        var renewal = RenewAsync(name, fence, lost);
        try
        {
            await work(new Lease(name, fence, lost.Token));
        }
        catch (OperationCanceledException) when (lost.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            log.LogWarning("The lease {Lease} with fence {Fence} was lost", name, fence);
        }
        finally
        {
            MessagingMetrics.LeaseHeld.Record(0, MessagingMetrics.Tag("lease", name));
            await lost.CancelAsync();
            await renewal;
            await ReleaseAsync(name, fence);
        }
    }

    private async Task RenewAsync(string name, long fence, CancellationTokenSource lost)
    {
        var renewed = time.GetTimestamp();
        while (!lost.IsCancellationRequested)
        {
            await Task.Delay(Renewal, time, lost.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (lost.IsCancellationRequested) return;

            // What counts is when the renewal was asked for: the answer may have been long under way.
            var asked = time.GetTimestamp();
            try
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(lost.Token);
                limit.CancelAfter(Renewal);
                if (!await ExtendAsync(name, fence, limit.Token)) break;
                renewed = asked;
            }
            catch (Exception e) when (e is NpgsqlException or OperationCanceledException or TimeoutException)
            {
                if (time.GetElapsedTime(renewed) > Lasts - Renewal) break;
            }
        }

        await lost.CancelAsync();
    }

    // The session's lock says that the holder is connected; it is no right, which only the row and its fence give.
    private Task<long?> TakeAsync(NpgsqlConnection session, string name, CancellationToken ct) =>
        session.ScalarAsync<long?>("""
            with alone as materialized (select pg_try_advisory_lock(hashtextextended('lease ' || @name, 0)) as now)
            insert into leases as held (name, holder, fence, expires_at)
            select @name, @holder, 1, clock_timestamp() + @Lasts from alone
            on conflict (name) do update set holder = excluded.holder, fence = held.fence + 1, expires_at = excluded.expires_at
            where held.expires_at <= clock_timestamp() or (select alone.now from alone)
            returning fence
            """, new { name, holder, Lasts }, ct);

    // Sessions go back to the pool as they are: one that kept its lock would say for ever that a holder is connected, and have
    // the lease taken from whoever holds it by then.
    private async Task LetGoAsync(NpgsqlConnection session, string name)
    {
        try
        {
            using var limit = new CancellationTokenSource(ReleasedWithin);
            await session.ExecuteAsync("select pg_advisory_unlock_all()", null, limit.Token);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or OperationCanceledException or InvalidOperationException)
        {
            log.LogInformation("The session of the lease {Lease} is broken, and its lock with it: {Reason}", name, e.Message);
        }
    }

    private async Task<bool> ExtendAsync(string name, long fence, CancellationToken ct) => await dataSource.ExecuteAsync(
        "update leases set expires_at = clock_timestamp() + @Lasts where name = @name and fence = @fence", new { name, fence, Lasts }, ct) == 1;

    private async Task ReleaseAsync(string name, long fence)
    {
        try
        {
            using var limit = new CancellationTokenSource(ReleasedWithin);
            await dataSource.ExecuteAsync(
                "update leases set expires_at = '-infinity' where name = @name and fence = @fence", new { name, fence }, limit.Token);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or OperationCanceledException)
        {
            log.LogWarning("The lease {Lease} was not given back and ends by itself: {Reason}", name, e.Message);
        }
    }
}
