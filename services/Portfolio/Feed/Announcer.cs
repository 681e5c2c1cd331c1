using Messaging;
using Npgsql;

namespace Portfolio.Feed;

/// <summary>
/// Tells users what has changed, one process at a time for a database: at once when an inbox of any process leaves a mark, and every few
/// seconds whatever was heard.
/// </summary>
internal sealed class Announcer(Announcing announcing, Leases leases, NpgsqlDataSource database, ILogger<Announcer> log) : BackgroundService
{
    public const string LeaseName = "feed-announcer";

    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(2);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => leases.RunAsync(LeaseName, AnnounceAsync, stoppingToken);

    private async Task AnnounceAsync(Lease lease)
    {
        var ct = lease.Lost;
        await using var ear = await database.OpenConnectionAsync(ct);
        await using (var listen = new NpgsqlCommand($"listen {Marks.Channel}", ear)) await listen.ExecuteNonQueryAsync(ct);
        try
        {
            while (true)
            {
                while (await StepAsync(lease, ct)) { }
                await ear.WaitAsync(Poll, ct);
            }
        }
        finally
        {
            await StopListeningAsync(ear);
        }
    }

    private async Task<bool> StepAsync(Lease lease, CancellationToken ct)
    {
        try
        {
            return await announcing.StepAsync(lease, ct);
        }
        catch (Exception e) when (e is not LeaseLostException && !ct.IsCancellationRequested)
        {
            PortfolioMetrics.Failures.Add(1);
            throw;
        }
    }

    // Sessions go back to the pool as they are.
    private async Task StopListeningAsync(NpgsqlConnection ear)
    {
        try
        {
            await using var command = new NpgsqlCommand("unlisten *", ear);
            await command.ExecuteNonQueryAsync(CancellationToken.None);
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException or TimeoutException)
        {
            log.LogInformation("The announcer's session is broken: {Reason}", e.Message);
        }
    }
}
