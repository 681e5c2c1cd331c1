using Npgsql;
using Postgres;

namespace Sync.WalletSyncs;

/// <summary>What was shown of an address for a run: its percentage and the pages read.</summary>
internal sealed record ShownAddress(int Percent, long Pages)
{
    public static ShownAddress Nothing { get; } = new(0, 0);
}

/// <summary>
/// The percentages and pages that were shown for a run, of the wallet and of its addresses. They are kept in rows, so that none
/// is ever shown lower for the same run: not when pages are read again, not when there turns out to be more, not by another
/// replica, and not when another wallet's run goes on with the address.
/// </summary>
internal static class ShownProgress
{
    /// <summary>Raises what is shown to this where it is higher; returns what is to be shown.</summary>
    public static async Task<(int Wallet, IReadOnlyDictionary<Guid, ShownAddress> Addresses)> RaiseAsync(
        NpgsqlConnection connection, Guid walletId, Guid runId, int percent, IReadOnlyDictionary<Guid, ShownAddress> addresses, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // Whoever writes trackers locks their wallet first, so nobody waits in a circle.
        var shown = await connection.ScalarAsync<int?>("""
            update wallets w set shown_run = @runId,
                shown_percent = case when shown_run = @runId then greatest(shown_percent, @percent) else @percent end
            where wallet_id = @walletId and exists (select from wallet_syncs where correlation_id = @walletId and (data ->> 'RunId')::uuid = @runId)
            returning shown_percent
            """, new { walletId, runId, percent }, ct);
        // The run is over, or the wallet gone.
        if (shown is null) return (percent, addresses);

        var raised = await connection.QueryAsync<(Guid Id, int Percent, long Pages)>("""
            update ledger_trackers t set shown_run = @runId,
                shown_percent = case when shown_run = @runId then greatest(shown_percent, n.percent) else n.percent end,
                shown_pages = case when shown_run = @runId then greatest(shown_pages, n.pages) else n.pages end
            from unnest(@ids, @percents, @pages) as n (address_id, percent, pages)
            where t.wallet_id = @walletId and t.address_id = n.address_id
            returning t.address_id, t.shown_percent, t.shown_pages
            """, new
        {
            walletId, runId,
            ids = addresses.Keys.ToArray(),
            percents = addresses.Values.Select(address => address.Percent).ToArray(),
            pages = addresses.Values.Select(address => address.Pages).ToArray(),
        }, ct);
        await transaction.CommitAsync(ct);
        return (shown.Value, raised.ToDictionary(row => row.Id, row => new ShownAddress(row.Percent, row.Pages)));
    }
}
