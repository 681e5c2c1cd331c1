using ChainSimulator.Serving;
using Contracts;
using Npgsql;
using Shouldly;
using Sync.Walks;
using Testing;
using Xunit;

namespace Services.Sync;

/// <summary>A slice is fetched once, whoever asks for it how often, and stores nothing that is no longer its business.</summary>
public sealed class FetchingASlice(SyncParts sync) : IClassFixture<SyncParts>
{
    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_slice_done_before_is_answered_from_its_stored_answer()
    {
        var (wallet, addresses) = await sync.NewWallet(60);
        var slice = await sync.NextSlice(wallet);
        var first = await sync.Runner.RunAsync(slice, redelivered: false, cancellation);
        first!.Value.Answer.ShouldSatisfyAllConditions(
            answer => answer.Outcome.ShouldBe(SliceOutcome.Done), answer => answer.Found.ShouldBe(60), answer => answer.Pages.ShouldBe(3));
        var asked = await sync.Script.RequestsAsync(cancellation);

        foreach (var redelivered in (bool[])[false, true])
            (await sync.Runner.RunAsync(slice, redelivered, cancellation)).ShouldBe(first);

        (await sync.Script.RequestsAsync(cancellation)).Total.ShouldBe(asked.Total);
        await sync.ShouldBeTrue(addresses[0]);
    }

    [Fact]
    public async Task slices_with_foreign_numbers_change_nothing()
    {
        var (wallet, addresses) = await sync.NewWallet(10);
        var slice = await sync.NextSlice(wallet);
        FetchPages[] foreign =
        [
            slice with { Slice = slice.Slice + 1 }, slice with { Slice = 0 }, slice with { Slice = -1 }, slice with { WalkNo = slice.WalkNo + 1 },
            slice with { WalkNo = slice.WalkNo - 1 }, slice with { LedgerId = Guid.CreateVersion7() },
        ];

        foreach (var command in foreign)
        {
            (await sync.Runner.RunAsync(command, redelivered: false, cancellation)).ShouldBeNull();
            (await sync.Runner.RunAsync(command, redelivered: true, cancellation)).ShouldBeNull();
        }

        (await sync.Script.RequestsAsync(cancellation)).Total.ShouldBe(0);
        (await sync.Runner.RunAsync(slice, redelivered: false, cancellation)).ShouldNotBeNull();
        await sync.ShouldBeTrue(addresses[0]);
    }

