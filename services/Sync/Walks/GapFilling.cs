using Sync.Chains;
using Sync.Ledgers;

namespace Sync.Walks;

/// <summary>Asks every provider, one after the other, for transactions that were listed and could not be read.</summary>
internal sealed class GapFilling(WalkStore store, PageReader reader, TimeProvider clock)
{
    private const int MostAtOnce = 5;

    /// <summary>Fills what somebody tells by now; the others wait for their next turn. A walk never fails for it.</summary>
    public async Task FillAsync(Slice slice, CancellationToken ct)
    {
        if (!slice.State.Ledger.HasGaps || slice.TimeIsUp()) return;
        List<LedgerGap> due;
        await using (var connection = await store.Database.OpenConnectionAsync(ct))
            due = await LedgerGaps.DueAsync(connection, slice.Claim.LedgerId, clock.GetUtcNow(), MostAtOnce, ct);
        var left = new List<LedgerGap>();
        foreach (var gap in due)
        {
            if (slice.TimeIsUp()) break;
            if (await AskAsync(slice, gap) is { } page) await reader.AddAsync(slice, page, ct);
            else left.Add(gap);
        }

        if (left.Count == 0) return;
        await using var work = await store.BeginAsync(slice.Claim, ct);
        await LedgerGaps.PostponeAsync(work.Connection, slice.Claim.LedgerId, left, clock.GetUtcNow(), ct);
        await work.CommitAsync(ct);
    }

    private static async Task<HistoryPage?> AskAsync(Slice slice, LedgerGap gap)
    {
        foreach (var provider in slice.Providers.Tellers)
        {
            try
            {
                if (await provider.TransactionAsync(slice.Address, gap.Txid, gap.Height, slice.ProviderDeadline) is { } told)
                    return new HistoryPage([told], Full: true, provider.Provider);
            }
            catch (ProviderException e)
            {
                slice.Providers.Suspend(e);
            }
        }

        return null;
    }
}
