using ChainSimulator;
using ChainSimulator.Script;
using Testing;
using Xunit;

namespace Whole.Kills;

/// <summary>The process that follows blocks ends with SIGKILL before and after it has stored one: the payment in it is known all the same.</summary>
public sealed class KilledFollower(ITestOutputHelper output)
{
    private const string Network = "bitcoin";

    // Far below the pace of regular checks: only a block that was followed tells of the payment so soon.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(90);

    [Fact(Explicit = true)]
    public async Task a_block_taken_by_a_follower_that_is_killed_is_lost_by_nobody()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var system = await WholeSystem.Start(system =>
            system.Settings["sync"] = new() { ["Sync__CheckSeconds"] = "600", ["Sync__Follow__MostPollSeconds"] = "1" });
        var simulator = new SimulatorClient(system.Script);
        using var user = await system.NewUser();
        var wallet = await user.CreateWallet();
        var address = (await simulator.CreateAsync(new CreateAddresses(Network, 5), ct))[0];
        await user.Import(wallet, address);
        await user.UntilVerified(wallet);
        await Eventually.Is(
            async () => await system.Ask<long>("sync", "select count(*) from followers where network = 'bitcoin'") == 1, "it is followed");

        foreach (var phase in (string[])["follower-before-commit:1", "follower-after-commit:1"])
        {
            await system.Sync.Kill();
            await simulator.MineAsync(new Mine(Network, 1, [address], 1), ct);
            system.Sync.OnceOnly["KILL_AT"] = phase;
            system.Sync.Launch();
            await system.Sync.UntilEnded(TimeSpan.FromMinutes(2));
            output.WriteLine($"killed at {phase}");
            await system.Sync.Start();
            await system.UntilTrue(user, wallet, address, timeout: Soon);
        }

        // And a process that dies without a word hands over within its lease.
        await system.Sync.Kill();
        await system.Sync.Start();
        await simulator.MineAsync(new Mine(Network, 1, [address], 1), ct);
        await system.UntilTrue(user, wallet, address, timeout: Soon);
        await system.NoEventIsThereTwice("sync");
    }
}
