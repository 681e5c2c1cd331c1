using Dapper;
using Npgsql;

namespace Sync.WalletSyncs;

/// <summary>
/// The percentages that were shown for a run, of the wallet and of its addresses. They are kept in rows, so that none is
/// ever shown lower for the same run: not when pages are read again, not when there turns out to be more, not by another replica.
/// </summary>
internal static class ShownProgress
{
    /// <summary>Raises what is shown to these percentages where they are higher; returns what is to be shown.</summary>
    public static async Task<(int Wallet, IReadOnlyDictionary<Guid, int> Addresses)> RaiseAsync(
        NpgsqlConnection connection, Guid walletId, Guid runId, int percent, IReadOnlyDictionary<Guid, int> addresses, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // Whoever writes trackers locks their wallet first, so nobody waits in a circle.
        var shown = await connection.ExecuteScalarAsync<int?>(new CommandDefinition("""
            update wallets w set shown_run = @runId, shown_percent = case when shown_run = @runId then greatest(shown_percent, @percent) else @percent end
            where wallet_id = @walletId and exists (select from wallet_syncs where correlation_id = @walletId and (data ->> 'RunId')::uuid = @runId)
            returning shown_percent
            """, new { walletId, runId, percent }, transaction, cancellationToken: ct));
        // The run is over, or the wallet gone.
        if (shown is null) return (percent, addresses);

        var raised = await connection.QueryAsync<(Guid Id, int Percent)>(new CommandDefinition("""
            update ledger_trackers t set shown_run = @runId, shown_percent = case when shown_run = @runId then greatest(shown_percent, n.percent) else n.percent end
            from unnest(@ids, @percents) as n (address_id, percent)
            where t.wallet_id = @walletId and t.address_id = n.address_id
            returning t.address_id, t.shown_percent
            """, new { walletId, runId, ids = addresses.Keys.ToArray(), percents = addresses.Values.ToArray() }, transaction, cancellationToken: ct));
        await transaction.CommitAsync(ct);
        return (shown.Value, raised.ToDictionary(row => row.Id, row => row.Percent));
    }
}
