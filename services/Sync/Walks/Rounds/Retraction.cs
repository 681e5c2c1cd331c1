using Chains;
using Sync.Ledgers;

namespace Sync.Walks.Rounds;

/// <summary>
/// Decides which transactions of a ledger are taken back, or replaced by what is told of them now, once the history was read
/// whole by one provider between equal tips; without any I/O.
/// </summary>
internal static class Retraction
{
    /// <summary>
    /// Those without which every asset that they touch comes to exactly what is reported, and only where one of them does not so
    /// far: what changes no sum that is wrong is left as it is, however little of it is told.
    /// </summary>
    public static IReadOnlyList<RetoldTransaction> Decide(RoundFacts facts)
    {
        var (round, reported) = (facts.Round, facts.State.Ledger.Reported!);
        if (!facts.Stands || !facts.State.IsRereading || round.IsMixed || round.ServedKept) return [];

        var gone = RoundConclusion.Gone(facts);
        var count = facts.State.Ledger.DerivedCount - gone.Count;
        // Where transactions are counted, what was not met is gone by its count or not at all.
        List<RetoldTransaction> left = reported.TransactionCount is { } counted
            ? counted == count ? [.. facts.Retold] : []
            : [.. facts.Retold, .. facts.Unseen.Except(gone).Select(row => new RetoldTransaction(row, null))];
        var derived = facts.Assets.Balances.ToDictionary(balance => balance.Asset, balance => balance.Derived);
        var due = facts.Assets.Reported.Where(asset => derived.ContainsKey(asset.Key))
            .ToDictionary(asset => asset.Key, asset => asset.Value - derived[asset.Key]);
        due[RetoldTransaction.Native] = reported.Confirmed - gone.Aggregate(facts.State.Ledger.Derived, (sum, row) => sum - row.Delta);
        foreach (var change in gone.SelectMany(row => TokenDeltas.Read(row.Others)).Where(change => due.ContainsKey(change.Asset)))
            due[change.Asset] += change.Delta;

        left.RemoveAll(each => each.Changes.Count == 0);
        while (left.RemoveAll(each => each.Changes.Keys.Any(asset => !Agrees(asset))) > 0) continue;
        return Mending(left, [.. due.Where(asset => !asset.Value.IsZero).Select(asset => asset.Key)]);

        bool Agrees(string asset) => due.TryGetValue(asset, out var missing)
            && missing == left.Aggregate(Amount.Zero, (sum, each) => sum + each.Changes.GetValueOrDefault(asset));
    }

    // Those that touch an asset whose sum is wrong, and those without which the others they touch would become so.
    private static List<RetoldTransaction> Mending(List<RetoldTransaction> left, HashSet<string> assets)
    {
        var mending = new List<RetoldTransaction>();
        while (left.FindAll(each => each.Changes.Keys.Any(assets.Contains)) is { Count: > 0 } found)
        {
            mending.AddRange(found);
            assets.UnionWith(found.SelectMany(each => each.Changes.Keys));
            left.RemoveAll(found.Contains);
        }

        return mending;
    }
}
