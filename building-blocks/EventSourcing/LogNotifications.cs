using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace EventSourcing;

/// <summary>
/// Carries wake-ups between processes by LISTEN/NOTIFY: own appends are announced at most every 25 ms and after their
/// commit, so that no append waits for it; other processes' announcements wake the tailers here.
/// </summary>
internal sealed class LogNotifications(NpgsqlDataSource dataSource, LogSignal signal, ILogger<LogNotifications> log) : BackgroundService
{
    private const string Channel = "log_appended";
    private static readonly TimeSpan Coalesce = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan Reconnect = TimeSpan.FromSeconds(2);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(KeepOn(ListenAsync, stoppingToken), KeepOn(AnnounceAsync, stoppingToken));

    private async Task ListenAsync(CancellationToken ct)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        connection.Notification += (_, _) => signal.Wake();
        await using (var listen = new NpgsqlCommand($"listen {Channel}", connection)) await listen.ExecuteNonQueryAsync(ct);
        // What was announced before the ear was open.
        signal.Wake();
        while (true) await connection.WaitAsync(ct);
    }

    private async Task AnnounceAsync(CancellationToken ct)
    {
        var next = signal.NextOwnAppend;
        while (true)
        {
            await next.WaitAsync(ct);
            await Task.Delay(Coalesce, ct);
            // Taken before the announcement goes out: an append behind it announces itself.
            next = signal.NextOwnAppend;
            await using var notify = dataSource.CreateCommand($"notify {Channel}");
            await notify.ExecuteNonQueryAsync(ct);
        }
    }

    private async Task KeepOn(Func<CancellationToken, Task> run, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await run(ct);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException)
            {
                // Tailers poll behind this, so a database that is away costs speed only.
                log.LogWarning("Wake-ups between processes are off until the database answers: {Reason}", e.Message);
                await Task.Delay(Reconnect, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
        }
    }
}
