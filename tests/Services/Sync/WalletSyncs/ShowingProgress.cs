using System.Text.Json;
using System.Text.Json.Nodes;
using ChainSimulator.Serving;
using Contracts;
using Services.Wallets;
using Shouldly;
using Sync.Walks;
using Testing;
using Xunit;

namespace Services.Sync;

/// <summary>What the owner is shown while a sync runs: a percentage that never falls, and an end that can be believed.</summary>
public sealed class ShowingProgress(SyncParts sync) : IClassFixture<SyncParts>, IAsyncLifetime
{
    private SagaBus bus = null!;
    private SyncApi api = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => (bus, api) = (await SagaBus.Start(sync, fetching: true), await SyncApi.Start(sync));

    public async ValueTask DisposeAsync()
    {
        await sync.Script.ClearFaultsAsync(CancellationToken.None);
        await bus.DisposeAsync();
        await api.DisposeAsync();
    }

    // A page a minute for each address, by the rows' own times: the machine's pace has no part in it.
    [Theory]
    [InlineData(1_440, 0)]
    [InlineData(1_440, 480)]
    public async Task the_end_told_after_a_fifth_is_off_by_less_than_a_quarter(int transactions, int more)
    {
        var (wallet, addresses) = await sync.NewWallet(transactions);
        if (more > 0)
            await sync.Tell(SyncParts.Imported(wallet, (await sync.Script.CreateAsync(new(SyncParts.Bitcoin, more), Cancellation)).Single()));
        var pages = await sync.Script.SetFaultAsync(new(FaultKind.Gate, Route: "/address/*/txs*"), Cancellation);
        using var owner = api.As(await sync.OwnerOf(wallet));
        await bus.Due(wallet);

        var told = new List<(int Minute, int Percent, double? Eta, double? OfAddress)>();
        var minute = 0;
        for (; await NextPages(owner, wallet) is { } waiting; minute++)
        {
            await sync.Execute("update walks set paced_from = now() - make_interval(mins => $2) where wallet_id = $1", wallet, minute);
            await sync.Execute(
                "update wallet_syncs set data = jsonb_set(data, '{PacedFrom}', to_jsonb(now() - make_interval(mins => $2))) " +
                "where correlation_id = $1", wallet, minute);
            var progress = await Progress(owner, wallet);
            var address = progress["addresses"]!.AsArray().Single(entry => entry!["address"]!.GetValue<string>() == addresses[0])!;
            told.Add((minute, progress["percent"]!.GetValue<int>(), Minutes(progress), Minutes(address)));
            await sync.Script.ReleaseGateAsync(pages, waiting, Cancellation);
        }

        var due = told.Where(sample => sample.Percent is >= 20 and <= 80).ToList();
        due.Count.ShouldBeGreaterThan(20);
        foreach (var (at, percent, eta, ofAddress) in due)
        {
            Error(eta, minute - at).ShouldBeLessThan(0.25, $"at {percent} % it told {eta} minutes, and it ended after {minute - at}");
            if (more == 0)
                Error(ofAddress, minute - at).ShouldBeLessThan(0.25,
                    $"at {percent} % it told {ofAddress} minutes of the address, and it ended after {minute - at}");
        }

        Minutes(await Progress(owner, wallet)).ShouldBeNull();
        TestContext.Current.SendDiagnosticMessage(
            $"{due.Count} ends told, off by at most {due.Max(sample => Error(sample.Eta, minute - sample.Minute)):P0}");
    }

