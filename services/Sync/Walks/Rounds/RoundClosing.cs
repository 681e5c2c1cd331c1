using Sync.Chains;
using Sync.Ledgers;
using Sync.Providers.Cache;
using Sync.Reconciliation;

namespace Sync.Walks.Rounds;

/// <summary>Closes a round: gathers what it is to be concluded from, has that concluded, and carries the outcome out.</summary>
internal sealed class RoundClosing(
    WalkStore store, Retracting retracting, CachedPages pages, CachedSummaries summaries, TimeProvider clock)
{
    /// <summary>The answer that ends the walk, or null for another round.</summary>
    public async Task<SliceAnswer?> CloseAsync(Slice slice, bool isBracketed, WalkCounters begun, CancellationToken ct)
    {
        if (slice.State.Ledger.HasGaps && slice.Round is { IsMixed: false, Kind: not RoundKind.Check }) await CloseGapsAsync(slice, ct);
        var (round, facts) = (slice.Round, await GatherAsync(slice, isBracketed, ct));
        if (await retracting.TryAsync(slice, facts, ct)) facts = await WithRetractedAsync(slice, facts, ct);
        var outcome = RoundConclusion.Conclude(facts);

        SliceAnswer? end = null;
        await using (var work = await store.BeginAsync(slice.Claim, ct))
        {
            await RoundWriter.WriteAsync(work, facts, outcome, slice.Lease, ct);
            if (outcome.Next is RoundNext.Done done)
            {
                end = outcome.State.Counters.AnswerTo(begun, SliceOutcome.Done, clock.GetUtcNow(), done.Reason);
                await store.EndSliceAsync(work.Connection, slice.Claim, end, failures: 0, done.CheckAgain, ct);
            }

            await work.CommitAsync(ct);
        }

        slice.State = outcome.State;
        RoundWriter.Count(facts, outcome);
        if (outcome.Contradicted is { } contradicted)
        {
            slice.Providers.Distrust(contradicted);
            await slice.Providers.ForgetAsync(contradicted, ct);
        }

        await DecideCacheAsync(slice, round, outcome, facts.Now, ct);
        // Another round because something differs must not read the same again from memory.
        if (outcome.Next is RoundNext.AnotherRound) slice.Provider.Forget(slice.Address);
        return end;
    }

    private async Task CloseGapsAsync(Slice slice, CancellationToken ct)
    {
        var (ledgerId, round) = (slice.Claim.LedgerId, slice.Round);
        await using var work = await store.BeginAsync(slice.Claim, ct);
        work.Append(LedgerEvent.Category, ledgerId,
            await LedgerGaps.CloseUnlistedAsync(work.Connection, ledgerId, round.FloorHeight, round.Number, clock.GetUtcNow(), ct));
        await work.CommitAsync(ct);
    }

    private async Task<RoundFacts> GatherAsync(Slice slice, bool isBracketed, CancellationToken ct)
    {
        var (round, isCheck, inquiry) = (slice.Round, slice.Round.Kind is RoundKind.Check, slice.Inquiry);
        var (stands, assets, offLedger) = (isBracketed, AssetAnswers.None, OffLedgerSums.None);
        if (!isBracketed)
        {
            var isAskedFor = slice.Claim.Trigger is SyncTrigger.Requested;
            var retold = slice.State.IsRereading ? await RetoldAssetsAsync(slice, ct) : [];
            if (!isCheck) assets = await AssetBalances.AskAsync(store.Database, inquiry, isAskedFor, retold, slice.CountRequest, ct);
            stands = await slice.Provider.StandsAsync(slice.Address, round.Start, slice.ProviderDeadline);
            slice.CountRequest();
            // What is asked up to a height need not be asked before the tip moves on.
            if (stands && !isCheck)
            {
                assets = await AssetBalances.LookIntoAsync(store.Database, inquiry, assets, slice.CountRequest, ct);
                var difference = slice.State.Ledger.Reported!.Confirmed - slice.State.Ledger.Derived;
                offLedger = await OffLedgerSums.AskAsync(store.Database, inquiry, difference, slice.CountRequest, ct);
            }
        }

        var reported = slice.State.Ledger.Reported!;
        var reason = stands && !isCheck && reported.Confirmed > slice.State.Ledger.Derived && slice.Provider is IDifferenceReasons reasons
            ? await reasons.DifferenceReasonAsync(slice.Address, slice.ProviderDeadline) : null;
        var facts = new RoundFacts(slice.Claim, slice.State, slice.Network, slice.Provider.Provider, clock.GetUtcNow())
        {
            Stands = stands, HasOthers = slice.Providers.HasSeveral, OffLedger = offLedger, DifferenceReason = reason, Assets = assets,
        };
        return await WithRowsAsync(slice, facts, ct);
    }

    // Nobody but who holds the claim changes these rows, so they may be read before the transaction that writes.
    private async Task<RoundFacts> WithRowsAsync(Slice slice, RoundFacts facts, CancellationToken ct)
    {
        var (ledgerId, round, ledger, reported) = (slice.Claim.LedgerId, facts.Round, facts.State.Ledger, facts.State.Ledger.Reported!);
        List<KnownTransaction> unseen;
        await using (var connection = await store.Database.OpenConnectionAsync(ct))
        {
            unseen = round.Kind is RoundKind.Check ? []
                : await TransactionRows.UnseenAsync(connection, ledgerId, round.FloorHeight, round.Number, ct);
            facts = facts with { Unseen = unseen };
            if (!facts.Stands) return facts;
            if (facts.State.IsRereading) facts = facts with { Retold = await RetoldTransactions.ReadAsync(connection, ledgerId, round.Number, ct) };
            if (ledger.HasGaps) facts = facts with { Gaps = await LedgerGaps.ReadAsync(connection, ledgerId, ct) };

            var confirmedUpTo = slice.PageBy(facts.Provider).ConfirmedUpTo;
            facts = facts with { Unconfirmed = await TransactionRows.UnconfirmedAsync(connection, ledgerId, confirmedUpTo, ct) };
            if (unseen.Count > 0 || reported.Confirmed != ledger.Derived || (reported.TransactionCount ?? ledger.DerivedCount) != ledger.DerivedCount)
            {
                facts = facts with
                {
                    OddTransactions = (await TransactionRows.KnownAsync(connection, ledgerId, [.. BalanceVerdict.OddTransactions], ct)).Keys,
                    Disputed = await TransactionRows.DisputedAsync(connection, ledgerId, ct),
                };
            }
        }

        if (reported.TransactionCount is null && unseen.Count > 0) facts = facts with { Replaced = await ReplacedAsync(slice, unseen) };
        return round.Kind is RoundKind.Check ? facts : facts with { Lowest = await LowestAsync(facts, ct) };
    }

    // What a known history, read whole again, does not tell as the rows have it: the balances of these assets are wanted too.
    private async Task<IReadOnlyCollection<string>> RetoldAssetsAsync(Slice slice, CancellationToken ct)
    {
        var (ledgerId, round) = (slice.Claim.LedgerId, slice.Round);
        await using var connection = await store.Database.OpenConnectionAsync(ct);
        var unseen = await TransactionRows.UnseenAsync(connection, ledgerId, round.FloorHeight, round.Number, ct);
        var retold = await RetoldTransactions.ReadAsync(connection, ledgerId, round.Number, ct);
        return [.. retold.Concat(unseen.Select(row => new RetoldTransaction(row, null))).SelectMany(each => each.Changes.Keys)
            .Where(asset => asset is not RetoldTransaction.Native).Distinct()];
    }

    // The same round over the rows that are left; where the sum agrees now, nothing came by no transaction.
    private async Task<RoundFacts> WithRetractedAsync(Slice slice, RoundFacts facts, CancellationToken ct)
    {
        var (ledger, assets) = (slice.State.Ledger, facts.Assets);
        var balances = await AssetRows.ReadAsync(store.Database, slice.Claim.LedgerId, [.. assets.Balances.Select(balance => balance.Asset)], ct);
        facts = facts with { State = slice.State, Assets = assets with { Balances = balances } };
        if (ledger.Derived == ledger.Reported!.Confirmed) facts = facts with { OffLedger = OffLedgerSums.None, DifferenceReason = null };
        return await WithRowsAsync(slice, facts, ct);
    }

    private async Task<LowestBalances> LowestAsync(RoundFacts facts, CancellationToken ct)
    {
        var (state, gone) = (facts.State, RoundConclusion.Gone(facts).Select(row => row.Txid).ToArray());
        await using var connection = await store.Database.OpenConnectionAsync(ct);
        return await LowestBalances.ReadAsync(connection, facts.Claim.LedgerId, state.Ledger.Derived, facts.Round.FloorHeight, gone, ct);
    }

    // Those in blocks that the chain does not hold any more.
    private static async Task<IReadOnlySet<string>> ReplacedAsync(Slice slice, List<KnownTransaction> unseen)
    {
        var replaced = new HashSet<string>();
        foreach (var block in unseen.Where(row => row.BlockHash is not null).GroupBy(row => row.Height))
        {
            if (await slice.Providers.AncestorAsync(slice.Provider, slice.Round.Start, block.Key, slice.ProviderDeadline) is not { } hash) break;
            replaced.UnionWith(block.Where(row => row.BlockHash != hash).Select(row => row.Txid));
        }

        return replaced;
    }

    private async Task DecideCacheAsync(Slice slice, Round round, RoundOutcome outcome, DateTimeOffset now, CancellationToken ct)
    {
        var of = slice.Claim.Cached;
        switch (outcome.Cache)
        {
            case CacheDecision.Keep:
                foreach (var page in slice.Young.Where(page => page.TipHash == round.Start.Hash)) pages.Keep(page);
                await summaries.KeepAsync(of, new KeptSummary(slice.Provider.Provider, round.Start, outcome.State.Ledger.Reported!, now), ct);
                break;
            case CacheDecision.Forget:
                await pages.ForgetAsync(of, ct);
                await summaries.ForgetAsync(of, ct);
                break;
        }
    }
}
