using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Npgsql;

namespace Wallets;

/// <summary>What can have been done.</summary>
internal static class AuditActions
{
    public const string UserMade = "user-made";
    public const string UserDisabled = "user-disabled";
    public const string UserEnabled = "user-enabled";
    public const string KeyMade = "key-made";

    /// <summary>Whoever made the key can act as somebody else with it.</summary>
    public const string KeyMadeForAnother = "key-made-for-another";

    public const string KeyRotated = "key-rotated";
    public const string KeyRevoked = "key-revoked";
    public const string LoginLinkMade = "login-link-made";
    public const string SessionBegun = "session-begun";
    public const string SessionEnded = "session-ended";
    public const string ShareMade = "share-made";
    public const string ShareRevoked = "share-revoked";
    public const string WalletMade = "wallet-made";
    public const string WalletDeleted = "wallet-deleted";
    public const string AddressRemoved = "address-removed";

    public static IReadOnlyList<string> All { get; } =
    [
        UserMade, UserDisabled, UserEnabled, KeyMade, KeyMadeForAnother, KeyRotated, KeyRevoked, LoginLinkMade, SessionBegun,
        SessionEnded, ShareMade, ShareRevoked, WalletMade, WalletDeleted, AddressRemoved,
    ];

    public static string OfNewKey(ApiKeyEvent.ApiKeyCreated made) =>
        made.By?.UserId is { } maker && maker != made.UserId ? KeyMadeForAnother : KeyMade;
}

/// <summary>Who can have done it.</summary>
internal static class AuditActors
{
    public const string User = "user";
    public const string Command = "command";

    public static string? Of(Actor? by) => by is null ? null : by.UserId is null ? Command : User;
}

internal sealed record AuditEntryView(
    [property: Description("The entry's id.")] Guid Id,
    [property: Description("When it was done.")] DateTimeOffset At,
    [property: Description("What was done."), AllowedValues(AuditActions.UserMade, AuditActions.UserDisabled, AuditActions.UserEnabled,
        AuditActions.KeyMade, AuditActions.KeyMadeForAnother, AuditActions.KeyRotated, AuditActions.KeyRevoked, AuditActions.LoginLinkMade,
        AuditActions.SessionBegun, AuditActions.SessionEnded, AuditActions.ShareMade, AuditActions.ShareRevoked,
        AuditActions.WalletMade, AuditActions.WalletDeleted, AuditActions.AddressRemoved)]
    string Action,
    [property: Description("Who did it: `user` by an API key, or `command`, one of the programs' commands on the machine itself; null where " +
        "that was not yet recorded."), AllowedValues(AuditActors.User, AuditActors.Command)]
    string? Actor,
    [property: Description("The user who did it.")] Guid? ActorUserId,
    [property: Description("The API key that they did it with, its id, not the key itself; null where it was a token of " +
        "an identity provider.")] Guid? ActorKeyId,
    [property: Description("The user to whom, or to whose key or wallet, it was done.")] Guid? UserId,
    [property: Description("The API key that was made, rotated or revoked, the session, which is one, that was begun or ended, or the " +
        "share.")] Guid? KeyId,
    [property: Description("The wallet that was made or deleted, or that the address was removed from.")] Guid? WalletId,
    [property: Description("The address that was removed; its id in the wallet.")] Guid? AddressId)
{
    public const string Select =
        "select audit_id, at, action, actor, actor_user_id, actor_key_id, user_id, key_id, wallet_id, address_id from audit";

    public static AuditEntryView Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.Time(1), row.GetString(2), row.Maybe<string>(3), MaybeId(row, 4), MaybeId(row, 5), MaybeId(row, 6), MaybeId(row, 7),
        MaybeId(row, 8), MaybeId(row, 9));

    private static Guid? MaybeId(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetGuid(column);
}