    [Fact]
    public async Task an_address_that_somebody_else_tracks_shows_nothing_of_what_they_had_read()
    {
        var (first, addresses) = await sync.NewWallet(30);
        await sync.Sync(first);
        using var one = api.As(await sync.OwnerOf(first));
        Shown(await Progress(one, first)).ShouldBe(("verified", 100, 30, "verified", true));

        var second = Guid.CreateVersion7();
        await sync.Tell(new WalletCreated(second, Guid.CreateVersion7(), "second", DateTimeOffset.UtcNow), SyncParts.Imported(second, addresses[0]));
        using var other = api.As(await sync.OwnerOf(second));
        var imported = await Progress(other, second);
        Shown(imported).ShouldBe(("queued", 0, 0, null, false));
        imported["addresses"]![0]!["reason"]!.GetValue<string>().ShouldBe("its wallet's sync has yet to begin");
        (imported["percent"]!.GetValue<int>(), imported["found"]!.GetValue<long>(), imported["syncedCount"]!.GetValue<long>()).ShouldBe((0, 0, 0));
        Shown(await Progress(one, first)).ShouldBe(("verified", 100, 30, "verified", true));

        var before = DateTimeOffset.UtcNow;
        await sync.Sync(second);
        var own = await Progress(other, second);
        Shown(own).ShouldBe(("verified", 100, 30, "verified", true));
        own["addresses"]![0]!["checkedAt"]!.GetValue<DateTimeOffset>().ShouldBeGreaterThan(before);

        static (string Status, int Percent, long Found, string? Verdict, bool IsChecked) Shown(JsonNode progress)
        {
            var address = progress["addresses"]!.AsArray().Single()!;
            return (address["status"]!.GetValue<string>(), address["percent"]!.GetValue<int>(), address["found"]!.GetValue<long>(),
                address["verdict"]?.GetValue<string>(), address["checkedAt"] is not null);
        }
    }

    [Fact]
    public async Task the_percentage_never_falls_whatever_is_read_again_or_grows_and_whoever_answers()
    {
        var (wallet, addresses) = await sync.NewWallet(240);
        await sync.Mine(15);
        var address = addresses[0];
        // A difference that is repaired at the end, by reading everything again.
        await sync.Script.SetFaultAsync(new(FaultKind.Lie, Balance: 11, Route: $"/address/{address}"), Cancellation);
        var closing = await sync.Script.SetFaultAsync(new(FaultKind.Gate, Replica: "main", Route: "/blocks/tip/hash", Skip: 1, Count: 1),
            Cancellation);
        await using var replica = await SyncApi.Start(sync);
        using var owner = api.As(await sync.OwnerOf(wallet));
        using var elsewhere = replica.As(await sync.OwnerOf(wallet));
        await bus.Due(wallet);
        await UntilAt(closing);
        var shown = await Progress(owner, wallet);
        Percents(shown).ShouldBe((99, 99));

        // The address grows by a quarter while the round closes, so another one begins.
        await sync.Mine(1, 60, address);
        var again = await sync.Script.SetFaultAsync(new(FaultKind.Gate, Replica: "main", Route: $"/address/{address}/txs/chain", Count: 1),
            Cancellation);
        await sync.Script.ReleaseGateAsync(closing, null, Cancellation);
        await UntilAt(again);

        foreach (var client in new[] { elsewhere, owner })
        {
            var progress = await Progress(client, wallet);
            (progress["found"]!.GetValue<long>() * 100 / (progress["found"]!.GetValue<long>() + progress["remaining"]!.GetValue<long>()))
                .ShouldBe(80);
            Percents(progress).ShouldBe((99, 99));
        }

        await sync.Script.ReleaseGateAsync(again, null, Cancellation);
        var last = (99, 99);
        await Eventually.Get(
            async () =>
            {
                var progress = await Progress(elsewhere, wallet);
                var now = Percents(progress);
                now.Wallet.ShouldBeGreaterThanOrEqualTo(last.Item1);
                now.Address.ShouldBeGreaterThanOrEqualTo(last.Item2);
                last = now;
                return progress;
            },
            progress => progress["addresses"]![0]!["status"]!.GetValue<string>() == "mismatch", "it is repaired in vain");
        (await sync.Execute("select count(*) from sync_runs where wallet_id = $1", wallet)).ShouldBe(1L);
        last.ShouldBe((100, 100));
    }

