using System.Text.Json.Nodes;
using Contracts;
using Services.Wallets;
using Shouldly;
using Sync;
using Sync.Walks;
using Sync.WalletSyncs.Runs;
using Testing;
using Xunit;

namespace Services.Sync;

/// <summary>What the runs' list tells, to whom, and that the log alone makes the same rows.</summary>
public sealed class ListingRuns(SyncParts sync) : IClassFixture<SyncParts>, IAsyncLifetime
{
    private SagaBus bus = null!;
    private SyncApi api = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => (bus, api) = (await SagaBus.Start(sync), await SyncApi.Start(sync));

    public async ValueTask DisposeAsync()
    {
        await api.DisposeAsync();
        await bus.DisposeAsync();
    }

    [Fact]
    public async Task a_run_is_told_from_its_beginning_to_its_end()
    {
        var (wallet, _) = await sync.NewWallet(5);
        using var owner = api.As(await sync.OwnerOf(wallet));
        await bus.Due(wallet);
        var run = (await Runs(owner, wallet)).ShouldHaveSingleItem();
        Told(run).ShouldBe("import running 0/0/0");
        run["finishedAt"].ShouldBeNull();
        run["durationMs"].ShouldBeNull();

        await bus.Answer(await bus.Sent(1), SliceOutcome.More, pages: 4, found: 90, requests: 7);
        Told((await Runs(owner, wallet)).Single()).ShouldBe("import running 4/7/90");

        await bus.Answer(await bus.Sent(2), SliceOutcome.Deferred, reason: "first: rate limited", retryAt: DateTimeOffset.UtcNow.AddMinutes(3),
            requests: 1);
        run = (await Runs(owner, wallet)).Single();
        Told(run).ShouldBe("import waiting 4/8/90");
        run["reason"]!.GetValue<string>().ShouldBe("first: rate limited");
        run["nextTry"]!.GetValue<DateTimeOffset>().ShouldBe(DateTimeOffset.UtcNow.AddMinutes(3), TimeSpan.FromMinutes(1));

        await sync.LetTimePass(wallet);
        await bus.Due(wallet);
        run = (await Runs(owner, wallet)).Single();
        Told(run).ShouldBe("import running 4/8/90");
        (run["reason"], run["nextTry"]).ShouldBe((null, null));

        await bus.Answer(await bus.Sent(3), SliceOutcome.Done, pages: 1, found: 10, requests: 3);
        run = (await Runs(owner, wallet)).Single();
        Told(run).ShouldBe("import completed 5/11/100");
        (run["reason"], run["nextTry"]).ShouldBe((null, null));
        var took = run["finishedAt"]!.GetValue<DateTimeOffset>() - run["startedAt"]!.GetValue<DateTimeOffset>();
        TimeSpan.FromMilliseconds(run["durationMs"]!.GetValue<long>()).ShouldBe(took, TimeSpan.FromMilliseconds(1));
        (await owner.GetOk($"/api/v1/wallets/{wallet}/syncs/{run.Id()}")).ToJsonString().ShouldBe(run.ToJsonString());
    }

    [Fact]
    public async Task a_run_that_failed_says_why_and_when_it_is_tried_again()
    {
        var (wallet, _) = await sync.NewWallet(5);
        using var owner = api.As(await sync.OwnerOf(wallet));
        await Fail(wallet);

        var run = (await Runs(owner, wallet)).Single();

        Told(run).ShouldBe("import failed 0/2/0");
        run["reason"]!.GetValue<string>().ShouldBe("first: down");
        run["nextTry"]!.GetValue<DateTimeOffset>().ShouldBeGreaterThan(DateTimeOffset.UtcNow);
    }

