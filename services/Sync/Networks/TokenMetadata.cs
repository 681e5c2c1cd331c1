using System.Globalization;
using System.Text;
using Chains;
using Dapper;
using EventSourcing;
using Postgres;
using Sync.Chains;

namespace Sync.Networks;

/// <summary>
/// What assets are called and divided into, published once for each: the first word stands, since a name that changes is a trap, and
/// who says otherwise later is counted. Who knows no name still gives the decimals: the asset's id stands in for the name then,
/// until somebody who agrees on the decimals gives it one. An operator who deletes an asset's row has it described anew.
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
        var described = (await work.Connection.QueryAsync<(string Asset, bool IsNew)>(new CommandDefinition("""
            with described as (
                select * from unnest(@assets, @symbols, @decimals) as n (asset, symbol, decimals)
            ), added as (
                insert into assets (asset, network, symbol, decimals, provider) select asset, @Slug, symbol, decimals, @Provider from described
                on conflict (asset) do nothing returning asset
            ), named as (
                update assets set symbol = nameless.symbol, provider = @Provider
                from (
                    select asset, described.symbol from assets kept join described using (asset)
                    where kept.symbol = asset and described.symbol <> asset and kept.decimals = described.decimals
                    order by asset for update of kept) nameless
                where assets.asset = nameless.asset returning assets.asset
            )
            select asset, true from added
            union all
            select asset, true from named
            union all
            select asset, false from described join assets kept using (asset)
            where kept.decimals <> described.decimals or (kept.symbol <> described.symbol and asset not in (kept.symbol, described.symbol))
            """, new
        {
            network.Slug, page.Provider,
            assets = notes.ConvertAll(note => note.Asset), symbols = notes.ConvertAll(SymbolOf), decimals = notes.ConvertAll(note => note.Decimals),
        }, cancellationToken: ct))).ToLookup(note => note.IsNew, note => note.Asset);
        SyncMetrics.AssetsRenamed.Add(described[false].Count(), new("network", network.Slug), new("provider", page.Provider));
        var added = described[true].ToHashSet();
        work.Append(ChainEvent.Category, FactId.Of("chain", network.Slug), [.. notes.Where(note => added.Contains(note.Asset)).Select(note =>
            NewEvent.Fresh(new ChainEvent.AssetDescribed(network.Slug, note.Asset, SymbolOf(note), note.Decimals!.Value, page.Provider, now)))]);
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
