using ChainSimulator.Serving;
using Shouldly;
using Xunit;

namespace Services.Sync;

/// <summary>A world that moves while four addresses are walked, and afterwards; every seed makes another and moves it otherwise.</summary>
internal static class MovingWorld
{
    /// <summary>With these faults always, and drifting pages with some seeds.</summary>
    public static async Task MoveAndWalk(this SyncParts sync, int seed, Fault drift, params Fault[] always)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var (wallet, addresses) = await sync.NewWallet(80, 4, (ulong)seed, sharedPercent: 20);
        for (var i = 0; i < addresses.Count; i++)
        {
            var reorganises = (seed + i) % 3 == 1;
            await sync.Script.ShiftAsync(
                new(SyncParts.Bitcoin, addresses[i], Every: i == 0 ? 1 : 0, Percent: i == 0 ? 0 : 40, Transactions: 4, Times: 4,
                    ReorganiseDepth: reorganises ? 1 + (seed % 5) : 0, MovePercent: 30, DropPercent: 15, Seed: (ulong)((seed * 10) + i)),
                cancellation);
        }

        if (seed % 4 == 3) await sync.Script.SetFaultAsync(drift, cancellation);
        foreach (var fault in always) await sync.Script.SetFaultAsync(fault, cancellation);

        await sync.Sync(wallet);
        var walked = await sync.Script.RequestsAsync(cancellation);
        walked.ShiftsInsideWalks.ShouldBePositive();
        await sync.Script.ClearShiftsAsync(cancellation);
        await sync.Script.ClearFaultsAsync(cancellation);
        await sync.Resync(wallet);
        foreach (var address in addresses) await sync.ShouldBeTrue(address);

        await sync.Script.ReorganiseAsync(
            new(SyncParts.Bitcoin, 1 + (seed % 6), DropPercent: 15, MovePercent: 20, ReplacePercent: 15, UnconfirmPercent: 20, Addresses: addresses,
                Transactions: 3, Seed: (ulong)seed),
            cancellation);
        await sync.Resync(wallet);
        foreach (var address in addresses) await sync.ShouldBeTrue(address);

        // What lost its block finds another.
        await sync.Script.ReleaseAsync(new(SyncParts.Bitcoin), cancellation);
        await sync.Mine(2);
        await sync.Resync(wallet);
        if (sync.Network.NamesBlocks)
        {
            // What is young and cannot be named until somebody is sure of it gets old.
            await sync.Mine(30);
            await sync.UntilPlaced(wallet);
        }

        var count = 0;
        foreach (var address in addresses) count += (await sync.ShouldBeTrue(address)).Count;
        await sync.ShouldHoldNoEventTwice();

        count.ShouldBeGreaterThanOrEqualTo(300);
        var line = $"seed {seed}: {count} transactions of {addresses.Count} addresses, {walked.ShiftsInsideWalks} shifts inside walks, " +
            $"{walked.PageCalls.Values.Sum()} pages fetched meanwhile, {(await sync.Script.RequestsAsync(cancellation)).PageCalls.Values.Sum()} in " +
            $"all";
        TestContext.Current.TestOutputHelper!.WriteLine(line);
        Console.WriteLine(line);
    }
}
