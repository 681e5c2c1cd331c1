using Sync.Chains;
using Sync.Ledgers;
using Sync.Reconciliation;

namespace Sync.Walks.Rounds;

/// <summary>
/// Takes back what a whole reading of a history does not tell any more, and puts what it tells instead in its place, before the
/// round is concluded from the rows that are left.
/// </summary>
internal sealed class Retracting(WalkStore store, TimeProvider clock)
{
    /// <summary>Whether anything was taken back; nothing is where another provider reports another balance at the same tip.</summary>
    public async Task<bool> TryAsync(Slice slice, RoundFacts facts, CancellationToken ct)
    {
        var retracted = Retraction.Decide(facts);
        if (retracted.Count == 0 || await IsContradictedAsync(slice, facts, [.. retracted.SelectMany(each => each.Changes.Keys).Distinct()]))
            return false;

        var (at, now, sums) = (slice.PageBy(facts.Provider), clock.GetUtcNow(), new AssetSums());
        foreach (var (row, told) in retracted.Select(each => (each.Row, each.Told)))
        {
            sums.Take(TokenDeltas.Read(row.Others));
            sums.Add(told?.Others ?? []);
        }

        var (replaced, ledger) = (retracted.Where(each => each.Told is not null).ToList(), slice.State.Ledger);
        var state = slice.State with
        {
            Ledger = ledger with
            {
                Derived = retracted.Aggregate(ledger.Derived, (sum, each) => sum + each.Changes.GetValueOrDefault(RetoldTransaction.Native)),
                DerivedCount = ledger.DerivedCount - retracted.Count + replaced.Count,
            },
        };
        await using var work = await store.BeginAsync(slice.Claim, ct);
        await TransactionRows.OrphanAsync(work.Connection, at.LedgerId, retracted.Where(each => each.Told is null).Select(each => each.Row), ct);
        await TransactionRows.ReplaceAsync(work.Connection, at, [.. replaced.Select(each => (each.Told!, each.Row.Incarnation + 1))], ct);
        await AssetRows.AddAsync(work.Connection, at.LedgerId, sums, ct);
        await WalkStore.SaveAsync(work.Connection, slice.Claim, state, slice.Lease, ct);
        work.Append(LedgerEvent.Category, at.LedgerId, [.. retracted.Select(each => TransactionFacts.Retracted(at, each.Row, now)),
            .. replaced.Select(each => TransactionFacts.Observed(at, each.Told!, each.Row.Incarnation + 1))]);
        await work.CommitAsync(ct);
        slice.State = state;
        return true;
    }

    private static async Task<bool> IsContradictedAsync(Slice slice, RoundFacts facts, string[] assets)
    {
        var (start, ct) = (slice.Round.Start, slice.ProviderDeadline);
        foreach (var other in slice.Providers.Others(facts.Provider))
        {
            try
            {
                // Where no tip stands still, nothing of the address has moved since: the round stood, so all tell of one state of it.
                var isThere = other is IStandingAddresses || await other.TipAsync(ct) == start;
                slice.CountRequest();
                var summary = isThere ? await other.SummaryAsync(slice.Address, ct)
                    : other is IPastState past ? await past.SummaryAsync(slice.Address, start, ct) : null;
                if (summary is null) continue;
                if (assets.Contains(RetoldTransaction.Native) && summary.Confirmed != facts.State.Ledger.Reported!.Confirmed) return true;

                string[] tokens = [.. assets.Where(asset => asset is not RetoldTransaction.Native)];
                if (tokens.Length > 0 && other is ITokenBalances balances
                    && (await balances.BalancesAsync(slice.Address, tokens, start, ct)).Any(told => told.Value != facts.Assets.Reported[told.Key]))
                    return true;
            }
            catch (ProviderException e)
            {
                // Who does not answer contradicts nobody.
                slice.Providers.Suspend(e);
            }
        }

        return false;
    }
}
