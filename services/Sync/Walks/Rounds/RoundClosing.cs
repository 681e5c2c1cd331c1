using Chains;
using EventSourcing;
using Sync.Chains;
using Sync.Ledgers;
using Sync.Providers.Cache;
using Sync.Reconciliation;

namespace Sync.Walks.Rounds;

/// <summary>
/// Closes a round by asking the tip again. Only between equal tips, told by the one provider that told the whole round, are
/// conclusions drawn: what vanished, and whether balances agree. A repair that two told concludes where nothing can be missing.
/// </summary>
internal sealed class RoundClosing(WalkStore store, CachedPages pages, CachedSummaries summaries, TimeProvider clock)
{
    public const int MaxRounds = 12;

    /// <summary>The answer that ends the walk, or null for another round.</summary>
    public async Task<SliceAnswer?> CloseAsync(Slice slice, bool isBracketed, Func<SliceOutcome, string?, DateTimeOffset?, SliceAnswer> answer, CancellationToken ct)
    {
        var walk = slice.Walk;
        var isFirstReading = HistoryCache.IsFirstReading(walk);
        var (stands, assets, untold) = (isBracketed, AssetAnswers.None, OffLedgerSums.None);
        if (!isBracketed)
        {
            if (walk.Kind is not WalkKind.Check) assets = await AssetBalances.AskAsync(store, slice, ct);
            stands = await slice.Provider.StandsAsync(slice.Address, walk.Start, slice.Asking);
            walk.Requests++;
            // What is asked up to a height need not be asked before the tip moves on.
            if (stands && walk.Kind is not WalkKind.Check)
            {
                assets = await AssetBalances.LookIntoAsync(store, slice, assets, ct);
                untold = await OffLedgerSums.AskAsync(store, slice, ct);
            }
        }

        var replaced = stands && walk.ReportedCount is null ? await ReplacedAsync(slice, ct) : [];
        var untoldClass = stands && walk.Kind is not WalkKind.Check && walk.Reported > walk.Derived ? await slice.Provider.DifferenceReasonAsync(slice.Address, slice.Asking) : null;
        var now = clock.GetUtcNow();
        await using var work = await store.BeginAsync(walk, ct);
        var unseen = walk.Kind is WalkKind.Check ? [] : await WalkStore.UnseenAsync(work.Connection, walk, ct);
        var isTight = stands && (!walk.IsMixed || IsRepaired(walk, unseen));
        SliceAnswer? end = null;
        var differs = false;
        var events = new List<NewEvent>();
        if (!isTight)
        {
            // The chain moved while it was read, or not one provider told it all: what is deep enough is settled, the rest is read again.
            walk.SettledHeight = WalkRules.Settle(walk, slice.Network.SafeDepth, unseen.Count > 0 ? unseen[^1].Height : null);
            if (walk.Rounds >= MaxRounds) end = answer(SliceOutcome.Done, "the chain moves faster than it can be read", null);
        }
        else if (await ConcludeAsync(work, slice, unseen, replaced, untold, untoldClass, events, now, ct) is not { } result)
        {
            differs = true;
        }
        else
        {
            var compared = await AssetBalances.CompareAsync(work, slice, assets, now, ct);
            differs = result.Verdict is BalanceVerdict.Mismatch || compared.Any(IsUnexplained);
            events.AddRange(compared);
            end = answer(SliceOutcome.Done, null, null);
        }

        if (end is not null) events.AddRange(Staleness.Over(walk, now));
        (walk.Kind, walk.Failures) = (null, 0);
        await WalkStore.SaveAsync(work.Connection, walk, slice.Lease, ct);
        if (end is not null) await WalkStore.EndSliceAsync(work.Connection, walk, end, checkAgain: !isTight, ct);
        work.Append(LedgerEvent.Category, walk.LedgerId, events);
        await work.CommitAsync(ct);
        foreach (var e in events.Select(e => e.Data).OfType<LedgerEvent.ProviderContradicted>())
        {
            slice.Providers.Distrust(e.Provider);
            await slice.Providers.ForgetAsync(e.Provider, ct);
        }

        if (differs) await ForgetAsync(walk, ct);
        else if (isTight && isFirstReading && !walk.IsMixed) await KeepAsync(slice, now, ct);
        // Another round because something differs must not read the same again from memory.
        if (isTight && end is null) slice.Provider.Forget(slice.Address);
        return end;
    }

