using Chains;
using Sync.Chains;

namespace Sync.Ledgers;

/// <summary>A transaction of the ledger that a reading of the whole history tells otherwise, or, where nothing is told, not at all.</summary>
internal sealed record RetoldTransaction(KnownTransaction Row, ChainTransaction? Told)
{
    // Beside the names of other assets.
    public const string Native = "";

    /// <summary>What every asset's sum would change by if this were believed, without those that it leaves as they are.</summary>
    public IReadOnlyDictionary<string, Amount> Changes { get; } = ChangesOf(Row, Told);

    /// <summary>Whether a reading comes to other amounts than the row.</summary>
    public static bool Differs(KnownTransaction row, ChainTransaction told) => ChangesOf(row, told).Count > 0;

    private static Dictionary<string, Amount> ChangesOf(KnownTransaction row, ChainTransaction? told) =>
        new[] { (Asset: Native, Delta: (told?.Delta ?? Amount.Zero) - row.Delta) }
            .Concat((told?.Others ?? []).Select(change => (change.Asset, change.Delta)))
            .Concat(TokenDeltas.Read(row.Others).Select(change => (change.Asset, Delta: -change.Delta)))
            .GroupBy(change => change.Asset, change => change.Delta)
            .Select(asset => (Asset: asset.Key, Delta: asset.Aggregate(Amount.Zero, (sum, delta) => sum + delta)))
            .Where(asset => !asset.Delta.IsZero).ToDictionary(asset => asset.Asset, asset => asset.Delta);
}
