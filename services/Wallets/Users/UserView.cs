using Npgsql;

namespace Wallets;

internal sealed record UserView(Guid Id, string Email, bool Admin, DateTimeOffset CreatedAt)
{
    public const string Select = "select user_id, email, admin, created_at from users";

    public static UserView Read(NpgsqlDataReader row) => new(row.GetGuid(0), row.GetString(1), row.GetBoolean(2), row.Time(3));
}
