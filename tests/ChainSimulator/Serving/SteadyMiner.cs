using ChainSimulator.Script;
using ChainSimulator.World;

namespace ChainSimulator.Serving;

/// <summary>Mines a block on every network at a steady pace, at the clock's time.</summary>
internal sealed class SteadyMiner(SimulatedWorld world, ScriptRunner script, TimeSpan every, TimeProvider clock) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            foreach (var network in world.Slugs)
                script.Run("mine", new Mine(network, At: clock.GetUtcNow()));
    }
}
