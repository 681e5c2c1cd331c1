using EventSourcing;
using Npgsql;

namespace Wallets;

/// <summary>
/// The rows that this service's reads and unique names stand on. Written inside each command's transaction, so a reader
/// sees a write at once, and built from nothing out of the log to the same rows.
/// </summary>
internal sealed class ReadModel : IProjection
{
    /// <summary>Writes the rows of these events, in their order, in one round trip.</summary>
    public static async Task WriteAsync(NpgsqlConnection connection, IReadOnlyList<NewEvent> events, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach (var (id, data) in events)
        {
            foreach (var command in AuditRows.Of(id, data).Concat(CommandsOf(data))) batch.BatchCommands.Add(command);
        }

        if (batch.BatchCommands.Count > 0) await batch.ExecuteNonQueryAsync(ct);
    }

    public Task ApplyAsync(NpgsqlConnection connection, IReadOnlyList<StoredEvent> events, CancellationToken ct) =>
        WriteAsync(connection, [.. events.Select(stored => new NewEvent(stored.Id, stored.Data))], ct);

    public async Task ResetAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        // Commands wait until the rebuilt rows are there, or their rows would be built twice; readers go on.
        await using var reset = new NpgsqlCommand("""
            lock table audit, users, api_keys, login_links, shares, wallets, addresses, transaction_labels
                in share row exclusive mode;
            delete from audit; delete from users; delete from api_keys; delete from login_links; delete from shares;
            delete from wallets; delete from addresses;
            delete from transaction_labels;
            """, connection);
        await reset.ExecuteNonQueryAsync(ct);
    }

    private static IEnumerable<NpgsqlBatchCommand> CommandsOf(object @event) => @event switch
    {
        UserEvent.UserCreated e =>
        [
            Sql("insert into users (user_id, email, admin, created_at) values ($1, $2, $3, $4)", e.UserId, e.Email, e.Admin, e.At),
        ],
        UserEvent.UserDisabled e => [Sql("update users set disabled_at = $2 where user_id = $1", e.UserId, e.At)],
        UserEvent.UserEnabled e => [Sql("update users set disabled_at = null where user_id = $1", e.UserId)],
        ApiKeyEvent.ApiKeyCreated e =>
        [
            Sql("""
                insert into api_keys (key_id, user_id, label, hash, scopes, wallet_ids, created_at, expires_at)
                values ($1, $2, $3, $4, $5, $6, $7, $8)
                """, e.KeyId, e.UserId, e.Label, e.Hash, e.Scopes.ToArray(), e.WalletIds?.ToArray(), e.At, e.ExpiresAt),
        ],
        ApiKeyEvent.ApiKeyRotated e => [Sql("update api_keys set expires_at = $2 where key_id = $1", e.KeyId, e.ExpiresAt)],
        ApiKeyEvent.ApiKeyRevoked e => [Sql("update api_keys set revoked_at = $2 where key_id = $1", e.KeyId, e.At)],
        ApiKeyEvent.SessionBegun e =>
        [
            Sql("""
                insert into api_keys (key_id, user_id, label, hash, scopes, wallet_ids, created_at, expires_at, session_of)
                values ($1, $2, 'Session', $3, $4, $5, $6, $7, $8)
                """, e.KeyId, e.UserId, e.Hash, e.Scopes.ToArray(), e.WalletIds?.ToArray(), e.At, e.ExpiresAt, e.SessionOf),
        ],
        ApiKeyEvent.SessionEnded e => [Sql("update api_keys set revoked_at = $2 where key_id = $1", e.KeyId, e.At)],
        LoginLinkEvent.LoginLinkMade e =>
            [Sql("insert into login_links (link_id, user_id, hash) values ($1, $2, $3)", e.LinkId, e.UserId, e.Hash)],
        // It opens nothing any more.
        LoginLinkEvent.LoginLinkUsed e => [Sql("delete from login_links where link_id = $1", e.LinkId)],
        ShareEvent.ShareMade e =>
        [
            Sql("""
                insert into shares (share_id, owner_id, label, hash, wallet_ids, shows, created_at, expires_at)
                values ($1, $2, $3, $4, $5, $6, $7, $8)
                """, e.ShareId, e.OwnerId, e.Label, e.Hash, e.WalletIds?.ToArray(), e.Shows, e.At, e.ExpiresAt),
        ],
        ShareEvent.ShareRevoked e => [Sql("update shares set revoked_at = $2 where share_id = $1", e.ShareId, e.At)],
        WalletEvent.WalletCreated e =>
        [
            Sql("insert into wallets (wallet_id, owner_id, label, address_count, created_at) values ($1, $2, $3, 0, $4)",
                e.WalletId, e.OwnerId, e.Label, e.At),
        ],
        WalletEvent.WalletRenamed e => [Sql("update wallets set label = $2 where wallet_id = $1", e.WalletId, e.Label)],
        WalletEvent.AddressImported e =>
        [
            // The wallet's row first: its lock lets two imports of one wallet wait for each other, never deadlock.
            Sql("update wallets set address_count = address_count + 1 where wallet_id = $1", e.WalletId),
            Sql("insert into addresses (address_id, wallet_id, network, address, label, created_at) values ($1, $2, $3, $4, $5, $6)",
                e.AddressId, e.WalletId, e.Network, e.Address, e.Label, e.At),
        ],
        WalletEvent.AddressLabelled e => [Sql("update addresses set label = $2 where address_id = $1", e.AddressId, e.Label)],
        WalletEvent.WalletTagged e => [Sql("update wallets set tags = $2 where wallet_id = $1", e.WalletId, e.Tags.ToArray())],
        WalletEvent.AddressTagged e => [Sql("update addresses set tags = $2 where address_id = $1", e.AddressId, e.Tags.ToArray())],
        TransactionLabelEvent.TransactionLabelled { SaysNothing: true } e =>
        [
            Sql("delete from transaction_labels where owner_id = $1 and network = $2 and txid = $3", e.OwnerId, e.Network, e.Txid),
        ],
        TransactionLabelEvent.TransactionLabelled e =>
        [
            Sql("""
                insert into transaction_labels (owner_id, network, txid, label, tags, note, origin, changed_at)
                values ($1, $2, $3, $4, $5, $6, $7, $8)
                on conflict (owner_id, network, txid) do update set label = excluded.label, tags = excluded.tags, note = excluded.note,
                    origin = excluded.origin, changed_at = excluded.changed_at
                """, e.OwnerId, e.Network, e.Txid, e.Label, e.Tags.ToArray(), e.Note, e.Origin, e.At),
        ],
        WalletEvent.AddressRemoved e =>
        [
            Sql("update wallets set address_count = address_count - 1 where wallet_id = $1", e.WalletId),
            Sql("delete from addresses where address_id = $1", e.AddressId),
        ],
        WalletEvent.WalletDeleted e =>
        [
            Sql("delete from wallets where wallet_id = $1", e.WalletId),
            Sql("delete from addresses where wallet_id = $1", e.WalletId),
        ],
        _ => [],
    };

    internal static NpgsqlBatchCommand Sql(string text, params ReadOnlySpan<object?> values)
    {
        var command = new NpgsqlBatchCommand(text);
        foreach (var value in values) command.Parameters.Add(new() { Value = value ?? DBNull.Value });
        return command;
    }
}
