using System.Text.Json.Serialization;
using Npgsql;

namespace Wallets;

/// <summary><paramref name="WalletIds"/> null means all of the user's wallets. <paramref name="Key"/> is there in the answer to its creation only.</summary>
internal sealed record ApiKeyView(
    Guid Id, Guid UserId, string Label, IReadOnlyList<string> Scopes, IReadOnlyList<Guid>? WalletIds,
    DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? LastUsedAt, DateTimeOffset? RevokedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Key = null)
{
    public const string Select = """
        select k.key_id, k.user_id, k.label, k.scopes, k.wallet_ids, k.created_at, k.expires_at, u.last_used_at, k.revoked_at
        from api_keys k left join api_key_uses u on u.key_id = k.key_id
        """;

    public static ApiKeyView Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.GetFieldValue<string[]>(3), row.Maybe<Guid[]>(4),
        row.Time(5), row.MaybeTime(6), row.MaybeTime(7), row.MaybeTime(8));
}