    [Fact]
    public async Task a_hundred_percent_is_not_shown_while_an_address_imported_meanwhile_is_read()
    {
        var (wallet, _) = await sync.NewWallet(10);
        using var owner = api.As(await sync.OwnerOf(wallet));
        await bus.Due(wallet);
        await Eventually.Is(async () => await bus.State(wallet) == "Idle", "the first sync is over");
        var check = await sync.Script.SetFaultAsync(new(FaultKind.Gate, Route: "/blocks/tip/hash", Count: 1), Cancellation);
        await sync.Tell(new SyncRequested(wallet, DateTimeOffset.UtcNow));
        await bus.Due(wallet);
        await UntilAt(check);
        var before = await owner.GetOk($"/api/v1/wallets/{wallet}/sync");
        var large = (await sync.Script.CreateAsync(new("bitcoin", 480), Cancellation)).Single();
        var page = await sync.Script.SetFaultAsync(new(FaultKind.Gate, Route: $"/address/{large}/txs*", Skip: 4, Count: 1), Cancellation);
        await sync.Tell(SyncParts.Imported(wallet, large));
        await sync.Script.ReleaseGateAsync(check, null, Cancellation);
        await bus.Due(wallet);
        await UntilAt(page);

        var now = await owner.GetOk($"/api/v1/wallets/{wallet}/sync");
        var why = $"{before}\n{now}";
        await sync.Script.ReleaseGateAsync(page, null, Cancellation);
        now["status"]!.GetValue<string>().ShouldBe("syncing", why);
        now["percent"]!.GetValue<int>().ShouldBeLessThan(100, why);
    }

    [Fact]
    public async Task a_stated_wait_is_in_the_end_told_and_a_second_failure_makes_it_unknown()
    {
        var (wallet, addresses) = await sync.NewWallet(480);
        await sync.Script.SetFaultAsync(new(FaultKind.RateLimit, Route: $"/address/{addresses[0]}/txs*", Skip: 6, RetryAfterSeconds: 120),
            Cancellation);
        using var owner = api.As(await sync.OwnerOf(wallet));
        await bus.Due(wallet);

        var waiting = await Eventually.Get(
            () => Progress(owner, wallet), progress => progress["status"]!.GetValue<string>() == "waiting", "it waits for the provider");

        var (nextTry, eta) = (At(waiting["nextTry"]), At(waiting["eta"]));
        eta.ShouldNotBeNull().ShouldBeGreaterThan(nextTry.ShouldNotBeNull());
        waiting["etaSeconds"]!.GetValue<long>().ShouldBeInRange(60, 600);
        At(waiting["addresses"]![0]!["eta"]).ShouldNotBeNull().ShouldBeGreaterThan(nextTry.Value);

        var (reason, again) = await Waits(owner, wallet);
        (reason, again).ShouldBe((Text(waiting, "reason"), nextTry));
        using var elsewhere = api.As(await sync.OwnerOf(wallet), new HashSet<Guid> { Guid.CreateVersion7() });
        (await elsewhere.GetOk("/api/v1/issues/sync"))["count"]!.GetValue<long>().ShouldBe(0, "of other wallets a key is not told");

        await sync.Execute("update walks set failures = 2 where wallet_id = $1", wallet);
        var stuck = await Progress(owner, wallet);
        (stuck["eta"], stuck["etaSeconds"], stuck["addresses"]![0]!["eta"]).ShouldBe((null, null, null));
    }

    [Fact]
    public async Task a_cancelled_sync_is_shown_as_paused_with_its_reason_until_it_is_asked_for()
    {
        var (wallet, addresses) = await sync.NewWallet(240);
        var gate = await sync.Script.SetFaultAsync(new(FaultKind.Gate, Route: $"/address/{addresses[0]}/txs*", Skip: 4, Count: 1), Cancellation);
        using var owner = api.As(await sync.OwnerOf(wallet));
        await bus.Due(wallet);
        await UntilAt(gate);
        await sync.Tell(new SyncCancelRequested(wallet, DateTimeOffset.UtcNow));
        await bus.Due(wallet, overdue: false);
        await sync.Script.ReleaseGateAsync(gate, null, Cancellation);

        var paused = await Progress(owner, wallet);

        var address = paused["addresses"]![0]!;
        (Text(paused, "status"), Text(paused, "reason"), Text(address, "status"), Text(address, "reason"))
            .ShouldBe(("paused", "cancelled by its owner", "paused", "cancelled by its owner"));
        (paused["eta"], paused["nextTry"], address["eta"], address["nextTry"]).ShouldBe((null, null, null, null));
        paused["percent"]!.GetValue<int>().ShouldBeInRange(1, 99);

        await sync.Tell(new SyncRequested(wallet, DateTimeOffset.UtcNow));
        await bus.Due(wallet, overdue: false);
        await Eventually.Get(() => Progress(owner, wallet), progress => Text(progress["addresses"]![0]!, "status") == "verified", "it goes on");
        await sync.ShouldBeTrue(addresses[0]);
    }

