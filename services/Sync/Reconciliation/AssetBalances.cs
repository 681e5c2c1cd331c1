using Chains;
using Npgsql;
using Sync.Chains;

namespace Sync.Reconciliation;

/// <summary>A ledger's sum of one asset other than the native one, in how many transactions, and what comparing it came to last.</summary>
internal sealed record AssetBalance(string Asset, Amount Derived, long DerivedCount, Verdict? Verdict);

/// <summary>
/// The assets that a provider was asked for, what it reported of them, what it lists of those whose balance is another, and
/// the ledger's own sums.
/// </summary>
internal sealed record AssetAnswers(
    IReadOnlyList<string> Asked, IReadOnlyDictionary<string, Amount> Reported, IReadOnlyDictionary<string, ListedAsset> Listed,
    IReadOnlyList<AssetBalance> Balances)
{
    public static AssetAnswers None { get; } = new([], new Dictionary<string, Amount>(), new Dictionary<string, ListedAsset>(), []);
}

/// <summary>Asks the provider of a round for balances of assets other than the native one. Each counts the questions that were answered.</summary>
internal static class AssetBalances
{
    // Differences looked into in one walk; the others' turn comes with the next ones.
    private const int LookedInto = 10;

    /// <summary>
    /// Asks for the assets whose sums changed since they were compared, and for some of the others once a day and when a sync
    /// is asked for; those longest uncompared first; and for those named. What is held and came by no known transaction is an asset too, of which
    /// nothing was read.
    /// </summary>
    public static async Task<AssetAnswers> AskAsync(
        NpgsqlDataSource database, BalanceInquiry inquiry, bool isAskedFor, IReadOnlyCollection<string> named, Action count, CancellationToken ct)
    {
        if (inquiry.Provider is not ITokenBalances provider) return AssetAnswers.None;
        var held = provider is IHeldAssets holder ? await holder.HeldAsync(inquiry.Address, inquiry.ProviderDeadline) : [];
        var due = await AssetRows.DueAsync(database, inquiry.LedgerId, held, isAskedFor, ct);
        List<string> assets = [.. named.Take(AssetRows.AtOnce).Union(due)];
        if (assets.Count == 0) return AssetAnswers.None;
        count();
        return AssetAnswers.None with
        {
            Asked = assets,
            Reported = await provider.BalancesAsync(inquiry.Address, assets, inquiry.Tip, inquiry.ProviderDeadline),
        };
    }

    /// <summary>Asks what the provider lists of the assets whose balance is another than their sum.</summary>
    public static async Task<AssetAnswers> LookIntoAsync(
        NpgsqlDataSource database, BalanceInquiry inquiry, AssetAnswers answers, Action count, CancellationToken ct)
    {
        if (answers.Asked.Count == 0) return answers;
        var balances = await AssetRows.ReadAsync(database, inquiry.LedgerId, answers.Reported.Keys, ct);
        var (listed, left) = (new Dictionary<string, ListedAsset>(), new HashSet<string>());
        foreach (var balance in balances.Where(balance => answers.Reported[balance.Asset] != balance.Derived))
        {
            if (listed.Count == LookedInto)
            {
                left.Add(balance.Asset);
                continue;
            }

            if (inquiry.Provider is not IAssetLists lists) continue;
            count();
            var all = await lists.ListedAsync(inquiry.Address, balance.Asset, inquiry.Tip.Height, inquiry.ProviderDeadline);
            if (all is not null) listed[balance.Asset] = all;
        }

        return new AssetAnswers(
            [.. answers.Asked.Where(asset => !left.Contains(asset))], answers.Reported, listed,
            balances.FindAll(balance => !left.Contains(balance.Asset)));
    }
}
