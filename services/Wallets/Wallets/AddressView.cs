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
    [property: Description("The source that it belongs to, and which of its addresses it is; null where it is in the wallet by itself.")]
    AddressSourceView? Source,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull),
        Description("What of an import was not done, in its answer only: an address that is there already keeps its label.")] string? Note = null)
{
    public const string Select = "select address_id, wallet_id, network, address, label, created_at, tags, source_id, branch, number from addresses";

    public static AddressView Read(NpgsqlDataReader row) =>
        new(row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.GetString(3), row.Maybe<string>(4), row.Time(5),
            row.GetFieldValue<string[]>(6), row.IsDBNull(7) ? null : new(row.GetGuid(7), row.GetInt32(8), row.GetInt32(9)));

    public static AddressView Of(Wallet wallet, TrackedAddress address) =>
        new(address.Id, wallet.Id, address.Place.Network, address.Place.Text, address.Label, address.ImportedAt, address.Tags,
            address.Source is { } source ? new(source.Id, source.Branch, source.Index) : null);
}

/// <summary>Which address of which source one is.</summary>
internal sealed record AddressSourceView(
    [property: Description("The source's id.")] Guid Id,
    [property: Description("Its branch, counted from 0.")] int Branch,
    [property: Description("Its number in the branch, counted from 0.")] int Index);
