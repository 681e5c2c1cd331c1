using Contracts;
using EventSourcing;
using Messaging;
using Npgsql;
using Postgres;

namespace Wallets;

/// <summary>
/// What Sync says decides which addresses are used and which were looked at. Kept in the transaction that moves the inbox's checkpoint,
/// with a mark for each source that it concerns; whoever works the marks off derives what is missing.
/// </summary>
internal sealed class SyncInbox(DerivingSignal signal) : IRepeatableInbox
{
    // Addresses that were derived stay: each of them was due by what was known then.
    public Task ForgetAsync(Work work, CancellationToken ct) => work.Connection.ExecuteAsync("delete from told_addresses", null, ct);

    public async Task ApplyAsync(Work work, IReadOnlyList<Contract> contracts, CancellationToken ct)
    {
        var tracked = contracts.OfType<LedgerTracked>().DistinctBy(each => each.LedgerId).ToList();
        var closed = contracts.OfType<LedgerClosed>().Select(each => each.LedgerId).ToArray();
        var used = contracts.Select(UsedLedger).OfType<Guid>().Distinct().ToArray();
        var lookedAt = contracts.OfType<LedgerWalkCompleted>().Select(each => each.LedgerId).Distinct().ToArray();

        if (closed is not [])
            await work.Connection.ExecuteAsync("delete from told_addresses where ledger_id = any(@closed)", new { closed }, ct);
        if (tracked.Where(each => !closed.Contains(each.LedgerId)).ToList() is { Count: > 0 } open)
            await work.Connection.ExecuteAsync("""
                insert into told_addresses (network, address, ledger_id)
                select distinct on (network, address) network, address, ledger_id
                from unnest(@networks, @addresses, @ledgers) with ordinality as t (network, address, ledger_id, place)
                order by network, address, place desc
                on conflict (network, address) do update set ledger_id = excluded.ledger_id, used = false, looked_at = false
                where told_addresses.ledger_id <> excluded.ledger_id
                """, new
            {
                networks = open.Select(each => each.Network).ToArray(),
                addresses = open.Select(each => each.Address).ToArray(),
                ledgers = open.Select(each => each.LedgerId).ToArray(),
            }, ct);
        if (lookedAt is not [])
            await work.Connection.ExecuteAsync(
                "update told_addresses set looked_at = true where ledger_id = any(@lookedAt) and not looked_at", new { lookedAt }, ct);
        var news = used is [] ? [] : await work.Connection.QueryAsync<Guid>(
            "update told_addresses set used = true where ledger_id = any(@used) and not used returning ledger_id", new { used }, ct);

        // A ledger that others track already may be used for long when a wallet begins to track it.
        Guid[] touched = [.. news, .. tracked.Select(each => each.LedgerId)];
        if (touched is [] || await MarkAsync(work.Connection, touched, ct) == 0) return;
        work.AfterCommit(signal.Wake);
    }

    private static Task<int> MarkAsync(NpgsqlConnection connection, Guid[] ledgers, CancellationToken ct) => connection.ExecuteAsync("""
        insert into sources_due as d (source_id, wallet_id)
        select distinct a.source_id, a.wallet_id
        from told_addresses t join addresses a using (network, address)
        where t.ledger_id = any(@ledgers) and t.used and a.source_id is not null
        order by a.source_id
        on conflict (source_id) do update set marks = d.marks + 1, due_at = least(d.due_at, now())
        """, new { ledgers }, ct);

    // A transaction of it is known. What a provider merely sums up is believed no further than to be compared.
    private static Guid? UsedLedger(Contract contract) => contract switch
    {
        TransactionsObserved e => e.LedgerId,
        TransactionsPending e => e.LedgerId,
        _ => null,
    };
}