    [Fact]
    public async Task a_hundred_deliveries_and_a_hundred_redeliveries_during_a_walk_cost_no_page_twice()
    {
        var (wallet, addresses) = await sync.NewWallet(250);
        var gate = await sync.Script.SetFaultAsync(new(FaultKind.Gate, Route: $"/address/{addresses[0]}/txs/chain/*", Skip: 3, Count: 1),
            cancellation);
        var slice = await sync.NextSlice(wallet);
        var running = sync.Runner.RunAsync(slice, redelivered: false, cancellation);
        await Eventually.Is(async () => (await sync.Script.GatesAsync(cancellation)).Count == 1, "the slice stands between two pages");

        var duplicates = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => sync.Runner.RunAsync(slice, redelivered: false, cancellation)));
        var redelivered = Enumerable.Range(0, 100).Select(_ => sync.Runner.RunAsync(slice, redelivered: true, cancellation)).ToList();
        duplicates.ShouldAllBe(answer => !answer.HasValue);
        redelivered.ShouldAllBe(answer => !answer.IsCompleted);
        await sync.Script.ReleaseGateAsync(gate, null, cancellation);

        var answer = await running;
        foreach (var again in await Task.WhenAll(redelivered)) again.ShouldBe(answer);
        var counts = await sync.Script.RequestsAsync(cancellation);
        counts.PageCalls[addresses[0]].ShouldBe(counts.DistinctPages);
        await sync.ShouldBeTrue(addresses[0]);
    }

    [Fact]
    public async Task a_slice_taken_over_stores_nothing_more()
    {
        var (wallet, addresses) = await sync.NewWallet(120);
        var gate = await sync.Script.SetFaultAsync(new(FaultKind.Gate, Route: $"/address/{addresses[0]}/txs/chain/*", Skip: 1, Count: 1),
            cancellation);
        var slice = await sync.NextSlice(wallet);
        var running = sync.Runner.RunAsync(slice, redelivered: false, cancellation);
        await Eventually.Is(async () => (await sync.Script.GatesAsync(cancellation)).Count == 1, "the slice stands between two pages");

        // Its lease ran out unheard, so another consumer has it now.
        await sync.Execute("update walks set leased_until = now() - interval '1 second' where ledger_id = $1", slice.LedgerId);
        var other = await sync.Runner.RunAsync(slice, redelivered: false, cancellation);
        await sync.Script.ReleaseGateAsync(gate, null, cancellation);

        (await running).ShouldBeNull();
        other!.Value.Answer.Outcome.ShouldBe(SliceOutcome.Done);
        await sync.ShouldBeTrue(addresses[0]);
        await sync.ShouldHoldNoEventTwice();
    }

    [Fact]
    public async Task a_ledger_closed_in_mid_slice_gets_nothing_more()
    {
        var (wallet, addresses) = await sync.NewWallet(120);
        var ledger = await sync.LedgerOf(addresses[0]);
        var gate = await sync.Script.SetFaultAsync(new(FaultKind.Gate, Route: $"/address/{addresses[0]}/txs/chain/*", Skip: 1, Count: 1),
            cancellation);
        var slice = await sync.NextSlice(wallet);
        var running = sync.Runner.RunAsync(slice, redelivered: false, cancellation);
        await Eventually.Is(async () => (await sync.Script.GatesAsync(cancellation)).Count == 1, "the slice stands between two pages");

        await sync.Tell(new WalletDeleted(wallet, DateTimeOffset.UtcNow));
        await sync.Script.ReleaseGateAsync(gate, null, cancellation);

        (await running).ShouldBeNull();
        (await sync.Runner.RunAsync(slice, redelivered: true, cancellation)).ShouldBeNull();
        (await sync.Execute("select string_agg(type, ',') from mt_events where stream_id = $1", $"ledger-{ledger}")).ShouldBe("ledger_closed");
        foreach (var table in (string[])["ledgers", "ledger_transactions", "walks", "ledger_trackers"])
            (await sync.Execute($"select count(*) from {table} where ledger_id = $1", ledger)).ShouldBe(0L, table);
    }

    [Fact]
    public async Task a_ledger_closed_while_its_provider_fails_ends_quietly()
    {
        var (wallet, addresses) = await sync.NewWallet(60);
        await sync.Script.SetFaultAsync(new(FaultKind.Html, Id: "html", Route: $"/address/{addresses[0]}/*"), cancellation);
        var gate = await sync.Script.SetFaultAsync(new(FaultKind.Gate, Route: $"/address/{addresses[0]}/*", Count: 1), cancellation);
        var slice = await sync.NextSlice(wallet);
        var running = sync.Runner.RunAsync(slice, redelivered: false, cancellation);
        await Eventually.Is(async () => (await sync.Script.GatesAsync(cancellation)).Count == 1, "the slice asks for its first page");

        await sync.Tell(new WalletDeleted(wallet, DateTimeOffset.UtcNow));
        await sync.Script.ReleaseGateAsync(gate, null, cancellation);

        (await running).ShouldBeNull();
    }

    [Fact]
    public async Task what_fails_in_a_way_that_nobody_foresaw_waits_with_a_reason_and_goes_on_once_it_is_mended()
    {
        var (wallet, addresses) = await sync.NewWallet(60);
        var ledger = await sync.LedgerOf(addresses[0]);
        await sync.Execute("""
            create function refuse_rows() returns trigger language plpgsql as $$ begin raise exception 'what is this'; end $$;
            create trigger refuse_rows before insert on ledger_transactions for each statement execute function refuse_rows()
            """);
        try
        {
            foreach (var outcome in (SliceOutcome[])[SliceOutcome.Deferred, SliceOutcome.Deferred, SliceOutcome.Deferred, SliceOutcome.Deferred,
                SliceOutcome.Failed])
            {
                var (answer, _) = (await sync.Runner.RunAsync(await sync.NextSlice(wallet), redelivered: false, cancellation))!.Value;
                answer.ShouldSatisfyAllConditions(
                    () => answer.Outcome.ShouldBe(outcome), () => answer.Reason.ShouldBe("first: reading it failed in a way that was not foreseen"),
                    () => (answer.RetryAt > DateTimeOffset.UtcNow).ShouldBeTrue());
                await sync.LetTimePass(wallet);
            }
        }
        finally
        {
            await sync.Execute("drop trigger refuse_rows on ledger_transactions; drop function refuse_rows");
        }

        var (last, _) = (await sync.Runner.RunAsync(await sync.NextSlice(wallet), redelivered: false, cancellation))!.Value;
        last.Outcome.ShouldBe(SliceOutcome.Done);
        (await sync.Execute("select verdict from ledgers where ledger_id = $1", ledger)).ShouldBe("verified");
        await sync.ShouldBeTrue(addresses[0]);
    }

    [Fact]
    public async Task a_page_whose_events_cannot_be_stored_leaves_the_cursor_where_it_was()
    {
        var (wallet, addresses) = await sync.NewWallet(120);
        // A sequence keeps counting when its transaction is undone, so exactly one insert fails.
        await sync.Execute("""
            create sequence inserts;
            create function refuse() returns trigger language plpgsql as $$
            begin
                if nextval('inserts') = 4 then raise exception 'the disk is full' using errcode = '53100'; end if;
                return null;
            end $$;
            create trigger refuse before insert on mt_events for each statement execute function refuse()
            """);
        var slice = await sync.NextSlice(wallet);
        await Should.ThrowAsync<PostgresException>(() => sync.Runner.RunAsync(slice, redelivered: false, cancellation));

        var answer = await sync.Runner.RunAsync(slice, redelivered: true, cancellation);
        await sync.Execute("drop trigger refuse on mt_events; drop function refuse; drop sequence inserts");

        answer!.Value.Answer.Outcome.ShouldBe(SliceOutcome.Done);
        await sync.ShouldBeTrue(addresses[0]);
        // Not by a repair, which would have hidden that a page was lost.
        (await sync.Execute("select rounds from walks where ledger_id = $1", slice.LedgerId)).ShouldBe(1);
    }
}
