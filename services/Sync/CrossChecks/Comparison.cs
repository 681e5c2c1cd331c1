using Chains;
using Sync.Chains;
using Sync.Ledgers;

namespace Sync.CrossChecks;

/// <summary>A transaction as one side has it: where it stands, and what it adds to the address of the native asset and of others.</summary>
internal sealed record Compared(string Txid, long Height, Amount Delta, string Others = "")
{
    public bool MovesNothing => Delta.IsZero && Others is "";

    public static Compared Of(string txid, long height, Amount delta, IEnumerable<AssetChange>? others) => new(txid, height, delta, string.Join(';',
        (others ?? []).Where(change => !change.Delta.IsZero).OrderBy(change => change.Asset, StringComparer.Ordinal)
            .Select(change => $"{change.Asset}={change.Delta}")));
}

/// <summary>Compares a ledger's transactions with what a second provider returns, without any I/O.</summary>
internal static class Comparison
{
    /// <summary>Null where they agree. Only what stands above the floor and not above the tip is compared.</summary>
    public static FirstDifference? FirstOf(IEnumerable<Compared> known, IEnumerable<Compared> returned, long floor, long tip)
    {
        var ours = known.Where(IsCompared).ToDictionary(one => one.Txid);
        var theirs = returned.Where(IsCompared).ToDictionary(one => one.Txid);
        return ours.Values.Select(one => theirs.TryGetValue(one.Txid, out var other)
            ? Between(one, other) : new(one.Txid, one.Height, FirstDifference.NotTold))
            .Concat(theirs.Values.Where(other => !ours.ContainsKey(other.Txid))
                .Select(other => new FirstDifference(other.Txid, other.Height, FirstDifference.NotKnown)))
            .OfType<FirstDifference>().OrderBy(difference => difference.Height).ThenBy(difference => difference.Txid, StringComparer.Ordinal)
            .FirstOrDefault();

        bool IsCompared(Compared one) => one.Height > floor && one.Height <= tip;
    }

    private static FirstDifference? Between(Compared one, Compared other) =>
        one.Height != other.Height ? new(one.Txid, Math.Min(one.Height, other.Height), FirstDifference.OtherHeight)
            : (one.Delta, one.Others) != (other.Delta, other.Others) ? new(one.Txid, one.Height, FirstDifference.OtherAmount)
            : null;
}
