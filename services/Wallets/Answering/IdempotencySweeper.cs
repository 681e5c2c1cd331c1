using Microsoft.Extensions.Options;
using Npgsql;

namespace Wallets;

/// <summary>Deletes keys whose time is over. Any process may, and none must: an old key counts as none.</summary>
internal sealed class IdempotencySweeper(
    IdempotencyKeys keys, IOptions<IdempotencyOptions> options, TimeProvider time, ILogger<IdempotencySweeper> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.SweepEvery, time);
        do
        {
            try
            {
                while (await keys.SweepAsync(stoppingToken) > 0) { }
            }
            catch (NpgsqlException e)
            {
                log.LogWarning("Old idempotency keys stay until this passes: {Reason}", e.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