    [Fact]
    public async Task what_a_notice_needs_is_in_the_contract_of_each_end()
    {
        var map = new SyncContractMap();
        var (wallet, _) = await sync.NewWallet(5);
        await Fail(wallet);
        await sync.Tell(new SyncRequested(wallet, DateTimeOffset.UtcNow));
        await bus.Answer(await Begin(wallet), SliceOutcome.More, pages: 4, found: 90, requests: 7);
        await sync.Tell(new SyncCancelRequested(wallet, DateTimeOffset.UtcNow));
        await bus.Due(wallet);
        await Eventually.Is(() => bus.All.Last().Slice == 3, "the slice after the one that was answered is sent");
        await sync.Tell(new SyncRequested(wallet, DateTimeOffset.UtcNow));
        var slice = await Begin(wallet);
        var sent = bus.All.Count;
        await bus.Answer(slice, SliceOutcome.Done, pages: 1, found: 10, requests: 2);
        // The walk began before the sync was asked for, so a check follows it.
        await bus.Answer(await bus.Sent(sent + 1), SliceOutcome.Done, requests: 1);

        var told = new List<Contract>();
        await foreach (var stored in sync.Store.ReadStreamAsync($"wallet-sync-{wallet}", Cancellation)) told.Add(map.Map(stored)!);

        var failed = told.OfType<WalletSyncFailed>().Single();
        (failed.Trigger, failed.Pages, failed.Requests, failed.Found, failed.Reason).ShouldBe(("import", 0, 2, 0, "first: down"));
        var cancelled = told.OfType<WalletSyncCancelled>().Single();
        (cancelled.Trigger, cancelled.Pages, cancelled.Requests, cancelled.Found).ShouldBe(("requested", 4, 7, 90));
        var completed = told.OfType<WalletSyncCompleted>().Single();
        (completed.Trigger, completed.Pages, completed.Requests, completed.Found).ShouldBe(("requested", 1, 3, 10));
        foreach (var (run, started, at) in new[] { (failed.RunId, failed.StartedAt!.Value, failed.At),
            (cancelled.RunId, cancelled.StartedAt, cancelled.At), (completed.RunId, completed.StartedAt!.Value, completed.At) })
        {
            told.OfType<WalletSyncStarted>().Single(e => e.RunId == run).At.ShouldBe(started);
            at.ShouldBeGreaterThan(started);
        }
    }

    [Fact]
    public async Task regular_checks_that_find_nothing_are_no_runs()
    {
        var (wallet, _) = await sync.NewWallet(5);
        using var owner = api.As(await sync.OwnerOf(wallet));
        await sync.Sync(wallet);
        await sync.Execute("update ledgers set checked_at = now() - interval '1 hour', wanted_at = now() - interval '1 hour'");
        await bus.Due(wallet);
        await bus.Answer(await bus.Sent(1), SliceOutcome.Done, requests: 3);

        (await Runs(owner, wallet)).ShouldBeEmpty();
    }

    [Fact]
    public async Task runs_that_arrive_while_the_list_is_walked_neither_skip_nor_repeat_any()
    {
        var (wallet, _) = await sync.NewWallet(5);
        using var owner = api.As(await sync.OwnerOf(wallet));
        for (var n = 0; n < 7; n++) await Run(wallet);
        var before = (await Runs(owner, wallet)).Select(run => run.Id()).ToList();

        var walked = new List<string>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await owner.GetOk($"/api/v1/wallets/{wallet}/syncs?limit=2{cursor}");
            walked.AddRange(page["data"]!.AsArray().Select(run => run!.Id()));
            await Run(wallet);
            cursor = page["next"] is { } next ? $"&cursor={next}" : null;
        }

        walked.ShouldBe(before);
        var now = await Runs(owner, wallet);
        now.Count.ShouldBe(7 + 4);
        now.Select(run => run["startedAt"]!.GetValue<DateTimeOffset>()).ShouldBeInOrder(SortDirection.Descending);

