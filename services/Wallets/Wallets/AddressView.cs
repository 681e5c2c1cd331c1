using Npgsql;

namespace Wallets;

/// <summary>An address of a wallet. How far its sync is and what it holds is told by the services that know.</summary>
internal sealed record AddressView(Guid Id, Guid WalletId, string Network, string Address, string? Label, DateTimeOffset CreatedAt)
{
    public const string Select = "select address_id, wallet_id, network, address, label, created_at from addresses";

    public static AddressView Read(NpgsqlDataReader row) =>
        new(row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.GetString(3), row.Maybe<string>(4), row.Time(5));

    public static AddressView Of(Wallet wallet, TrackedAddress address) =>
        new(address.Id, wallet.Id, address.Place.Network, address.Place.Text, address.Label, address.ImportedAt);
}
