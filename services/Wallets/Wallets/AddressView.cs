using System.ComponentModel;
using System.Text.Json.Serialization;
using Npgsql;

namespace Wallets;

/// <summary>An address of a wallet. How far its sync is and what it holds is told by the services that know.</summary>
internal sealed record AddressView(
    [property: Description("The address's id in this wallet.")] Guid Id,
    [property: Description("The wallet that holds it.")] Guid WalletId,
    [property: Description("The network's slug.")] string Network,
    [property: Description("The address in its canonical spelling.")] string Address,
    [property: Description("What the user calls it, if anything.")] string? Label,
    [property: Description("When it was imported.")] DateTimeOffset CreatedAt,
    [property: Description("Its tags, in the order in which they were given.")] IReadOnlyList<string> Tags,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull),
        Description("What of an import was not done, in its answer only: an address that is there already keeps its label.")] string? Note = null)
{
    public const string Select = "select address_id, wallet_id, network, address, label, created_at, tags from addresses";

    public static AddressView Read(NpgsqlDataReader row) =>
        new(row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.GetString(3), row.Maybe<string>(4), row.Time(5),
            row.GetFieldValue<string[]>(6));

    public static AddressView Of(Wallet wallet, TrackedAddress address) =>
        new(address.Id, wallet.Id, address.Place.Network, address.Place.Text, address.Label, address.ImportedAt, address.Tags);
}
