using Chains;
using Contracts;
using Sync.Chains;
using Sync.Ledgers;

namespace Sync.Reconciliation;

/// <summary>What decides <c>verified</c>, <c>explained</c> or <c>mismatch</c>, and the difference by class.</summary>
internal sealed record BalanceVerdict(Verdict Verdict, IReadOnlyList<BalanceDifference> Differences)
{
    // Two coinbases of 2010 have the txid of an earlier one, whose coins they destroyed (BIP30). Indexes differ in
    // whether they count the destroyed 50 BTC; a ledger of txids has each once.
    private static readonly HashSet<string> Bip30 =
    [
        "d5d27987d2a3dfc724e359870c6644b40e497bdc0589a033220fe15429d88599",
        "e3bf3d07d4b0375638d5f1db5255fe07ba2c4cb067cd81b84ee974b6585fb468",
    ];

    private static readonly Amount Bip30Subsidy = 5_000_000_000;

    private const int MostNamed = 20;

    // The class of a difference whose amount is the lowest balance on the way.
    private const string BelowZero = "below-zero";

    /// <summary>Names the difference, so that the same one is repaired once and not again.</summary>
    public string Key => string.Join(";", Differences.Select(d => $"{d.Class}:{d.Balance}:{d.Transactions}"));

    /// <summary>Compares balance and, where one is reported, count, both at one tip.</summary>
    public static BalanceVerdict Of(Amount reported, long? reportedCount, Amount derived, long derivedCount)
    {
        var (balance, count) = (reported - derived, (reportedCount ?? derivedCount) - derivedCount);
        return balance.IsZero && count == 0 ? new(Verdict.Verified, [])
            : new(Verdict.Mismatch, [new BalanceDifference(balance.IsZero ? "transactions" : "balance", balance, count)]);
    }

    /// <summary>
    /// Compares an asset's balance, of which nobody counts the transactions. Where the provider's own list of the asset comes to
    /// exactly what was read, nothing was lost, and the balance is not the sum of its movements because its contract says so.
    /// </summary>
    public static BalanceVerdict OfAsset(Amount reported, Amount derived, long derivedCount, ListedAsset? listed)
    {
        if (reported == derived) return new(Verdict.Verified, []);
        var isKnown = listed is { IsWhole: true } && listed.Sum == derived && listed.Transactions == derivedCount;
        return new(
            isKnown ? Verdict.Explained : Verdict.Mismatch,
            [new BalanceDifference(isKnown || listed is { IsWhole: false } ? listed!.Class : "balance", reported - derived, 0)]);
    }

    /// <summary>The same, with what came by no transaction shown by class; explained where that is the whole difference.</summary>
    public BalanceVerdict WithOffLedger(IReadOnlyDictionary<string, Amount> byClass)
    {
        if (Verdict is not Verdict.Mismatch || Differences is not [{ Class: "balance" } balance]) return this;
        var classes = byClass.Where(each => !each.Value.IsZero).OrderBy(each => each.Key, StringComparer.Ordinal)
            .Select(each => new BalanceDifference(each.Key, each.Value, 0)).ToList();
        if (classes.Count == 0) return this;
        var rest = balance with { Balance = classes.Aggregate(balance.Balance, (left, each) => left - each.Balance) };
        if (!rest.Balance.IsPossible) return this;
        return rest is { Balance.IsZero: true, Transactions: 0 } ? new(Verdict.Explained, classes) : new(Verdict.Mismatch, [.. classes, rest]);
    }

    /// <summary>The same, with the part of the difference that later readings of known transactions would make up shown apart.</summary>
    public BalanceVerdict DisputedBy(Amount disputed)
    {
        if (Verdict is not Verdict.Mismatch || Differences.Count == 0 || Differences[^1] is not { Class: "balance" } balance) return this;
        var rest = balance with { Balance = balance.Balance - disputed };
        if (!disputed.IsPossible || !rest.Balance.IsPossible) return this;
        BalanceDifference[] left = rest is { Balance.IsZero: true, Transactions: 0 } ? [] : [rest];
        return this with { Differences = [.. Differences.SkipLast(1), new("disputed", disputed, 0), .. left] };
    }

    /// <summary>The same, but explained where known oddities among the ledger's transactions account for the difference.</summary>
    public BalanceVerdict ExplainedBy(IEnumerable<string> oddTransactions)
    {
        if (Differences is not [{ Balance: var balance, Transactions: var count }]) return this;
        var duplicates = oddTransactions.Count(Bip30.Contains);
        return duplicates > 0 && count >= 0 && count <= duplicates && (balance.IsZero || balance == new Amount(Bip30Subsidy.Value * duplicates))
            ? new(Verdict.Explained, [new BalanceDifference("bip30-duplicate-coinbase", balance, count)])
            : this;
    }

    /// <summary>The same, but explained where more is there than transactions brought and such a thing is known to come by none.</summary>
    public BalanceVerdict ExplainedBy(string? reason) =>
        reason is not null && Verdict is Verdict.Mismatch && Differences is [{ Class: "balance", Balance.Sign: > 0, Transactions: 0 } more]
            ? new(Verdict.Explained, [more with { Class = reason }]) : this;

    /// <summary>The same; but what agrees is no proof where the balance was below zero on the way.</summary>
    public BalanceVerdict UnlessBelowZero(Amount? lowest) =>
        Verdict is Verdict.Verified && lowest is { } below ? new(Verdict.Mismatch, [new BalanceDifference(BelowZero, below, 0)]) : this;

    /// <summary>
    /// The same with what is listed and cannot be read, by name: nobody knows what it moved, so it explains whatever is unexplained,
    /// and nothing is verified beside it.
    /// </summary>
    public BalanceVerdict WithGaps(IReadOnlyList<LedgerGap> gaps)
    {
        if (gaps.Count == 0) return this;
        var known = Differences.Where(difference => difference.Class is not ("balance" or "transactions" or BelowZero)).ToList();
        var rest = Differences.Where(difference => difference.Class is "balance")
            .Aggregate(Amount.Zero, (sum, difference) => sum + difference.Balance);
        var named = gaps.Take(MostNamed).Select((gap, i) =>
            new BalanceDifference("gap", i == 0 ? rest : Amount.Zero, 1, $"{gap.Txid} at {gap.Height}: {gap.Provider}: {gap.Reason}"));
        return new(Verdict.Explained, gaps.Count <= MostNamed ? [.. known, .. named]
            : [.. known, .. named, new("gap", Amount.Zero, gaps.Count - MostNamed)]);
    }

    /// <summary>Whether that is all that is wrong.</summary>
    public bool IsBelowZero => Differences is [{ Class: BelowZero }];

    /// <summary>The transactions for which an oddity is known.</summary>
    public static IReadOnlySet<string> OddTransactions => Bip30;
}
