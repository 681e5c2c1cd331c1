using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Npgsql;

namespace Wallets;

/// <summary><paramref name="WalletIds"/> null means all of the user's wallets. <paramref name="Key"/> is there in the answer to its
/// creation only.</summary>
internal sealed record ApiKeyView(
    [property: Description("The key's id; not the key itself.")] Guid Id,
    [property: Description("Whose key it is.")] Guid UserId,
    [property: Description("What the key is called.")] string Label,
    [property: Description("What it may do."), AllowedValues(ServiceDefaults.Scopes.WalletsRead, ServiceDefaults.Scopes.WalletsWrite,
        ServiceDefaults.Scopes.PortfolioRead, ServiceDefaults.Scopes.WebhooksManage, ServiceDefaults.Scopes.Admin)]
    IReadOnlyList<string> Scopes,
    [property: Description("The wallets it is for; null for all of its user's.")] IReadOnlyList<Guid>? WalletIds,
    [property: Description("When it was made.")] DateTimeOffset CreatedAt,
    [property: Description("When it stops working; null for never.")] DateTimeOffset? ExpiresAt,
    [property: Description("When it was last used, to the minute; null for never.")] DateTimeOffset? LastUsedAt,
    [property: Description("When it was revoked; null where it was not.")] DateTimeOffset? RevokedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull),
        Description("The key itself, in the first answer to its creation only.")] string? Key = null)
{
    public const string Select = """
        select k.key_id, k.user_id, k.label, k.scopes, k.wallet_ids, k.created_at, k.expires_at, u.last_used_at, k.revoked_at
        from api_keys k left join api_key_uses u on u.key_id = k.key_id
        """;

    public static ApiKeyView Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.GetFieldValue<string[]>(3), row.Maybe<Guid[]>(4),
        row.Time(5), row.MaybeTime(6), row.MaybeTime(7), row.MaybeTime(8));
}
