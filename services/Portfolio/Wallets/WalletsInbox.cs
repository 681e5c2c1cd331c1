using Contracts;
using EventSourcing;
using Messaging;
using Npgsql;
using NpgsqlTypes;
using Portfolio.Feed;
using static Portfolio.SqlBatch;

namespace Portfolio.Wallets;

/// <summary>
/// Keeps wallets and addresses as the Wallets service publishes them. Ids are never used twice, so of any number of facts
/// first everything new is stored, then labels and tags are set, then what went is deleted.
/// </summary>
internal sealed class WalletsInbox : IInbox
{
    public async Task ApplyAsync(Work work, IReadOnlyList<Contract> contracts, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(work.Connection);
        AddStatements(batch.BatchCommands, contracts);
        if (batch.BatchCommands.Count > 0) await batch.ExecuteNonQueryAsync(ct);
    }

    private static void AddStatements(NpgsqlBatchCommandCollection commands, IReadOnlyList<Contract> contracts)
    {
        if (contracts.OfType<WalletCreated>().ToList() is { Count: > 0 } created)
        {
            commands.Add(Of(
                "insert into wallets (wallet_id, owner_id, label) select * from unnest($1, $2, $3) on conflict do nothing",
                Column(created, NpgsqlDbType.Uuid, e => e.WalletId),
                Column(created, NpgsqlDbType.Uuid, e => e.OwnerId),
                Column(created, NpgsqlDbType.Text, e => e.Label)));
        }

        if (contracts.OfType<AddressImported>().ToList() is { Count: > 0 } imported)
        {
            commands.Add(Of("""
                insert into addresses (address_id, wallet_id, network, address, label)
                select * from unnest($1, $2, $3, $4, $5) on conflict do nothing
                """,
                Column(imported, NpgsqlDbType.Uuid, e => e.AddressId),
                Column(imported, NpgsqlDbType.Uuid, e => e.WalletId),
                Column(imported, NpgsqlDbType.Text, e => e.Network),
                Column(imported, NpgsqlDbType.Text, e => e.Address),
                Column(imported, NpgsqlDbType.Text, e => e.Label)));
        }

        // Of several labels for one thing the last counts, and an update may meet a row only once.
        if (contracts.OfType<WalletRenamed>().GroupBy(e => e.WalletId, (_, all) => all.Last()).ToList() is { Count: > 0 } renamed)
        {
            commands.Add(Of(
                "update wallets w set label = n.label from unnest($1, $2) n (wallet_id, label) where w.wallet_id = n.wallet_id",
                Column(renamed, NpgsqlDbType.Uuid, e => e.WalletId),
                Column(renamed, NpgsqlDbType.Text, e => e.Label)));
        }

        if (contracts.OfType<AddressLabelled>().GroupBy(e => e.AddressId, (_, all) => all.Last()).ToList() is { Count: > 0 } labelled)
        {
            commands.Add(Of(
                "update addresses a set label = n.label from unnest($1, $2) n (address_id, label) where a.address_id = n.address_id",
                Column(labelled, NpgsqlDbType.Uuid, e => e.AddressId),
                Column(labelled, NpgsqlDbType.Text, e => e.Label)));
        }

        if (contracts.OfType<WalletTagged>().GroupBy(e => e.WalletId, (_, all) => all.Last()).ToList() is { Count: > 0 } wallets)
        {
            commands.Add(Of(
                "update wallets w set tags = string_to_array(n.tags, ',') from unnest($1, $2) n (wallet_id, tags) where w.wallet_id = n.wallet_id",
                Column(wallets, NpgsqlDbType.Uuid, e => e.WalletId), Column(wallets, NpgsqlDbType.Text, e => OneText(e.Tags))));
        }

        if (contracts.OfType<AddressTagged>().GroupBy(e => e.AddressId, (_, all) => all.Last()).ToList() is { Count: > 0 } addresses)
        {
            commands.Add(Of("""
                update addresses a set tags = string_to_array(n.tags, ',') from unnest($1, $2) n (address_id, tags) where a.address_id = n.address_id
                """,
                Column(addresses, NpgsqlDbType.Uuid, e => e.AddressId), Column(addresses, NpgsqlDbType.Text, e => OneText(e.Tags))));
        }

        AddLabels(commands, contracts);
        if (PausesOf(contracts) is { Count: > 0 } pauses)
        {
            var later = ImportedSince(contracts);
            commands.Add(Of("""
                update addresses a set paused = n.paused from unnest($1, $2) n (wallet_id, paused)
                where a.wallet_id = n.wallet_id and a.paused <> n.paused and a.address_id <> all($3)
                """,
                Column(pauses, NpgsqlDbType.Uuid, e => e.WalletId), Column(pauses, NpgsqlDbType.Boolean, e => e.Paused),
                Column(later, NpgsqlDbType.Uuid, address => address)));
        }

        if (contracts.OfType<AddressRemoved>().ToList() is { Count: > 0 } removed)
            commands.Add(Of("delete from addresses where address_id = any($1)", Column(removed, NpgsqlDbType.Uuid, e => e.AddressId)));

        if (contracts.OfType<WalletDeleted>().ToList() is { Count: > 0 } deleted)
        {
            var ids = Column(deleted, NpgsqlDbType.Uuid, e => e.WalletId);
            commands.Add(Of("""
                insert into feed_goings (id, owner_id) select wallet_id, owner_id from wallets where wallet_id = any($1) on conflict do nothing
                """, ids.Clone()));
            commands.Add(Of("delete from addresses where wallet_id = any($1)", ids));
            commands.Add(Of("delete from wallets where wallet_id = any($1)", ids.Clone()));
            commands.Add(Marks.Wake(always: true));
            // With the answers to them, which may quote what was sent.
            commands.Add(Of("delete from webhook_deliveries where wallet_id = any($1)", ids.Clone()));
        }
    }

