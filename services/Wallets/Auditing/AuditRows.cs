using Npgsql;

namespace Wallets;

/// <summary>
/// Which events can be read later in the audit log, and as what. Ids only: neither names nor addresses, so that nothing is told of what
/// an administrator may not see. What a wallet's owner does every day (imports, labels, syncs) is not in it.
/// </summary>
internal static class AuditRows
{
    // Whose key or wallet it is, where the event does not say, stands in the rows that are there before it.
    private const string Insert = """
        insert into audit (audit_id, at, action, actor, actor_user_id, actor_key_id, user_id, key_id, wallet_id, address_id)
        values ($1, $2, $3, $4, $5, $6,
            coalesce($7, (select user_id from api_keys where key_id = $8), (select owner_id from wallets where wallet_id = $9)), $8, $9, $10)
        on conflict (audit_id) do nothing
        """;

    /// <summary>Must be carried out before the event's other rows are written: a rebuild takes the locks in this order, too.</summary>
    public static IEnumerable<NpgsqlBatchCommand> Of(Guid id, object @event) => @event switch
    {
        UserEvent.UserCreated e => [Row(id, e.At, AuditActions.UserMade, e.By, e.UserId)],
        UserEvent.UserDisabled e => [Row(id, e.At, AuditActions.UserDisabled, e.By, e.UserId)],
        UserEvent.UserEnabled e => [Row(id, e.At, AuditActions.UserEnabled, e.By, e.UserId)],
        ApiKeyEvent.ApiKeyCreated e => [Row(id, e.At, AuditActions.OfNewKey(e), e.By, e.UserId, e.KeyId)],
        ApiKeyEvent.ApiKeyRotated e => [Row(id, e.At, AuditActions.KeyRotated, e.By, keyId: e.KeyId)],
        ApiKeyEvent.ApiKeyRevoked e => [Row(id, e.At, AuditActions.KeyRevoked, e.By, keyId: e.KeyId)],
        ApiKeyEvent.SessionBegun e => [Row(id, e.At, AuditActions.SessionBegun, e.By, e.UserId, e.KeyId)],
        ApiKeyEvent.SessionEnded e => [Row(id, e.At, AuditActions.SessionEnded, e.By, keyId: e.KeyId)],
        LoginLinkEvent.LoginLinkMade e => [Row(id, e.At, AuditActions.LoginLinkMade, e.By, e.UserId)],
        ShareEvent.ShareMade e => [Row(id, e.At, AuditActions.ShareMade, e.By, e.OwnerId, e.ShareId)],
        ShareEvent.ShareRevoked e => [Row(id, e.At, AuditActions.ShareRevoked, e.By, e.By?.UserId, e.ShareId)],
        WalletEvent.WalletCreated e => [Row(id, e.At, AuditActions.WalletMade, e.By, e.OwnerId, walletId: e.WalletId)],
        WalletEvent.AddressRemoved e => [Row(id, e.At, AuditActions.AddressRemoved, e.By, walletId: e.WalletId, addressId: e.AddressId)],
        // All that was done to it goes with it; that it was deleted, and by whom, stays.
        WalletEvent.WalletDeleted e =>
        [
            ReadModel.Sql("delete from audit where wallet_id = $1", e.WalletId),
            Row(id, e.At, AuditActions.WalletDeleted, e.By, walletId: e.WalletId),
        ],
        // The same row: a rebuild finds nothing else of the wallet any more.
        WalletEvent.WalletErased { Deletion: { } deletion } e =>
            [Row(deletion.EventId, deletion.At, AuditActions.WalletDeleted, deletion.By, deletion.OwnerId, walletId: e.WalletId)],
        _ => [],
    };

    private static NpgsqlBatchCommand Row(
        Guid id, DateTimeOffset at, string action, Actor? by, Guid? userId = null, Guid? keyId = null, Guid? walletId = null,
        Guid? addressId = null) =>
        ReadModel.Sql(Insert, id, at, action, AuditActors.Of(by), by?.UserId, by?.KeyId, userId, keyId, walletId, addressId);
}
