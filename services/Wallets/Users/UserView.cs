using System.ComponentModel;
using Npgsql;

namespace Wallets;

internal sealed record UserView(
    [property: Description("The user's id.")] Guid Id,
    [property: Description("The user's e-mail address.")] string Email,
    [property: Description("Whether the user's keys may have the scope `admin`.")] bool Admin,
    [property: Description("When the user was made.")] DateTimeOffset CreatedAt,
    [property: Description("Since when no key of the user's is good; null where they are.")] DateTimeOffset? DisabledAt = null)
{
    public const string Select = "select user_id, email, admin, created_at, disabled_at from users";

    public static UserView Read(NpgsqlDataReader row) => new(row.GetGuid(0), row.GetString(1), row.GetBoolean(2), row.Time(3), row.MaybeTime(4));

    public static UserView Of(User user) => new(user.Id, user.Email, user.IsAdmin, user.CreatedAt, user.DisabledAt);
}
