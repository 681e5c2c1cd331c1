using System.Diagnostics;
using Testing;
using Xunit;

namespace Whole.Kills;

/// <summary>Services end with SIGKILL in every phase of a sync and at random moments: it ends by itself with exactly the truth.</summary>
[Collection(KillsCollection.Name)]
public sealed class KilledServices(FragileSystem fragile)
{
    private const string FetchQueue = "fetch-bitcoin-interactive";

    private static bool IsFull => Environment.GetEnvironmentVariable("WHOLE_FULL") == "1";

    private WholeSystem System => fragile.Whole;

    [Fact]
    public async Task a_sync_killed_once_in_each_of_its_phases_ends_with_the_truth()
    {
        using var wallet = await BigWallet.Make(fragile);
        await wallet.ImportAll();
        await wallet.UntilStored(0.02);

        string[] syncing = ["before-append:20", "after-append:20", "before-answer:2", $"before-ack-{FetchQueue}:2", "saga-after-commit:2"];
        string[] projecting = ["inbox-before-commit:5"];
        await Task.WhenAll(
            KillSyncIn(wallet, IsFull ? [.. syncing, "saga-before-commit:2", "before-ack-wallet-sync:2", "publisher-before-checkpoint:3"] : syncing),
            KillIn(wallet, System.Portfolio, IsFull ? [.. projecting, "inbox-after-commit:5"] : projecting),
            KillWalletsWhilePublishing(wallet));

        await wallet.UntilTold();
    }

    [Fact(Explicit = true)]
    public async Task a_sync_killed_at_random_moments_ends_with_the_truth()
    {
        var kills = IsFull ? 20 : 3;
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        // A gate after each kill's share of the sync, so that none comes too late; within it what is stored decides, not the clock.
        double Share(double kill) => 0.93 * kill / kills;
        using var wallet = await BigWallet.Make(fragile, [.. Enumerable.Range(1, kills - 1).Select(kill => Share(kill))]);
        wallet.Report($"seed {seed}");
        await wallet.ImportAll();

        ServiceProcess[] victims = [System.Sync, System.Portfolio, System.Wallets];
        for (var kill = 0; kill < kills; kill++)
        {
            // Each in its turn, in an order of chance.
            if (kill % victims.Length == 0) random.Shuffle(victims);
            var victim = victims[kill % victims.Length];
            await wallet.UntilStoredOrHeld(Share(kill + random.NextDouble()));
            await victim.Kill();
            await wallet.ShouldBeRunning();
            wallet.Report($"{victim.Name} killed with {await wallet.Progress()}");
            await victim.Start();
            await wallet.Release();
        }

        await wallet.UntilTold();
    }

    private async Task KillSyncIn(BigWallet wallet, params string[] phases)
    {
        await KillIn(wallet, System.Sync, phases);
        wallet.Report($"sync went on {(await wallet.UntilNextPage()).TotalSeconds:0.0} s after its last start was ready");
    }

    // Each start is armed with the place where it ends, so that the process is killed exactly there.
    private static async Task KillIn(BigWallet wallet, ServiceProcess service, params string[] phases)
    {
        await service.Kill();
        await wallet.ShouldBeRunning();
        foreach (var phase in phases)
        {
            service.OnceOnly["KILL_AT"] = phase;
            var watch = Stopwatch.StartNew();
            service.Launch();
            await service.UntilEnded(TimeSpan.FromMinutes(3));
            await wallet.ShouldBeRunning();
            wallet.Report($"{service.Name} killed at {phase} after {watch.Elapsed.TotalSeconds:0.0} s with {await wallet.Progress()}");
        }

        await service.Start();
    }

    private async Task KillWalletsWhilePublishing(BigWallet wallet)
    {
        await System.Wallets.Kill();
        System.Wallets.OnceOnly["KILL_AT"] = "publisher-before-checkpoint:1";
        await System.Wallets.Start();
        await wallet.User.CreateWallet("published, and not yet noted as such");
        await System.Wallets.UntilEnded(TimeSpan.FromMinutes(3));
        await wallet.ShouldBeRunning();
        wallet.Report($"wallets killed between publishing and its checkpoint with {await wallet.Progress()}");
        await System.Wallets.Start();
    }
}
