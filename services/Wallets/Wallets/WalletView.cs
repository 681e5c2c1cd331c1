using Npgsql;

namespace Wallets;

internal sealed record WalletView(Guid Id, string Label, int AddressCount, DateTimeOffset CreatedAt)
{
    public const string Select = "select wallet_id, label, address_count, created_at from wallets";

    public static WalletView Read(NpgsqlDataReader row) => new(row.GetGuid(0), row.GetString(1), row.GetInt32(2), row.Time(3));

    public static WalletView Of(Wallet wallet) => new(wallet.Id, wallet.Label, wallet.Addresses.Count, wallet.CreatedAt);
}
