using System.Collections.Concurrent;
using System.Diagnostics;
using Chains;
using EventSourcing;
using Microsoft.Extensions.Options;
using ServiceDefaults;
using Sync.Chains;
using Sync.Ledgers;
using Sync.WalletSyncs;

namespace Sync.Walks;

/// <summary>
/// Runs one claimed slice: a few seconds of a walk. A walk is made of rounds. A round notes the tip and the address's
/// summary, reads pages newest to oldest down to its floor, each page stored in the transaction of its cursor, and closes
/// by asking the tip again. Only between equal tips are conclusions drawn: what vanished, and whether balances agree.
/// </summary>
internal sealed class SliceRunner(
    WalkStore store, ChainAdapters adapters, IOptions<SyncOptions> options, TimeProvider clock, IHostApplicationLifetime lifetime, ILogger<SliceRunner> log)
{
    private const int LeaseSeconds = 40;
    private const int MaxRounds = 12;
    private const int PageTries = 3;

    private readonly ConcurrentDictionary<(Guid LedgerId, long WalkNo, int Slice), Task> inHand = new();

    /// <summary>
    /// Claims and runs the slice; null where nothing is to be answered. A redelivered command means that its first
    /// consumer is gone or cut off, so it is taken over at once; the fence keeps the other from storing anything more.
    /// Where the other is in this very process and goes on, its end is awaited instead.
    /// </summary>
    public async Task<(SliceAnswer Answer, Guid WalletId)?> RunAsync(FetchPages command, bool redelivered, CancellationToken ct)
    {
        var slice = (command.LedgerId, command.WalkNo, command.Slice);
        while (redelivered && inHand.TryGetValue(slice, out var running)) await running.WaitAsync(ct);

        var (walk, earlier) = await store.ClaimAsync(command, redelivered, LeaseSeconds, ct);
        if (walk is null) return earlier is null ? null : (earlier, command.WalletId);

        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        inHand[slice] = end.Task;
        try
        {
            return await RunAsync(walk, ct);
        }
        finally
        {
            inHand.TryRemove(new(slice, end.Task));
            end.SetResult();
        }
    }

    private async Task<(SliceAnswer Answer, Guid WalletId)?> RunAsync(Walk walk, CancellationToken ct)
    {
        var (pages, found, requests) = (walk.Pages, walk.Found, walk.Requests);
        SliceAnswer Answer(SliceOutcome outcome, string? reason = null, DateTimeOffset? retryAt = null) =>
            new(outcome, walk.Pages - pages, walk.Found - found, reason, retryAt, clock.GetUtcNow(), walk.Requests - requests);

        try
        {
            return (await WalkOrDeferAsync(walk, Answer, ct), walk.WalletId);
        }
        catch (ClaimLostException)
        {
            log.LogInformation("Slice {Slice} of ledger {LedgerId} was taken over or its ledger closed.", walk.Slice, walk.LedgerId);
            return null;
        }
    }

    private async Task<SliceAnswer> WalkOrDeferAsync(Walk walk, Func<SliceOutcome, string?, DateTimeOffset?, SliceAnswer> answer, CancellationToken ct)
    {
        try
        {
            return await WalkAsync(walk, answer, ct);
        }
        catch (ProviderException e)
        {
            SyncMetrics.SliceFailures.Add(1, new("network", walk.Network), new("failure", e.Failure.ToString()));
            log.LogWarning("Ledger {LedgerId} waits: {Reason}", walk.LedgerId, e.Message);
            return await DeferAsync(walk, e, answer, ct);
        }
    }

    private async Task<SliceAnswer> WalkAsync(Walk walk, Func<SliceOutcome, string?, DateTimeOffset?, SliceAnswer> answer, CancellationToken ct)
    {
        var adapter = adapters.Find(walk.Network)
            ?? throw new ProviderException(ProviderFailure.Unavailable, walk.Network, "no provider is configured", TimeSpan.FromSeconds(options.Value.MaxRetrySeconds));
        var address = (Address)Addresses.Parse(adapter.Network, walk.Address);
        var started = Stopwatch.GetTimestamp();
        bool TimeIsUp() => Stopwatch.GetElapsedTime(started).TotalSeconds >= options.Value.SliceSeconds || lifetime.ApplicationStopping.IsCancellationRequested;

        while (true)
        {
            if (walk.Kind is null) await BeginRoundAsync(walk, adapter, address, ct);
            try
            {
                if (!walk.PagesDone) await ReadPagesAsync(walk, adapter, address, TimeIsUp, ct);
            }
            catch (ProviderException e) when (e.Failure is ProviderFailure.BadAnswer && walk.Rounds < MaxRounds)
            {
                // Where the chain moved, pages that do not fit each other are no lie: the history itself changed.
                if (await adapter.TipAsync(ct) == walk.Start) throw;
                walk.Kind = null;
                continue;
            }

            if (walk.PagesDone && await CloseRoundAsync(walk, adapter, answer, ct) is { } end) return end;
            if (!TimeIsUp()) continue;

            await using var work = await store.BeginAsync(walk, ct);
            var more = answer(SliceOutcome.More, null, null);
            await WalkStore.EndSliceAsync(work.Connection, walk, more, checkAgain: false, ct);
            await work.CommitAsync(ct);
            return more;
        }
    }

    private async Task BeginRoundAsync(Walk walk, IChainAdapter adapter, Address address, CancellationToken ct)
    {
        var tip = await adapter.TipAsync(ct);
        long? knownTip;
        bool unproven;
        await using (var connection = await store.OpenAsync(ct))
        {
            knownTip = await ChainTips.RefuseImplausibleAsync(connection, adapter, tip, clock.GetUtcNow(), ct);
            unproven = await WalkStore.HasAboveAsync(connection, walk.LedgerId, walk.TipHeight, ct);
        }

        var summary = await adapter.SummaryAsync(address, ct);
        walk.Requests += 2;

        // Nothing above the tip can be settled; such a height was a lie once believed.
        if (walk.SettledHeight > tip.Height) walk.SettledHeight = null;
        var kind = walk.SettledHeight is null ? WalkKind.First : WalkKind.Top;
        if (walk.RepairedFor is { } repair && repair.StartsWith(RepairDue, StringComparison.Ordinal))
        {
            walk.RepairedFor = repair[RepairDue.Length..];
            kind = WalkKind.Repair;
        }
        else if (kind is WalkKind.Top && !unproven && summary.TransactionCount == walk.DerivedCount && summary.Confirmed == walk.Derived && walk.TipHash is not null
            && (tip.Hash == walk.TipHash || await adapter.BlockHashAsync(walk.TipHeight!.Value, ct) == walk.TipHash))
        {
            // Nothing came, nothing went, the chain still holds what was concluded last, and nothing is known from beyond it.
            kind = WalkKind.Check;
        }

        var now = clock.GetUtcNow();
        await using var work = await store.BeginAsync(walk, ct);
        var events = new List<NewEvent>();
        if (summary.Confirmed != walk.Reported || summary.Pending != walk.ReportedPending || summary.TransactionCount != walk.ReportedCount)
        {
            events.Add(NewEvent.Fresh(new LedgerEvent.BalanceReported(
                walk.LedgerId, adapter.Network.Native.Caip19, summary.Confirmed, summary.Pending, summary.TransactionCount, tip.Height, tip.Hash, adapter.Provider, now)));
        }

        if (kind is not WalkKind.Check && walk.Rounds == 0) events.Add(NewEvent.Fresh(new LedgerEvent.WalkStarted(walk.LedgerId, kind, now)));
        await ChainTips.AdvanceAsync(work, adapter.Network, tip, knownTip, now, ct);

        (walk.Reported, walk.ReportedPending, walk.ReportedCount) = (summary.Confirmed, summary.Pending, summary.TransactionCount);
        (walk.Kind, walk.Round, walk.Rounds) = (kind, walk.Round + 1, walk.Rounds + 1);
        (walk.StartHeight, walk.StartHash, walk.ExpectedCount) = (tip.Height, tip.Hash, summary.TransactionCount);
        walk.FloorHeight = kind is WalkKind.Top ? walk.SettledHeight : null;
        Rewind(walk);
        walk.PagesDone = kind is WalkKind.Check;
        await WalkStore.SaveAsync(work.Connection, walk, LeaseSeconds, ct);
        work.Append(LedgerEvent.Category, walk.LedgerId, events);
        await work.CommitAsync(ct);
    }

    private async Task ReadPagesAsync(Walk walk, IChainAdapter adapter, Address address, Func<bool> timeIsUp, CancellationToken ct)
    {
        using var ahead = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var next = FetchAsync(walk.Anchor ?? walk.Cursor, walk.Cursor);
        try
        {
            while (!walk.PagesDone)
            {
                var (page, rest) = await next;
                var newest = rest.TakeWhile(t => t.Height > (walk.FloorHeight ?? -1)).ToList();
                // Asked from the one before the last, an end shows as a page that holds the last one only.
                var end = newest.Count < rest.Count || rest.Count == 0
                    || (!page.Full && walk.RoundSeen + newest.Count == walk.ExpectedCount);
                var (cursor, anchor) = (walk.Cursor, walk.Anchor);
                if (rest.Count > 0)
                {
                    cursor = rest[^1].Position;
                    anchor = page.Transactions.Count > 1 ? page.Transactions[^2].Position : null;
                }

                // The next page is on its way while this one is stored.
                var more = !end && !timeIsUp();
                if (more) next = FetchAsync(anchor ?? cursor, cursor);
                await StorePageAsync(walk, adapter, newest, cursor, anchor, end, page.Provider, ct);
                if (!more) break;
            }
        }
        finally
        {
            await ahead.CancelAsync();
            // A page asked for in vain must not end as an unobserved failure.
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Task<(HistoryPage Page, IReadOnlyList<ChainTransaction> Adjoining)> FetchAsync(Position? after, Position? cursor) =>
            FetchAdjoiningAsync(walk, adapter, address, after, cursor, ahead.Token);
    }

    private static async Task<(HistoryPage Page, IReadOnlyList<ChainTransaction> Adjoining)> FetchAdjoiningAsync(
        Walk walk, IChainAdapter adapter, Address address, Position? after, Position? cursor, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            var page = await adapter.PageAsync(address, after, ct);
            SyncMetrics.Pages.Add(1, new KeyValuePair<string, object?>("network", walk.Network));
            // Without a transaction before the last one there is nothing to overlap with.
            var rest = after == cursor ? page.Transactions : WalkRules.Adjoin(page.Transactions, cursor);
            if (cursor is null && page.Transactions.Count == 0 && walk.ExpectedCount > 0)
                throw new ProviderException(ProviderFailure.BadAnswer, page.Provider, $"lists nothing although its summary counts {walk.ExpectedCount} transactions");
            if (rest is not null) return (page, rest);

            SyncMetrics.PagesApart.Add(1, new KeyValuePair<string, object?>("network", walk.Network));
            if (attempt == PageTries) throw new ProviderException(ProviderFailure.BadAnswer, page.Provider, "its pages do not adjoin");
        }
    }

    private async Task StorePageAsync(
        Walk walk, IChainAdapter adapter, List<ChainTransaction> read, Position? cursor, Position? anchor, bool end, string provider, CancellationToken ct)
    {
        await using var work = await store.BeginAsync(walk, ct);
        var known = await WalkStore.KnownAsync(work.Connection, walk.LedgerId, [.. read.Select(t => t.Txid)], ct);
        var change = WalkRules.DecidePage(walk, adapter.Network, read, known, provider, clock.GetUtcNow());
        var seen = walk.RoundSeen + read.Count(t => t.Height <= walk.StartHeight);
        WalkRules.CheckCount(walk, seen, provider);

        walk.RoundSeen = seen;
        walk.Read += read.Count;
        (walk.CursorHeight, walk.CursorTxid) = (cursor?.Height, cursor?.Txid);
        (walk.AnchorHeight, walk.AnchorTxid) = (anchor?.Height, anchor?.Txid);
        (walk.Derived, walk.DerivedCount) = (walk.Derived + change.Delta, walk.DerivedCount + change.Count);
        // Pages read again are no progress: a provider whose lie only shows at the end must come to count as failed.
        (walk.Pages, walk.Requests, walk.Found, walk.PagesDone, walk.Failures) = (walk.Pages + 1, walk.Requests + 1, walk.Found + change.Found, end, change.Found > 0 ? 0 : walk.Failures);
        await WalkStore.WritePageAsync(work.Connection, walk, adapter.Network, change, ct);
        await WalkStore.SaveAsync(work.Connection, walk, LeaseSeconds, ct);
        work.Append(LedgerEvent.Category, walk.LedgerId, change.Events);
        KillPoint.Reach("before-append");
        await work.CommitAsync(ct);
        SyncMetrics.Transactions.Add(change.Found, new KeyValuePair<string, object?>("network", walk.Network));
        KillPoint.Reach("after-append");
    }

    // The answer that ends the walk, or null for another round.
    private async Task<SliceAnswer?> CloseRoundAsync(Walk walk, IChainAdapter adapter, Func<SliceOutcome, string?, DateTimeOffset?, SliceAnswer> answer, CancellationToken ct)
    {
        var tip = await adapter.TipAsync(ct);
        walk.Requests++;
        var tight = tip == walk.Start;
        var now = clock.GetUtcNow();

        await using var work = await store.BeginAsync(walk, ct);
        var unseen = walk.Kind is WalkKind.Check ? [] : await WalkStore.UnseenAsync(work.Connection, walk, ct);
        SliceAnswer? end = null;
        var events = new List<NewEvent>();
        if (!tight)
        {
            // The chain moved while it was read: what is deep enough is settled, the rest is read again.
            walk.SettledHeight = WalkRules.Settle(walk, adapter.Network.SafeDepth, unseen.Count > 0 ? unseen[^1].Height : null);
            if (walk.Rounds >= MaxRounds) end = answer(SliceOutcome.Done, "the chain moves faster than it can be read", null);
        }
        else
        {
            var verdict = await ConcludeAsync(work, walk, adapter, unseen, events, now, ct);
            if (verdict is not null) end = answer(SliceOutcome.Done, null, null);
        }

        (walk.Kind, walk.Failures) = (null, 0);
        await WalkStore.SaveAsync(work.Connection, walk, LeaseSeconds, ct);
        if (end is not null) await WalkStore.EndSliceAsync(work.Connection, walk, end, checkAgain: !tight, ct);
        work.Append(LedgerEvent.Category, walk.LedgerId, events);
        await work.CommitAsync(ct);
        return end;
    }

    // Tips equal before and after: what was read and summed up belongs to one state of the chain. Null asks for a repair round.
    private static async Task<Reconciliation?> ConcludeAsync(
        Work work, Walk walk, IChainAdapter adapter, List<KnownTransaction> unseen, List<NewEvent> events, DateTimeOffset now, CancellationToken ct)
    {
        var (reported, reportedCount) = (walk.Reported!.Value, walk.ReportedCount!.Value);
        var (derived, count) = (walk.Derived, walk.DerivedCount);
        foreach (var gone in unseen) (derived, count) = (derived - gone.Delta, count - 1);

        // A provider that leaves something out must not make us forget it: what is gone is gone only if the count agrees.
        if (unseen.Count > 0 && count == reportedCount)
        {
            foreach (var gone in unseen) events.Add(WalkRules.Orphaned(walk.LedgerId, gone, now));
            await WalkStore.OrphanAsync(work.Connection, walk.LedgerId, unseen, ct);
            (walk.Derived, walk.DerivedCount) = (derived, count);
            unseen = [];
        }

        var odd = await WalkStore.KnownAsync(work.Connection, walk.LedgerId, [.. Reconciliation.OddTransactions], ct);
        var result = Reconciliation.Of(reported, reportedCount, walk.Derived, walk.DerivedCount, odd.Keys.ToHashSet());
        if (result.Verdict is Reconciliation.Mismatch && walk.Kind is not WalkKind.Repair
            && (walk.RepairedFor != result.Key || (walk.Trigger == Triggers.Requested && walk.Rounds == 1)))
        {
            walk.RepairedFor = RepairDue + result.Key;
            return null;
        }

        foreach (var row in await WalkStore.ConfirmAsync(work.Connection, walk.LedgerId, walk.StartHeight!.Value - adapter.Network.ConfirmationsRequired + 1, ct))
            events.Add(WalkRules.Confirmed(walk.LedgerId, row, walk.StartHeight.Value, now));
        if (walk.Kind is not WalkKind.Check || walk.Rounds > 1) events.Add(NewEvent.Fresh(new LedgerEvent.WalkCompleted(walk.LedgerId, walk.TipHash is null ? WalkKind.First : walk.Kind!, walk.StartHeight.Value, walk.StartHash!, now)));
        if (result.Verdict is not Reconciliation.Mismatch) walk.RepairedFor = null;
        else SyncMetrics.Mismatches.Add(1, new KeyValuePair<string, object?>("network", walk.Network));

        // A verdict that only gets older is told once an hour, not every two minutes.
        if (walk.Kind is not WalkKind.Check || walk.Verdict != result.Verdict || walk.VerdictAt is null || now - walk.VerdictAt > TimeSpan.FromHours(1))
        {
            events.Add(NewEvent.Fresh(new LedgerEvent.BalanceReconciled(
                walk.LedgerId, result.Verdict, adapter.Network.Native.Caip19, reported, walk.Derived, reportedCount, walk.DerivedCount,
                walk.StartHeight.Value, walk.StartHash!, adapter.Provider, result.Differences, now)));
            walk.VerdictAt = now;
        }

        walk.Verdict = result.Verdict;
        (walk.TipHeight, walk.TipHash) = (walk.StartHeight, walk.StartHash);
        walk.SettledHeight = WalkRules.Settle(walk, adapter.Network.SafeDepth, unseen.Count > 0 ? unseen[^1].Height : null);
        return result;
    }

    private async Task<SliceAnswer> DeferAsync(Walk walk, ProviderException e, Func<SliceOutcome, string?, DateTimeOffset?, SliceAnswer> answer, CancellationToken ct)
    {
        var pace = options.Value;
        walk.Failures++;
        var failed = walk.Failures >= pace.FailAfter && e.Failure is not ProviderFailure.RateLimited;
        var wait = e.RetryAfter
            ?? TimeSpan.FromSeconds(failed ? Math.Max(pace.CheckSeconds, pace.RetrySeconds) : Math.Min(pace.MaxRetrySeconds, pace.RetrySeconds * (1L << Math.Min(walk.Failures - 1, 20))));
        // What cannot be true where we stand may be true from the top: the history itself may have changed.
        if (e.Failure is ProviderFailure.BadAnswer && walk.Failures % PageTries == 0) walk.Kind = null;

        var end = answer(failed ? SliceOutcome.Failed : SliceOutcome.Deferred, e.Message, clock.GetUtcNow() + wait);
        await using var work = await store.BeginAsync(walk, ct);
        await WalkStore.SaveAsync(work.Connection, walk, LeaseSeconds, ct);
        await WalkStore.EndSliceAsync(work.Connection, walk, end, checkAgain: false, ct);
        await work.CommitAsync(ct);
        return end;
    }

    private static void Rewind(Walk walk) =>
        (walk.CursorHeight, walk.CursorTxid, walk.AnchorHeight, walk.AnchorTxid, walk.RoundSeen) = (null, null, null, null, 0);

    // Marks a difference whose repair round is still to come.
    private const string RepairDue = "due ";
}
