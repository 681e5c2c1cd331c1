using System.Net;
using System.Text.Json;
using ChainSimulator.Serving;
using Shouldly;
using Testing;
using Xunit;

namespace Whole;

/// <summary>An owner cancels a sync in its middle and asks for it again later.</summary>
[Collection(nameof(SyncingSystem))]
public sealed class CancelAndRetry(SyncingSystem syncing)
{
    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_sync_cancelled_in_its_middle_goes_on_there_when_asked_for_and_ends_with_the_truth()
    {
        var script = syncing.Script;
        var address = (await script.CreateAsync(new(SyncingSystem.Bitcoin, 500), cancellation)).Single();
        await script.ResetCountersAsync(cancellation);
        var gate = await script.SetFaultAsync(new(FaultKind.Gate, Route: $"/address/{address}/txs/chain/*", Skip: 8, Count: 1), cancellation);
        var user = await syncing.System.NewUser();
        var wallet = await user.CreateWallet("undecided");
        await user.Import(wallet, address);
        await Eventually.Is(async () => (await script.GatesAsync(cancellation)).Count == 1, "the walk stands between two pages");

        await user.Delete($"/api/v1/wallets/{wallet}/sync");
        await Eventually.Is(async () => Text(await user.SyncProgress(wallet), "status") == "paused", "it is paused");
        await user.Delete($"/api/v1/wallets/{wallet}/sync");
        await script.ReleaseGateAsync(gate, null, cancellation);
        var progress = await user.SyncProgress(wallet);
        Text(progress, "reason").ShouldBe("cancelled by its owner");
        progress.GetProperty("percent").GetInt32().ShouldBeInRange(1, 99);
        var cancelled = (await Runs(user, wallet)).ShouldHaveSingleItem();
        Text(cancelled, "status").ShouldBe("cancelled");
        await Eventually.Is(async () => Text(await user.Get($"/api/v1/wallets/{wallet}/balances"), "status") == "paused",
            "what is known so far stays readable, and says why it is not whole");

        using (var stranger = await syncing.System.NewUser())
        {
            foreach (var path in new[] { $"/api/v1/wallets/{wallet}/syncs", $"/api/v1/wallets/{wallet}/syncs/{Text(cancelled, "id")}" })
            {
                using var answer = await stranger.Http.GetAsync(path, cancellation);
                answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
            }

            using var refused = await stranger.Http.DeleteAsync($"/api/v1/wallets/{wallet}/sync", cancellation);
            refused.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        }

        await user.Resync(wallet);
        await user.UntilVerified(wallet);
        await syncing.System.UntilTrue(user, wallet, address);
        await syncing.System.NoEventIsThereTwice("sync");

        var runs = await Eventually.Get(() => Runs(user, wallet), runs => Text(runs[0], "status") == "completed",
            "the second run is told as completed");
        runs.Count.ShouldBe(2);
        var counts = await script.RequestsAsync(cancellation);
        // Only the page that was on its way when the sync was cancelled, and the one read ahead of it, are asked for again;
        // none is stored twice.
        counts.PageCalls[address].ShouldBeLessThanOrEqualTo(counts.DistinctPages + 2);
        runs.Sum(run => run.GetProperty("pages").GetInt64()).ShouldBe(counts.DistinctPages);
        runs.Sum(run => run.GetProperty("found").GetInt64()).ShouldBe(500);
        Tell.Figures(
            $"cancelled after {cancelled.GetProperty("pages")} pages, {counts.PageCalls[address]} page calls for {counts.DistinctPages} pages");
        await syncing.Forget(user, wallet);
    }

    private static async Task<IReadOnlyList<JsonElement>> Runs(TestUser user, Guid wallet)
    {
        var runs = new List<JsonElement>();
        await foreach (var run in user.All($"/api/v1/wallets/{wallet}/syncs")) runs.Add(run);
        return runs;
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
