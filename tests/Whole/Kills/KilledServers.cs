using System.Diagnostics;
using Xunit;

namespace Whole.Kills;

/// <summary>The broker and the database go away in the middle of a sync and come back: the services wait and go on by themselves.</summary>
[Collection(KillsCollection.Name)]
public sealed class KilledServers(FragileSystem fragile)
{
    [Fact]
    public async Task a_sync_goes_on_by_itself_after_the_broker_and_the_database_were_gone()
    {
        var servers = fragile.Whole.Servers;
        using var wallet = await BigWallet.Make(fragile, 0.1, 0.3, 0.5, 0.7);
        await wallet.ImportAll();

        await Lose(wallet, "the broker stopped", servers.StopRabbit, servers.StartRabbit);
        await Lose(wallet, "the database killed", servers.KillPostgres, servers.StartPostgres);
        await Lose(wallet, "the broker killed", servers.KillRabbit, servers.StartRabbit);
        await Lose(wallet, "the database stopped", servers.StopPostgres, servers.StartPostgres);

        await wallet.UntilTold();
    }

    // Gone in the middle of a slice, which then gets its page and has nowhere to put it.
    private static async Task Lose(BigWallet wallet, string what, Func<Task> stop, Func<Task> start)
    {
        await wallet.UntilHeld();
        var progress = await wallet.Progress();
        var watch = Stopwatch.StartNew();
        await stop();
        await wallet.Release();
        await start();
        var away = watch.Elapsed;
        await wallet.ShouldBeRunning();
        var goesOn = await wallet.UntilNextPage();
        wallet.Report($"{what} with {progress}, back after {away.TotalSeconds:0.0} s; the sync went on {goesOn.TotalSeconds:0.0} s later");
    }
}
