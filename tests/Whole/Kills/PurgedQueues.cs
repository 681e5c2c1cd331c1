using Shouldly;
using Testing;
using Xunit;

namespace Whole.Kills;

/// <summary>
/// Every queue is emptied at five points of a sync. A consumer that keeps up leaves nothing in its queue, so at each
/// point one stands still, or is dead, for as long as it takes to have something to lose.
/// </summary>
[Collection(KillsCollection.Name)]
public sealed class PurgedQueues(FragileSystem fragile)
{
    private WholeSystem System => fragile.Whole;

    [Fact]
    public async Task a_sync_whose_queues_are_purged_at_five_points_ends_with_the_truth()
    {
        using var wallet = await BigWallet.Make(fragile, 0.1, 0.4);
        // Lost commands are noticed by their time-out only, which is not what is measured here.
        (string, string)[] soon = [("Sync__AnswerSeconds", "5"), ("Messaging__WakeAgainAfter", "00:00:03")];
        await RestartSync(soon);

        await WhilePaused(System.Sync, async () =>
        {
            await wallet.ImportAll();
            await wallet.UntilPublished("wallets");
            await Purge(wallet, "right after the import");
        });

        await wallet.UntilHeld();
        await wallet.ImportSmallOnes(3);
        await Purge(wallet, "while slices wait for their turn");

        await WhilePaused(System.Portfolio, async () =>
        {
            await wallet.Release();
            await wallet.UntilHeld();
            await wallet.UntilPublished("sync");
            await Purge(wallet, "while facts are on their way to the read model");
        });

        await RestartSync([.. soon, ("KILL_AT", "before-ack-fetch-bitcoin-interactive:1")]);
        await wallet.Release();
        await System.Sync.UntilEnded(TimeSpan.FromMinutes(3));
        await wallet.ShouldBeRunning();
        await Purge(wallet, "between an answer and its acknowledgement");
        await RestartSync(soon);

        await WhilePaused(System.Portfolio, async () =>
        {
            await wallet.Release();
            await Eventually.Is(wallet.IsDone, "the last page is stored", TimeSpan.FromMinutes(3));
            await wallet.UntilPublished("sync");
            await Purge(wallet, "right after the last page");
        });

        await wallet.UntilTold();
        await RestartSync();
    }

    private static async Task WhilePaused(ServiceProcess service, Func<Task> work)
    {
        service.Pause();
        try
        {
            await work();
        }
        finally
        {
            service.Resume();
        }
    }

    private async Task Purge(BigWallet wallet, string moment)
    {
        var (lost, purges) = (0, 0);
        while (lost == 0 && purges < 20)
        {
            lost = await System.Servers.PurgeQueues();
            purges++;
        }

        wallet.Report($"purge {moment}, {await wallet.Progress()}: {lost} messages lost in {purges} purges");
        lost.ShouldBePositive($"{purges} purges {moment} hit nothing");
    }

    private async Task RestartSync(params (string Name, string Value)[] settings)
    {
        await System.Sync.Kill();
        foreach (var (name, value) in settings) System.Sync.OnceOnly[name] = value;
        if (settings.Any(setting => setting.Name == "KILL_AT")) System.Sync.Launch();
        else await System.Sync.Start();
    }
}
