using System.Numerics;
using System.Text.Json;
using Chains;
using Contracts;
using Sync.Chains;

namespace Sync.Ledgers;

/// <summary>What transactions add of assets other than the native one: as their rows and events have it.</summary>
internal static class TokenDeltas
{
    // Contracts of tokens may return any number; none that is counted is larger than a word of 256 bits.
    private static readonly BigInteger Largest = (BigInteger.One << 256) - 1;

    /// <summary>As a row has it; null for none.</summary>
    public static string? Write(IReadOnlyList<AssetChange>? changes) =>
        changes is null or [] ? null : JsonSerializer.Serialize(changes.ToDictionary(change => change.Asset, change => change.Delta.ToString()));

    public static IReadOnlyList<AssetChange> Read(string? row) =>
        row is null ? []
            : [.. JsonSerializer.Deserialize<Dictionary<string, string>>(row)!
                .Select(entry => new AssetChange(entry.Key, Amount.Parse(entry.Value)))];

    /// <summary>Each asset once, without those whose contracts return what no balance can be.</summary>
    public static ChainTransaction Possible(ChainTransaction read)
    {
        if (read.Others is null or []) return read.Others is null ? read : read with { Others = null };
        var others = read.Others.GroupBy(change => change.Asset, change => change.Delta)
            .Select(asset => new AssetChange(asset.Key, asset.Aggregate(Amount.Zero, (sum, delta) => sum + delta))).ToList();
        var refused = others.Where(change => !IsPossible(change.Delta)).Select(change => change.Asset).ToHashSet();
        return read with
        {
            Others = others.FindAll(change => !refused.Contains(change.Asset)),
            Parts = read.Parts is null || refused.Count == 0 ? read.Parts
                : [.. read.Parts.Where(part => part.Asset is null || !refused.Contains(part.Asset))],
        };
    }

    /// <summary>The row with one more part, which is added to the sums of other assets too; null where that could be no balance.</summary>
    public static KnownTransaction? Grown(KnownTransaction row, ChainPart part, AssetSums sums)
    {
        var parts = TransactionComparison.Write(row.Parts!, [part]);
        if (part.Asset is null) return row with { Delta = row.Delta + part.Delta, Parts = parts };

        var others = Read(row.Others).ToDictionary(change => change.Asset, change => change.Delta);
        var isNew = !others.TryGetValue(part.Asset, out var before);
        if (!IsPossible(others[part.Asset] = before + part.Delta)) return null;
        sums.Grow(part.Asset, part.Delta, isNew);
        return row with { Others = Write([.. others.Select(entry => new AssetChange(entry.Key, entry.Value))]), Parts = parts };
    }

    private static bool IsPossible(Amount delta) => BigInteger.Abs(delta.Value) <= Largest;

    /// <summary>The native asset's movement first, unless only others moved.</summary>
    public static IReadOnlyList<Movement> Movements(Network network, ChainTransaction transaction)
    {
        var native = new Movement("native", network.Native.Caip19, transaction.Delta);
        return transaction.Others is null or [] ? [native]
            : [.. transaction.Delta.IsZero ? (Movement[])[] : [native],
                .. transaction.Others.Select(change => new Movement("asset", change.Asset, change.Delta))];
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

    /// <summary>A transaction that counts already adds more, unless it is the first that it adds of the asset.</summary>
    public void Grow(string asset, Amount delta, bool isNew) => Move(asset, delta, isNew ? 1 : 0);

    private void Move(string asset, Amount delta, long transactions)
    {
        var sum = this.GetValueOrDefault(asset);
        this[asset] = (sum.Delta + delta, sum.Transactions + transactions);
    }
}
