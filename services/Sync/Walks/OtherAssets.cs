using System.Numerics;
using System.Text.Json;
using Chains;
using Contracts;
using Sync.Chains;

namespace Sync.Walks;

/// <summary>What transactions add of assets other than the native one: as their rows and events have it.</summary>
internal static class OtherAssets
{
    // Contracts of tokens may tell any number; none that is told is larger than a word of 256 bits.
    private static readonly BigInteger Largest = (BigInteger.One << 256) - 1;

    /// <summary>As a row has it; null for none.</summary>
    public static string? Write(IReadOnlyList<AssetChange>? changes) =>
        changes is null or [] ? null : JsonSerializer.Serialize(changes.ToDictionary(change => change.Asset, change => change.Delta.ToString()));

    public static IReadOnlyList<AssetChange> Read(string? row) =>
        row is null ? [] : [.. JsonSerializer.Deserialize<Dictionary<string, string>>(row)!.Select(entry => new AssetChange(entry.Key, Amount.Parse(entry.Value)))];

    /// <summary>Each asset once, without those whose contracts tell what no balance can be.</summary>
    public static IReadOnlyList<AssetChange>? Possible(IReadOnlyList<AssetChange>? changes) =>
        changes is null or [] ? null
        : [.. changes.GroupBy(change => change.Asset, (asset, all) => new AssetChange(asset, all.Aggregate(Amount.Zero, (sum, change) => sum + change.Delta)))
            .Where(change => BigInteger.Abs(change.Delta.Value) <= Largest)];

    /// <summary>The native asset's movement first, unless only others moved.</summary>
    public static IReadOnlyList<Movement> Movements(Network network, ChainTransaction transaction)
    {
        var native = new Movement("native", network.Native.Caip19, transaction.Delta);
        return transaction.Others is null or [] ? [native]
            : [.. transaction.Delta.IsZero ? (Movement[])[] : [native], .. transaction.Others.Select(change => new Movement("asset", change.Asset, change.Delta))];
    }
}

/// <summary>What is to be added to the sums of other assets, and to their numbers of transactions.</summary>
internal sealed class AssetSums : Dictionary<string, (Amount Delta, long Transactions)>
{
    public void Add(IEnumerable<AssetChange> changes)
    {
        foreach (var change in changes) Move(change.Asset, change.Delta, 1);
    }

    public void Take(IEnumerable<AssetChange> changes)
    {
        foreach (var change in changes) Move(change.Asset, -change.Delta, -1);
    }

    private void Move(string asset, Amount delta, long transactions)
    {
        var sum = this.GetValueOrDefault(asset);
        this[asset] = (sum.Delta + delta, sum.Transactions + transactions);
    }
}