    // A movement may be missing, other than where a token is known to tell other balances than its movements.
    private static bool IsUnexplained(NewEvent compared) =>
        compared.Data is LedgerEvent.BalanceReconciled { Verdict: BalanceVerdict.Mismatch } asset && asset.Differences.Any(difference => difference.Class == "balance");

    // Between equal tips what was told is a fact of that block, and serves who comes while it is the tip.
    private async Task KeepAsync(Slice slice, DateTimeOffset now, CancellationToken ct)
    {
        foreach (var page in slice.Young.Where(page => page.TipHash == slice.Walk.StartHash)) pages.Keep(page);
        var walk = slice.Walk;
        var summary = new AddressSummary(walk.Reported!.Value, walk.ReportedPending ?? Amount.Zero, walk.ReportedCount);
        await summaries.KeepAsync(walk.Cached, new KeptSummary(slice.Provider.Provider, walk.Start, summary, now), ct);
    }

    private async Task ForgetAsync(Walk walk, CancellationToken ct)
    {
        await pages.ForgetAsync(walk.Cached, ct);
        await summaries.ForgetAsync(walk.Cached, ct);
    }

    // Where two providers met something may have been skipped; not if the whole history, as both told it, comes to exactly what
    // was reported. Without this a repair in which another had to go on would never take anything back.
    private static bool IsRepaired(Walk walk, List<KnownTransaction> unseen) =>
        walk.Kind is WalkKind.Repair && walk.DerivedCount - unseen.Count == walk.ReportedCount
        && unseen.Aggregate(walk.Derived, (derived, gone) => derived - gone.Delta) == walk.Reported;

