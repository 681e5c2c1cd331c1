using System.Globalization;

namespace Portfolio.Performance;

/// <summary>
/// A disposal in a year's list, oldest first; <paramref name="Number"/> tells those of one asset in one transaction apart. Its place in the list
/// is its own, whatever else is in it.
/// </summary>
internal sealed record ListedDisposal(AssetEntry Entry, int Number) : IComparable<ListedDisposal>
{
    /// <summary>What a cursor says of it.</summary>
    public string[] Key =>
    [
        Entry.Entry.At.UtcDateTime.ToString("O", CultureInfo.InvariantCulture), Entry.Network, Entry.Entry.Id, Entry.Asset.Caip19,
        Number.ToString(CultureInfo.InvariantCulture),
    ];

    public int CompareTo(ListedDisposal? other) => other is null ? 1
        : CompareTo(other.Entry.Entry.At, other.Entry.Network, other.Entry.Entry.Id, other.Entry.Asset.Caip19, other.Number);

    public int CompareTo(DateTimeOffset at, string network, string txid, string asset, int number)
    {
        var order = Entry.Entry.At.CompareTo(at);
        order = order != 0 ? order : string.CompareOrdinal(Entry.Network, network);
        order = order != 0 ? order : string.CompareOrdinal(Entry.Entry.Id, txid);
        order = order != 0 ? order : string.CompareOrdinal(Entry.Asset.Caip19, asset);
        return order != 0 ? order : Number.CompareTo(number);
    }
}
