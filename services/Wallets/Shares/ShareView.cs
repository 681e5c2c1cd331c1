using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Npgsql;

namespace Wallets;

internal sealed record ShareView(
    [property: Description("The share's id; not its token.")] Guid Id,
    [property: Description("What it is called; whoever has the link reads it.")] string Label,
    [property: Description("The wallets that it shows; null for all, also those that are made later.")] IReadOnlyList<Guid>? WalletIds,
    [property: Description("`amounts`, or `percentages` and no amount."), AllowedValues(Wallets.Shows.Amounts, Wallets.Shows.Percentages)]
    string Shows,
    [property: Description("When it was made.")] DateTimeOffset CreatedAt,
    [property: Description("When it ends; null for never.")] DateTimeOffset? ExpiresAt,
    [property: Description("When somebody last looked, to the minute; null for never.")] DateTimeOffset? LastUsedAt,
    [property: Description("When it was revoked; null where it was not.")] DateTimeOffset? RevokedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull),
        Description("What stands behind the # of its link, in the first answer to its creation only.")] string? Token = null)
{
    public const string Select = """
        select s.share_id, s.label, s.wallet_ids, s.shows, s.created_at, s.expires_at, u.last_used_at, s.revoked_at
        from shares s left join api_key_uses u on u.key_id = s.share_id
        """;

    public static ShareView Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetString(1), row.Maybe<Guid[]>(2), row.GetString(3), row.Time(4), row.MaybeTime(5), row.MaybeTime(6),
        row.MaybeTime(7));
}