    [Fact]
    public async Task an_address_of_a_network_that_is_not_synced_here_waits_with_that_reason_and_holds_up_nothing()
    {
        var (wallet, addresses) = await sync.NewWallet(24);
        await sync.Tell(SyncParts.Imported(wallet, "LVuDpNCSSj6pQ7t9Pv6d6sUkLKoqDEVUnJ") with { Network = "litecoin" });
        using var owner = api.As(await sync.OwnerOf(wallet));
        await bus.Due(wallet);
        await Eventually.Is(async () => await bus.State(wallet) is "Idle" && await sync.VerdictOf(addresses[0]) is "verified",
            "the other address is synced");

        await ShouldWait();
        (await bus.Told(wallet)).ShouldBe("sync_started,sync_completed");

        // Asking again changes nothing about it, and the regular check of the other goes on.
        await sync.Tell(new SyncRequested(wallet, DateTimeOffset.UtcNow));
        await bus.Due(wallet);
        await Eventually.Is(async () => await bus.State(wallet) is "Idle", "that run is over too");
        await sync.Mine(1, 3, addresses[0]);
        await sync.Execute("update ledgers set checked_at = now() - interval '1 day', wanted_at = now() - interval '2 days' where address = $1",
            addresses[0]);
        await bus.Due(wallet);
        await Eventually.Is(async () => (await Progress(owner, wallet))["found"]!.GetValue<long>() == 27, "what is new is found");
        await Eventually.Is(async () => await bus.State(wallet) is "Idle", "the check is over");
        await ShouldWait();

        async Task ShouldWait()
        {
            var progress = await Progress(owner, wallet);
            var waiting = progress["addresses"]!.AsArray().Single(entry => Text(entry!, "network") == "litecoin")!;
            foreach (var node in new[] { progress, waiting })
            {
                (Text(node, "status"), Text(node, "reason")).ShouldBe(("waiting", "no provider is configured for litecoin"));
                At(node["nextTry"]).ShouldNotBeNull();
                node["eta"].ShouldBeNull();
            }

            (progress["percent"]!.GetValue<int>(), progress["syncedCount"]!.GetValue<long>(), progress["addressCount"]!.GetValue<long>())
                .ShouldBe((50, 1, 2));
            (await Waits(owner, wallet)).ShouldBe((Text(progress, "reason"), At(progress["nextTry"])));
        }
    }

    // What the list of issues says of the wallet, which is all of it.
    private static async Task<(string? Reason, DateTimeOffset? NextTry)> Waits(HttpClient owner, Guid wallet)
    {
        var found = await owner.GetOk("/api/v1/issues/sync");
        found["data"]!.AsArray().Select(kind => (kind!["kind"]!.GetValue<string>(), kind["count"]!.GetValue<long>())).ShouldBe([("waiting", 1)]);
        var one = found["data"]![0]!["first"]!.AsArray().Single()!;
        one["walletId"]!.GetValue<Guid>().ShouldBe(wallet);
        return (Text(one, "reason"), At(one["nextTry"]));
    }

    [Fact]
    public async Task a_slice_under_way_is_let_go_when_its_network_is_no_longer_synced()
    {
        var (wallet, _) = await sync.NewWallet(24);
        await sync.Execute("update ledgers set network = 'litecoin' where ledger_id in (select ledger_id from ledger_trackers where wallet_id = $1)",
            wallet);
        await sync.Plan(SyncParts.SagaOf(wallet), "litecoin");
        var ledger = (Guid)(await sync.Execute("select ledger_id from ledger_trackers where wallet_id = $1", wallet))!;
        await sync.Execute(
            "update wallet_syncs set state = 'Syncing', data = jsonb_build_object('Trigger', 'import', 'InFlight', " +
            "jsonb_build_array(jsonb_build_object('LedgerId', $2::uuid, 'Network', 'litecoin', 'WalkNo', 1, 'Slice', 1))) where correlation_id = $1",
            wallet, ledger);

        await bus.Due(wallet);

        (await bus.State(wallet)).ShouldBe("Idle");
        using var owner = api.As(await sync.OwnerOf(wallet));
        Text(await Progress(owner, wallet), "reason").ShouldBe("no provider is configured for litecoin");
    }

