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
        using var wallet = await BigWallet.Make(fragile);
        await wallet.ImportAll();

        await Lose(wallet, 0.1, "the broker stopped", servers.StopRabbit, servers.StartRabbit);
        await Lose(wallet, 0.3, "the database killed", servers.KillPostgres, servers.StartPostgres);
        await Lose(wallet, 0.5, "the database restarted", () => Task.CompletedTask, servers.RestartPostgres);
        await Lose(wallet, 0.7, "the broker killed", servers.KillRabbit, servers.StartRabbit);

        await wallet.UntilTold();
    }

    private static async Task Lose(BigWallet wallet, double share, string what, Func<Task> stop, Func<Task> start)
    {
        await wallet.UntilStored(share);
        await wallet.ShouldBeRunning();
        var watch = Stopwatch.StartNew();
        await stop();
        await start();
        var away = watch.Elapsed;
        await wallet.ShouldBeRunning();
        var goesOn = await wallet.UntilNextPage();
        BigWallet.Report($"{what} from {share:P0} on for {away.TotalSeconds:0.0} s; the sync went on {goesOn.TotalSeconds:0.0} s later");
    }
}
