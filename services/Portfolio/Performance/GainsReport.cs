using System.Runtime.CompilerServices;
using Chains;
using Npgsql;
using Portfolio.Assets;
using Portfolio.History;
using Portfolio.Prices;
using ServiceDefaults;

namespace Portfolio.Performance;

/// <summary>
/// The lots of a user's whole history, so that a year's disposals find the lots of all years before. Transactions are streamed; only open
/// lots and prices are held. What is marked as spam is left out.
/// </summary>
internal sealed class GainsReport(
    NpgsqlDataSource database, LedgerReader ledgers, WalletAccess access, PriceBook prices, NetworkCatalogue networks, KnownAssets assets,
    AssetMarks marks)
{
    /// <summary>The book to fill, with the prices of every day until the year's end, and the days that it is about.</summary>
    public async Task<OpenReport> OpenAsync(Caller caller, GainsQuery query, CancellationToken ct)
    {
        var last = new DateOnly(query.Year, 12, 31);
        // What is not read yet of any wallet may be where its lots came from.
        var settled = await SettledPast.ReadAsync(database, await access.ListAsync(caller, null, ct), null, ct);
        var held = await ledgers.AssetsAsync(caller, null, last, last, ct);
        var marked = (await marks.ReadAsync(caller.UserId, [.. held.Select(asset => (asset.Network, asset.Asset))], ct)).Keys.ToHashSet();
        held = [.. held.Where(asset => !marked.Contains(asset.Asset))];
        var names = await assets.NamesAsync(held.Select(asset => (asset.Network, (string?)asset.Asset)), ct);
        var first = held.Count == 0 ? last : held.Min(asset => asset.FirstDay);
        var known = await prices.ReadAsync(caller.UserId, [.. held.Select(asset => asset.Asset).Distinct()], query.Currency, first, last, ct);
        return new(new(query.Rules, networks, names, known), known, first, last, settled.IsProvisional(last), marked);
    }

    /// <summary>What the year's transactions did, in the order of the chain, network by network.</summary>
    public async IAsyncEnumerable<AssetEntry> ReadAsync(
        Caller caller, GainsQuery query, OpenReport report, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var transaction in ledgers.ReadAsync(caller, null, query.Wallet, report.First, report.Last, ct))
        {
            foreach (var entry in report.Book.Apply(transaction.Without(report.LeftOut)))
            {
                if (transaction.At.UtcDateTime.Year == query.Year && (query.Wallet is null || entry.Entry.Place == query.Wallet)) yield return entry;
            }
        }
    }
}

/// <summary>
/// A report that is being made: its book, the prices and days that it goes by, whether a history is still being read, and the assets that are
/// left out because they are marked as spam.
/// </summary>
internal sealed record OpenReport(
    LotBook Book, DayPrices Prices, DateOnly First, DateOnly Last, bool Provisional, IReadOnlySet<string> LeftOut);