    [Fact]
    public async Task pages_are_the_runs_and_never_fewer_than_before_whoever_goes_on_with_the_address()
    {
        await using var played = await SagaBus.Start(sync);
        var (wallet, addresses) = await sync.NewWallet(5);
        using var owner = api.As(await sync.OwnerOf(wallet));
        await played.Due(wallet);
        await played.Answer(await played.Sent(1), SliceOutcome.More, pages: 4, found: 90);
        (await Pages(owner, wallet)).ShouldBe(4);

        // The walk began before the sync was asked for, so another one follows it in the same run.
        await sync.Tell(new SyncRequested(wallet, DateTimeOffset.UtcNow));
        await played.Answer(await played.Sent(2), SliceOutcome.Done, pages: 3, found: 60);
        await played.Sent(3);
        (await Pages(owner, wallet)).ShouldBe(7);

        // Nobody answers for it, and another wallet's runs take the address over.
        var other = Guid.CreateVersion7();
        await sync.Tell(new WalletCreated(other, Guid.CreateVersion7(), "other", DateTimeOffset.UtcNow), SyncParts.Imported(other, addresses[0]));
        await sync.Execute("update walks set leased_until = now() where wallet_id = $1", wallet);
        await played.Due(other);
        await played.Answer(await played.Sent(4), SliceOutcome.Done);
        await played.Answer(await played.Sent(5), SliceOutcome.Done);
        await sync.Tell(new SyncRequested(other, DateTimeOffset.UtcNow));
        await played.Due(other);
        await played.Sent(6);
        (await sync.Execute("select w.pages from walks w join ledger_trackers t using (ledger_id) where t.wallet_id = $1", wallet)).ShouldBe(0L);
        (await Pages(owner, wallet)).ShouldBe(7);

        // The next run counts anew.
        await sync.Execute("update wallet_syncs set state = 'Idle' where correlation_id = $1", wallet);
        await sync.Execute("update ledgers set wanted_at = now() where ledger_id = $1", await sync.LedgerOf(addresses[0]));
        await sync.Execute("update walks set active = false where wallet_id = $1", other);
        await played.Due(wallet);
        await played.Sent(7);
        (await Pages(owner, wallet)).ShouldBe(0);
    }

    [Fact]
    public void answers_stored_before_slices_counted_requests_are_still_read() =>
        JsonSerializer.Deserialize<SliceAnswer>(
            """{"Outcome":1,"Pages":3,"Found":60,"Reason":null,"RetryAt":null,"At":"2026-01-02T03:04:05+00:00"}""")
            .ShouldBe(new SliceAnswer(SliceOutcome.Done, 3, 60, null, null, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)));

    private Task UntilAt(string gate) =>
        Eventually.Is(async () => (await sync.Script.GatesAsync(Cancellation)).Any(wait => wait.Gate == gate), "a request is held");

    private static Task<JsonNode> Progress(HttpClient client, Guid wallet) => client.GetOk($"/api/v1/wallets/{wallet}/sync");

    private static async Task<long> Pages(HttpClient client, Guid wallet) =>
        (await Progress(client, wallet))["addresses"]![0]!["pages"]!.GetValue<long>();

    private static (int Wallet, int Address) Percents(JsonNode progress) =>
        (progress["percent"]!.GetValue<int>(), progress["addresses"]![0]!["percent"]!.GetValue<int>());

    private static DateTimeOffset? At(JsonNode? node) => node?.GetValue<DateTimeOffset>();

    private static string? Text(JsonNode node, string name) => node[name]?.GetValue<string>();

    // How many pages wait to be told once every address that is not synced waits for one; null once all are synced.
    private async Task<int?> NextPages(HttpClient owner, Guid wallet)
    {
        var waiting = 0;
        await Eventually.Is(
            async () =>
            {
                var left = (await Progress(owner, wallet))["addresses"]!.AsArray().Count(address => Text(address!, "status") != "verified");
                waiting = (await sync.Script.GatesAsync(Cancellation)).Count;
                return waiting == left;
            },
            "every address that is not synced waits for a page");
        return waiting > 0 ? waiting : null;
    }

    private static double? Minutes(JsonNode node) => node["etaSeconds"]?.GetValue<long>() / 60.0;

    // Of what was left when it was told.
    private static double Error(double? eta, int left) => eta is { } told ? Math.Abs(told - left) / left : double.PositiveInfinity;
}