    // Tips equal before and after: what was read and summed up belongs to one state of the chain. Null asks for a repair round.
    private static async Task<BalanceVerdict?> ConcludeAsync(
        Work work, Slice slice, List<KnownTransaction> unseen, HashSet<string> replaced, OffLedgerSums untold, string? untoldClass, List<NewEvent> events, DateTimeOffset now, CancellationToken ct)
    {
        var walk = slice.Walk;
        var (reported, reportedCount) = (walk.Reported!.Value, walk.ReportedCount);

        // A provider that leaves something out must not make us forget it: what is gone is gone only if the count agrees, or
        // where there is no count, if its block is gone too.
        var gone = reportedCount is null ? unseen.FindAll(row => replaced.Contains(row.Txid)) : walk.DerivedCount - unseen.Count == reportedCount ? unseen : [];
        var derived = gone.Aggregate(walk.Derived, (sum, row) => sum - row.Delta);
        if (!derived.IsPossible || !(reported - derived).IsPossible) throw new ProviderException(ProviderFailure.BadAnswer, slice.Provider.Provider, "tells a balance that its history cannot come to");
        if (gone.Count > 0)
        {
            var others = new AssetSums();
            foreach (var row in gone)
            {
                events.Add(WalkRules.Orphaned(walk.LedgerId, row, now));
                others.Take(TokenDeltas.Read(row.Others));
            }

            (walk.Derived, walk.DerivedCount) = (derived, walk.DerivedCount - gone.Count);

            await WalkStore.OrphanAsync(work.Connection, walk.LedgerId, gone, ct);
            await AssetBalances.MoveAsync(work.Connection, walk.LedgerId, others, ct);
            unseen = [.. unseen.Except(gone)];
        }

        await untold.WriteAsync(work.Connection, walk, slice.Network, ct);
        var result = BalanceVerdict.Of(reported, reportedCount, walk.Derived, walk.DerivedCount);
        if (result.Verdict is BalanceVerdict.Mismatch)
        {
            result = result.ExplainedBy((await WalkStore.KnownAsync(work.Connection, walk.LedgerId, [.. BalanceVerdict.OddTransactions], ct)).Keys);
            result = result.WithOffLedger(untold.ByClass).ExplainedBy(untoldClass);
            if (result.Verdict is BalanceVerdict.Mismatch && await WalkStore.DisputedAsync(work.Connection, walk.LedgerId, ct) is (> 0, var disputed)) result = result.DisputedBy(disputed);
        }

        if (result.Verdict is BalanceVerdict.Mismatch && walk.Kind is not WalkKind.Repair)
        {
            var state = MismatchEscalation.Next(walk.RepairedFor, result.Key, walk.Trigger == Triggers.Requested && walk.Rounds == 1, slice.Providers.HasSeveral);
            if (state != walk.RepairedFor)
            {
                walk.Disputed ??= new Dispute(
                    slice.Provider.Provider, reported, reportedCount, walk.StartHash!, walk is { Kind: WalkKind.First, IsMixed: false, ServedKept: false }, result.Differences).Write();
                walk.RepairedFor = state;
                // Read and out of any reorganisation's reach; an opinion need not cost the whole history again.
                walk.SettledHeight = WalkRules.Settle(walk, slice.Network.SafeDepth, LowestOpen(slice, unseen));
                return null;
            }
        }

        foreach (var row in await WalkStore.ConfirmAsync(work.Connection, walk.LedgerId, walk.StartHeight!.Value - slice.Network.ConfirmationsRequired + 1, ct))
            events.Add(WalkRules.Confirmed(walk.LedgerId, row, walk.StartHeight.Value, now));
        if (walk.Kind is not WalkKind.Check || walk.Rounds > 1) events.Add(NewEvent.Fresh(new LedgerEvent.WalkCompleted(walk.LedgerId, walk.TipHash is null ? WalkKind.First : walk.Kind!, walk.StartHeight.Value, walk.StartHash!, now)));
        if (result.Verdict is BalanceVerdict.Mismatch)
        {
            SyncMetrics.Mismatches.Add(1, new KeyValuePair<string, object?>("network", walk.Network));
        }
        else
        {
            walk.RepairedFor = null;
            // What came by no transaction is nobody's lie: only a sum that agrees at last decides who told something untrue.
            if (result.Verdict is BalanceVerdict.Verified) events.AddRange(await Dispute.SettleAsync(work, slice, now, ct));
            walk.VerdictBy = slice.Provider.Provider;
        }

        walk.Disputed = null;

        // A verdict that only gets older is told once an hour, not every two minutes.
        if (walk.Kind is not WalkKind.Check || walk.Verdict != result.Verdict || walk.VerdictAt is null || now - walk.VerdictAt > TimeSpan.FromHours(1))
        {
            events.Add(NewEvent.Fresh(new LedgerEvent.BalanceReconciled(
                walk.LedgerId, result.Verdict, slice.Network.Native.Caip19, reported, walk.Derived, reportedCount, walk.DerivedCount,
                walk.StartHeight.Value, walk.StartHash!, slice.Provider.Provider, result.Differences, now)));
            walk.VerdictAt = now;
        }

        walk.Verdict = result.Verdict;
        (walk.TipHeight, walk.TipHash) = (walk.StartHeight, walk.StartHash);
        walk.SettledHeight = WalkRules.Settle(walk, slice.Network.SafeDepth, LowestOpen(slice, unseen));
        return result;
    }

    // Where nobody counts, what was not met is gone only with its block, and deep blocks stay: some list what others do not.
    private static long? LowestOpen(Slice slice, List<KnownTransaction> unseen) =>
        unseen.FindLast(row => slice.Walk.ReportedCount is not null || row.Height > slice.Walk.StartHeight - slice.Network.SafeDepth)?.Height;

    // Those that the round did not meet, in blocks that the chain does not hold any more.
    private async Task<HashSet<string>> ReplacedAsync(Slice slice, CancellationToken ct)
    {
        List<KnownTransaction> unseen;
        await using (var connection = await store.OpenAsync(ct)) unseen = await WalkStore.UnseenAsync(connection, slice.Walk, ct);

        var replaced = new HashSet<string>();
        foreach (var block in unseen.Where(row => row.BlockHash is not null).GroupBy(row => row.Height))
        {
            if (await slice.Providers.AncestorAsync(slice.Provider, slice.Walk.Start, block.Key, slice.Asking) is not { } hash) break;
            replaced.UnionWith(block.Where(row => row.BlockHash != hash).Select(row => row.Txid));
        }

        return replaced;
    }
}
