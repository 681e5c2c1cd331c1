using System.ComponentModel;
using Npgsql;

namespace Wallets;

internal sealed record WalletView(
    [property: Description("The wallet's id.")] Guid Id,
    [property: Description("What the user calls it.")] string Label,
    [property: Description("How many addresses it holds.")] int AddressCount,
    [property: Description("When it was made.")] DateTimeOffset CreatedAt,
    [property: Description("Its tags, in the order in which they were given.")] IReadOnlyList<string> Tags)
{
    public const string Select = "select wallet_id, label, address_count, created_at, tags from wallets";

    public static WalletView Read(NpgsqlDataReader row) =>
        new(row.GetGuid(0), row.GetString(1), row.GetInt32(2), row.Time(3), row.GetFieldValue<string[]>(4));

    public static WalletView Of(Wallet wallet) => new(wallet.Id, wallet.Label, wallet.Addresses.Count, wallet.CreatedAt, wallet.Tags);
}