        // And back to what arrived meanwhile.
        var last = await owner.GetOk($"/api/v1/wallets/{wallet}/syncs?limit=10");
        var second = await owner.GetOk($"/api/v1/wallets/{wallet}/syncs?limit=10&cursor={last["next"]}");
        var back = await owner.GetOk($"/api/v1/wallets/{wallet}/syncs?limit=10&cursor={second["prev"]}");
        back["data"]!.ToJsonString().ShouldBe(last["data"]!.ToJsonString());
    }

    [Fact]
    public async Task another_users_runs_do_not_exist()
    {
        var (wallet, _) = await sync.NewWallet(5);
        await Run(wallet);
        using var owner = api.As(await sync.OwnerOf(wallet));
        var run = (await Runs(owner, wallet)).Single().Id();
        var (mine, _) = await sync.NewWallet(5);
        var user = await sync.OwnerOf(mine);
        using var other = api.As(user);
        using var limited = api.As(await sync.OwnerOf(wallet), new HashSet<Guid> { mine });

        foreach (var client in new[] { other, limited })
        {
            await client.SendForProblem(HttpMethod.Get, $"/api/v1/wallets/{wallet}/syncs", null, "wallet-not-found");
            await client.SendForProblem(HttpMethod.Get, $"/api/v1/wallets/{wallet}/syncs/{run}", null, "wallet-not-found");
        }

        // Nor through a wallet of one's own.
        await other.SendForProblem(HttpMethod.Get, $"/api/v1/wallets/{mine}/syncs/{run}", null, "sync-not-found");
    }

    [Fact]
    public async Task a_run_that_never_ended_is_ended_by_the_next_one()
    {
        var (wallet, _) = await sync.NewWallet(5);
        using var owner = api.As(await sync.OwnerOf(wallet));
        await bus.Due(wallet);
        // Its saga was lost with what it knew, and an import makes another one.
        await sync.Execute("update wallet_syncs set state = 'Idle', data = '{}' where correlation_id = $1", wallet);
        await sync.LetTimePass(wallet);
        await bus.Due(wallet);

        var runs = await Runs(owner, wallet);

        runs.Select(run => run["status"]!.GetValue<string>()).ShouldBe(["running", "failed"]);
        runs[1]["reason"]!.GetValue<string>().ShouldBe("superseded by another run");
        runs[1]["finishedAt"].ShouldNotBeNull();
    }

    [Fact]
    public async Task rebuilt_from_the_log_the_runs_have_the_same_rows()
    {
        var (kept, _) = await sync.NewWallet(5);
        for (var n = 0; n < 2; n++) await Run(kept);
        var (failed, _) = await sync.NewWallet(5);
        await Fail(failed);
        await sync.Tell(new SyncRequested(failed, DateTimeOffset.UtcNow));
        await Begin(failed);
        await sync.Tell(new SyncCancelRequested(failed, DateTimeOffset.UtcNow));
        await bus.Due(failed);
        var (superseded, _) = await sync.NewWallet(5);
        await Begin(superseded);
        await sync.Execute("update wallet_syncs set state = 'Idle', data = '{}' where correlation_id = $1", superseded);
        await sync.LetTimePass(superseded);
        await bus.Answer(await Begin(superseded), SliceOutcome.Deferred, reason: "first: slow", retryAt: DateTimeOffset.UtcNow.AddMinutes(1));
        var (deleted, _) = await sync.NewWallet(5);
        await Run(deleted);
        await sync.Tell(new WalletDeleted(deleted, DateTimeOffset.UtcNow));
        (await sync.Execute("select count(*) from sync_runs where wallet_id = $1", deleted)).ShouldBe(0L);

        var live = await DatabaseText.Of(sync.Database.DataSource, "sync_runs");
        await sync.Store.RebuildAsync(new SyncRuns(), batchSize: 3, Cancellation);

        live.Count.ShouldBeGreaterThanOrEqualTo(6);
        (await DatabaseText.Of(sync.Database.DataSource, "sync_runs")).ShouldBe(live);
        live.ShouldContain(row => row.Contains(",waiting,"));
        live.ShouldContain(row => row.Contains("superseded"));

        // Where there were runs before there was the table, the migration makes the same of them; cancelled ones there were none.
        await sync.Execute("delete from sync_runs; delete from mt_events where type = 'sync_cancelled'");
        var script = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "services/Sync/Migrations/0003-sync-runs.sql"), Cancellation);
        await sync.Execute(script[script.IndexOf("insert into sync_runs",
            StringComparison.Ordinal)..(script.IndexOf("told;", StringComparison.Ordinal) + 5)]);
        var migrated = await DatabaseText.Of(sync.Database.DataSource, "sync_runs");
        await sync.Store.RebuildAsync(new SyncRuns(), ct: Cancellation);
        migrated.ShouldBe(await DatabaseText.Of(sync.Database.DataSource, "sync_runs"));
    }

    private async Task<FetchPages> Begin(Guid wallet)
    {
        var sent = bus.All.Count;
        await bus.Due(wallet);
        return await bus.Sent(sent + 1);
    }

    private async Task Run(Guid wallet)
    {
        await sync.Tell(new SyncRequested(wallet, DateTimeOffset.UtcNow));
        await bus.Answer(await Begin(wallet), SliceOutcome.Done, pages: 1, found: 1, requests: 3);
        (await bus.State(wallet)).ShouldBe("Idle");
    }

    private async Task Fail(Guid wallet)
    {
        var slice = await Begin(wallet);
        await sync.Execute("update walks set failures = 9 where ledger_id = $1", slice.LedgerId);
        await bus.Answer(slice, SliceOutcome.Failed, reason: "first: down", retryAt: DateTimeOffset.UtcNow.AddMinutes(3), requests: 2);
        (await bus.State(wallet)).ShouldBe("Idle");
    }

    private static string Told(JsonNode run) => $"{run["trigger"]} {run["status"]} {run["pages"]}/{run["requests"]}/{run["found"]}";

    private static async Task<IReadOnlyList<JsonNode>> Runs(HttpClient client, Guid wallet) =>
        [.. (await client.GetOk($"/api/v1/wallets/{wallet}/syncs"))["data"]!.AsArray().Select(run => run!)];
}
