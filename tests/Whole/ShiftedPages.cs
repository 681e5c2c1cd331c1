using ChainSimulator.Serving;
using Shouldly;
using Testing;
using Xunit;

namespace Whole;

/// <summary>Blocks arrive, chains reorganise and pages start in the wrong place while a wallet is walked, and afterwards.</summary>
[Collection(nameof(SyncingSystem))]
public sealed class ShiftedPages(SyncingSystem syncing)
{
    private const int PerAddress = 80;
    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    /// <summary>Every seed makes another world and moves it otherwise; the service ring tries many more.</summary>
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, SyncingSystem.IsFull ? 40 : 4)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task pages_that_shift_during_a_walk_lose_and_double_nothing(int seed)
    {
        var (system, script) = (syncing.System, syncing.Script);
        await script.ResetCountersAsync(cancellation);
        var addresses = await script.CreateAsync(new(SyncingSystem.Bitcoin, PerAddress, Count: 4, SharedPercent: 20, Seed: (ulong)seed),
            cancellation);
        await Move(addresses, seed);

        var user = await system.NewUser();
        var wallet = await user.CreateWallet($"seed {seed}");
        foreach (var address in addresses) await user.Import(wallet, address);
        await UntilConcluded(user, wallet);
        var walked = await script.RequestsAsync(cancellation);
        walked.ShiftsInsideWalks.ShouldBePositive();

        await script.ClearShiftsAsync(cancellation);
        await script.ClearFaultsAsync(cancellation);
        await user.Resync(wallet);
        await UntilTrue(user, wallet, addresses);

        // What was read and final a moment ago is dropped, moved, replaced and unconfirmed; then some of it comes back elsewhere.
        await script.ReorganiseAsync(
            new(SyncingSystem.Bitcoin, 1 + (seed % 6), DropPercent: 15, MovePercent: 20, ReplacePercent: 15, UnconfirmPercent: 20,
                Addresses: addresses, Transactions: 3, Seed: (ulong)seed),
            cancellation);
        await user.Resync(wallet);
        await UntilTrue(user, wallet, addresses);
        await script.ReleaseAsync(new(SyncingSystem.Bitcoin), cancellation);
        await script.MineAsync(new(SyncingSystem.Bitcoin, 2, Seed: (ulong)seed), cancellation);
        await user.Resync(wallet);
        await UntilTrue(user, wallet, addresses);
        await user.UntilVerified(wallet);
        await system.NoEventIsThereTwice("sync");

        var truths = await Task.WhenAll(addresses.Select(address => script.TruthAsync(SyncingSystem.Bitcoin, address, summary: true, cancellation)));
        truths.Sum(truth => truth.Count).ShouldBeGreaterThanOrEqualTo(300);
        Tell.Figures(
            $"seed {seed}: {truths.Sum(truth => truth.Count)} transactions of {addresses.Count} addresses, {walked.ShiftsInsideWalks} shifts " +
            $"inside walks, {walked.PageCalls.Values.Sum()} pages fetched meanwhile, " +
            $"{(await script.RequestsAsync(cancellation)).PageCalls.Values.Sum()} in all");
        await syncing.Forget(user, wallet);
    }

    // One address is sure to be shifted inside its first walk; the others are by chance.
    private async Task Move(IReadOnlyList<string> addresses, int seed)
    {
        for (var i = 0; i < addresses.Count; i++)
        {
            var reorganises = (seed + i) % 3 == 1;
            await syncing.Script.ShiftAsync(
                new(SyncingSystem.Bitcoin, addresses[i], Every: i == 0 ? 1 : 0, Percent: i == 0 ? 0 : 40, Transactions: 4, Times: 3,
                    ReorganiseDepth: reorganises ? 1 + (seed % 5) : 0, MovePercent: 30, DropPercent: 15, Seed: (ulong)((seed * 10) + i)),
                cancellation);
        }

        if (seed % 4 == 3)
            await syncing.Script.SetFaultAsync(new(FaultKind.PageDrift, By: seed % 8 == 3 ? 2 : -2, Percent: 25, Route: "/address/*/txs/chain/*",
                Count: 6), cancellation);
    }

    private static Task UntilConcluded(TestUser user, Guid wallet) => Eventually.Is(
        async () =>
        {
            var progress = await user.SyncProgress(wallet);
            return progress.GetProperty("addressCount").GetInt64() == 4 && progress.GetProperty("syncedCount").GetInt64() == 4;
        },
        "every address has a verdict",
        TimeSpan.FromMinutes(2));

    private async Task UntilTrue(TestUser user, Guid wallet, IReadOnlyList<string> addresses)
    {
        foreach (var address in addresses) await syncing.System.UntilTrue(user, wallet, address);
    }
}
