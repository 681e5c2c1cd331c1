using System.Globalization;
using System.Text;
using Chains;
using EventSourcing;
using NpgsqlTypes;
using Postgres;
using Sync.Chains;

namespace Sync.Networks;

/// <summary>
/// What assets are called and divided into, published once for each: the first word stands, since a name that changes is a trap, and
/// who says otherwise later is counted. Who knows no name still gives the decimals: the asset's id stands in for the name then,
/// until somebody who agrees on the decimals gives it one. Decimals are state of the contract: where the same provider gives others
/// beside a transaction that is no older, the asset is described anew by its old name. An operator who deletes an asset's row has it described anew.
/// </summary>
internal static class TokenMetadata
{
    private const int LongestSymbol = 32;
    private const int MostDecimals = 77;

    /// <summary>Keeps and publishes what the page says of assets that nobody described yet.</summary>
    public static async Task WriteAsync(Work work, Network network, HistoryPage page, DateTimeOffset now, CancellationToken ct)
    {
        if (page.Assets is null or []) return;

        // In one order, so that two pages with the same assets do not wait for each other in a circle.
        var notes = page.Assets.Where(IsUsable).DistinctBy(note => note.Asset).OrderBy(note => note.Asset, StringComparer.Ordinal).ToList();
        var heights = page.Transactions.SelectMany(read => (read.Others ?? []).Select(change => (change.Asset, read.Height)))
            .GroupBy(each => each.Asset, each => each.Height).ToDictionary(asset => asset.Key, asset => asset.Max());
        var told = await work.Connection.QueryAsync<(string Asset, bool IsNew, string Symbol)>("""
            with described as (
                select * from unnest(@assets, @symbols, @decimals, @heights) as n (asset, symbol, decimals, height)
            ), added as (
                insert into assets (asset, network, symbol, decimals, provider, height)
                select asset, @Slug, symbol, decimals, @Provider, height from described
                on conflict (asset) do nothing returning asset, symbol
            ), changed as (
                update assets set decimals = other.decimals, height = other.height
                from (
                    select asset, described.decimals, described.height from assets kept join described using (asset)
                    where kept.provider = @Provider and kept.decimals <> described.decimals and described.height >= coalesce(kept.height, -1)
                    order by asset for update of kept) other
                where assets.asset = other.asset returning assets.asset, assets.symbol
            ), named as (
                update assets set symbol = nameless.symbol, provider = @Provider
                from (
                    select asset, described.symbol from assets kept join described using (asset)
                    where kept.symbol = asset and described.symbol <> asset and kept.decimals = described.decimals
                    order by asset for update of kept) nameless
                where assets.asset = nameless.asset returning assets.asset, assets.symbol
            )
            select asset, true as is_new, symbol from added
            union all
            select asset, true, symbol from changed
            union all
            select asset, true, symbol from named
            union all
            select asset, false, kept.symbol from described join assets kept using (asset)
            where (kept.decimals <> described.decimals and asset not in (select asset from changed))
               or (kept.symbol <> described.symbol and asset not in (kept.symbol, described.symbol))
            """, new
        {
            network.Slug, page.Provider,
            assets = notes.Select(note => note.Asset).ToArray(), symbols = notes.Select(SymbolOf).ToArray(),
            decimals = notes.Select(note => note.Decimals!.Value).ToArray(),
            heights = Sql.Column(notes, NpgsqlDbType.Bigint, note => heights.TryGetValue(note.Asset, out var height) ? height : (long?)null),
        }, ct);
        SyncMetrics.AssetsRenamed.Add(told.Count(each => !each.IsNew), new("network", network.Slug), new("provider", page.Provider));
        var symbols = told.Where(each => each.IsNew).DistinctBy(each => each.Asset).ToDictionary(each => each.Asset, each => each.Symbol);
        work.Append(ChainEvent.Category, FactId.Of("chain", network.Slug), [.. notes.Where(note => symbols.ContainsKey(note.Asset)).Select(note =>
            NewEvent.Fresh(new ChainEvent.AssetDescribed(
                network.Slug, note.Asset, symbols[note.Asset], note.Decimals!.Value, page.Provider, now)))]);
    }

    private static string SymbolOf(TokenDescription note) => note.Symbol ?? note.Asset;

    private static bool IsUsable(TokenDescription note) => note.Decimals is >= 0 and <= MostDecimals
        && (note.Symbol is null || (note.Symbol.Length is > 0 and <= LongestSymbol && note.Symbol.EnumerateRunes().All(IsShown)));

    // Nothing that is invisible, changes the direction of what follows, or is no character at all.
    private static bool IsShown(Rune rune) => rune != Rune.ReplacementChar && Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
            or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
