using Chains;
using Sync.Ledgers;

namespace Sync.Reconciliation;

/// <summary>What comparing one asset came to, and what it had come to before.</summary>
internal sealed record AssetVerdict(string Asset, Amount Reported, Amount Derived, long DerivedCount, Verdict? Before, BalanceVerdict Result)
{
    /// <summary>Whether a movement may be missing, other than where a token is known to report other balances than its movements.</summary>
    public bool IsUnexplained => Result.Verdict is Verdict.Mismatch
        && (Result.IsBelowZero || Result.Differences.Any(difference => difference.Class == "balance"));
}

/// <summary>
/// The assets that were asked for, and the verdicts on those that were reported; one whose sum or difference grew out of what
/// an amount can be is left without.
/// </summary>
internal sealed record AssetComparison(IReadOnlyList<string> Asked, IReadOnlyList<AssetVerdict> Verdicts)
{
    // A contract may report any balance, and another one every day: that must not have an address read for ever.
    private static readonly TimeSpan ReadAgainEvery = TimeSpan.FromDays(30);

    public static AssetComparison None { get; } = new([], []);

    /// <summary>Compares, once what is taken back with vanished transactions is taken off the sums.</summary>
    public static AssetComparison Of(
        AssetAnswers answers, AssetSums takenBack, IReadOnlyDictionary<string, Amount>? lowest, IReadOnlyList<LedgerGap> gaps)
    {
        if (answers.Asked.Count == 0) return None;
        var verdicts = new List<AssetVerdict>();
        foreach (var balance in answers.Balances)
        {
            var (delta, transactions) = takenBack.GetValueOrDefault(balance.Asset);
            var (reported, derived, count) = (answers.Reported[balance.Asset], balance.Derived + delta, balance.DerivedCount + transactions);
            if (!(reported - derived).IsPossible) continue;
            var result = BalanceVerdict.OfAsset(reported, derived, count, answers.Listed.GetValueOrDefault(balance.Asset))
                .UnlessBelowZero(lowest is not null && lowest.TryGetValue(balance.Asset, out var below) ? below : null);
            if (result.Verdict is Verdict.Mismatch) result = result.WithGaps(gaps);
            verdicts.Add(new(balance.Asset, reported, derived, count, balance.Verdict, result));
        }

        return new(answers.Asked, verdicts);
    }

    /// <summary>
    /// Whether the next walk is to read the whole history again: an asset does not agree and nothing explains it. It begins anew
    /// at the top and ends at the bottom.
    /// </summary>
    public bool AsksToReadAgain(DateTimeOffset? readAgainAt, bool isAskedFor, DateTimeOffset now) =>
        Verdicts.Any(verdict => verdict.IsUnexplained
            || verdict is { Before: Verdict.Verified or Verdict.Explained, Result.Verdict: Verdict.Mismatch })
        && (isAskedFor || readAgainAt is null || readAgainAt < now - ReadAgainEvery);
}
