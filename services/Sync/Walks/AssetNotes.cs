using Chains;
using Dapper;
using EventSourcing;
using Sync.Chains;
using Sync.Ledgers;

namespace Sync.Walks;

/// <summary>What assets are called and divided into, told once for each.</summary>
internal static class AssetNotes
{
    private const int LongestSymbol = 32;
    private const int MostDecimals = 77;

    /// <summary>Keeps and tells what the page says of assets that nobody described yet.</summary>
    public static async Task WriteAsync(Work work, Network network, HistoryPage page, DateTimeOffset now, CancellationToken ct)
    {
        if (page.Assets is null or []) return;

        // In one order, so that two pages with the same assets do not wait for each other in a circle.
        var notes = page.Assets.Where(IsUsable).DistinctBy(note => note.Asset).OrderBy(note => note.Asset, StringComparer.Ordinal).ToList();
        var added = (await work.Connection.QueryAsync<string>(new CommandDefinition("""
            insert into assets (asset, network, symbol, decimals, provider)
            select n.asset, @Slug, n.symbol, n.decimals, @Provider from unnest(@assets, @symbols, @decimals) as n (asset, symbol, decimals)
            on conflict (asset) do nothing returning asset
            """, new
        {
            network.Slug, page.Provider,
            assets = notes.ConvertAll(note => note.Asset), symbols = notes.ConvertAll(note => note.Symbol), decimals = notes.ConvertAll(note => note.Decimals),
        }, cancellationToken: ct))).ToHashSet();
        work.Append(ChainEvent.Category, FactId.Of("chain", network.Slug), [.. notes.Where(note => added.Contains(note.Asset)).Select(note =>
            NewEvent.Fresh(new ChainEvent.AssetDescribed(network.Slug, note.Asset, note.Symbol!, note.Decimals!.Value, page.Provider, now)))]);
    }

    private static bool IsUsable(AssetNote note) =>
        note.Symbol is { Length: > 0 and <= LongestSymbol } symbol && !symbol.Any(char.IsControl) && note.Decimals is >= 0 and <= MostDecimals;
}