    private static void AddLabels(NpgsqlBatchCommandCollection commands, IReadOnlyList<Contract> contracts)
    {
        var said = contracts.OfType<TransactionLabelled>().GroupBy(e => (e.OwnerId, e.Network, e.Txid), (_, all) => all.Last()).ToList();
        if (said.Count == 0) return;

        var (kept, gone) = (said.Where(e => e is not { Label: null, Tags: [], Note: null }).ToList(),
            said.Where(e => e is { Label: null, Tags: [], Note: null }).ToList());
        if (gone.Count > 0)
        {
            commands.Add(Of("""
                delete from transaction_labels l using unnest($1, $2, $3) n (owner_id, network, txid)
                where l.owner_id = n.owner_id and l.network = n.network and l.txid = n.txid
                """,
                Column(gone, NpgsqlDbType.Uuid, e => e.OwnerId), Column(gone, NpgsqlDbType.Text, e => e.Network),
                Column(gone, NpgsqlDbType.Text, e => e.Txid)));
        }

        if (kept.Count == 0) return;
        commands.Add(Of("""
            insert into transaction_labels (owner_id, network, txid, label, tags, note)
            select n.owner_id, n.network, n.txid, n.label, string_to_array(n.tags, ','), n.note
            from unnest($1, $2, $3, $4, $5, $6) n (owner_id, network, txid, label, tags, note)
            on conflict (owner_id, network, txid) do update set label = excluded.label, tags = excluded.tags, note = excluded.note
            """,
            Column(kept, NpgsqlDbType.Uuid, e => e.OwnerId), Column(kept, NpgsqlDbType.Text, e => e.Network),
            Column(kept, NpgsqlDbType.Text, e => e.Txid), Column(kept, NpgsqlDbType.Text, e => e.Label),
            Column(kept, NpgsqlDbType.Text, e => OneText(e.Tags)), Column(kept, NpgsqlDbType.Text, e => e.Note)));
    }

    // Lists of different lengths do not make one array of the database; no tag has a comma in it.
    private static string OneText(IReadOnlyList<string> tags) => string.Join(',', tags);

    // Of each wallet the last word counts.
    private static List<(Guid WalletId, bool Paused)> PausesOf(IReadOnlyList<Contract> contracts) =>
    [
        .. contracts.Select(Pause).OfType<(Guid WalletId, bool Paused)>().GroupBy(pause => pause.WalletId, (_, all) => all.Last()),
    ];

    // What came after it is not paused.
    private static List<Guid> ImportedSince(IReadOnlyList<Contract> contracts)
    {
        var since = new Dictionary<Guid, List<Guid>>();
        foreach (var contract in contracts)
        {
            if (Pause(contract) is var (wallet, _)) since[wallet] = [];
            else if (contract is AddressImported imported && since.TryGetValue(imported.WalletId, out var later)) later.Add(imported.AddressId);
        }

        return [.. since.Values.SelectMany(addresses => addresses)];
    }

    private static (Guid WalletId, bool Paused)? Pause(Contract contract) => contract switch
    {
        SyncCancelRequested e => (e.WalletId, true),
        SyncRequested e => (e.WalletId, false),
        _ => null,
    };
}
