using System.Runtime.CompilerServices;
using Chains;
using Microsoft.Extensions.Options;
using Npgsql;
using Portfolio.Prices;
using Portfolio.Transactions;
using Postgres;

namespace Portfolio.Exports;

/// <summary>A transaction as it is exported: with what is said of it, the price of its day, and its place.</summary>
internal sealed record ExportedTransaction(TransactionRow Row, TransactionView View, SaidOfTransaction? Said, Price? Price, ExportCursor Cursor)
{
    /// <summary>Why its asset counts for nothing; null of one that counts.</summary>
    public string? LeftOut { get; init; }
}

/// <summary>
/// The transactions of some wallets, oldest first: of each network in the order of its chain, of several the one with the earlier next block's
/// time first. Read in batches, so a history of any length takes the memory of a few of them.
/// </summary>
internal sealed class TransactionHistory(
    NpgsqlDataSource database, NetworkCatalogue networks, KnownAssets assets, SaidOfTransactions sayings, PriceBook prices,
    IOptions<ExportOptions> options)
{
    public async IAsyncEnumerable<IReadOnlyList<ExportedTransaction>> ReadAsync(
        Guid owner, ExportScope scope, ExportFilter filter, [EnumeratorCancellation] CancellationToken ct)
    {
        var histories = scope.Networks
            .Select(network => new NetworkHistory(
                database, networks, assets, scope.Wallets, filter.Transactions with { Network = network }, options.Value.BatchSize))
            .ToList();
        (DateTimeOffset Time, string Network) latest = (DateTimeOffset.MinValue, "");
        if (filter.After is { } after) latest = await GoOnAsync(owner, histories, after, ct);

        var batch = new List<(TransactionRow Row, TransactionView View, ExportCursor Cursor)>();
        while (await NextAsync(histories, ct) is { } next)
        {
            var (row, view) = (await next.PeekAsync(ct))!.Value;
            next.MoveOn();
            if (Compare((row.Time, row.Network), latest) > 0) latest = (row.Time, row.Network);
            batch.Add((row, view, ExportCursor.Of(row.Key, latest)));
            if (batch.Count < options.Value.BatchSize) continue;
            yield return await CompleteAsync(owner, scope, batch, filter, ct);
            batch.Clear();
        }

        if (batch.Count > 0) yield return await CompleteAsync(owner, scope, batch, filter, ct);
    }

    private static async Task<NetworkHistory?> NextAsync(List<NetworkHistory> histories, CancellationToken ct)
    {
        NetworkHistory? first = null;
        var earliest = (DateTimeOffset.MaxValue, "");
        foreach (var history in histories)
        {
            if (await history.PeekAsync(ct) is not var (row, _) || (first is not null && Compare((row.Time, row.Network), earliest) >= 0)) continue;
            (first, earliest) = (history, (row.Time, row.Network));
        }

        return first;
    }

    // The other networks had given everything before their first row that is behind the latest one written.
    private async Task<(DateTimeOffset Time, string Network)> GoOnAsync(
        Guid owner, List<NetworkHistory> histories, ExportCursor after, CancellationToken ct)
    {
        var known = await database.QueryAsync<(string Network, int Position, short Side, string Txid, string Asset)>("""
            select l.network, x.position, x.side, x.txid, x.asset
            from ledgers l join transactions x on x.ledger_id = l.ledger_id and x.height = @Height
            where l.ledger_id = @LedgerId and exists (
                select from ledger_trackers t join wallets w on w.wallet_id = t.wallet_id where t.ledger_id = l.ledger_id and w.owner_id = @owner)
            """, new { after.LedgerId, after.Height, owner }, ct);
        var found = known.Where(row => ExportCursor.MarkOf(row.Txid, row.Asset) == after.Mark).ToList();
        var network = histories.Find(history => ExportCursor.MarkOf(history.Network) == after.LatestNetwork)?.Network;
        if (found is not [var row] || network is null || histories.Find(history => history.Network == row.Network) is not { } itself)
            throw ExportCursor.Invalid();

        foreach (var history in histories)
        {
            // A network of the same instant was before the latest one's by its name, or comes behind it.
            if (history == itself) history.StartBehind(new(after.Height, row.Position, row.Side, row.Txid, row.Asset, after.LedgerId));
            else
                await history.StartAtAsync(
                    string.CompareOrdinal(history.Network, network) > 0 ? after.LatestTime : after.LatestTime.AddMicroseconds(1), ct);
        }

        return (after.LatestTime, network);
    }

    private async Task<IReadOnlyList<ExportedTransaction>> CompleteAsync(
        Guid owner, ExportScope scope, List<(TransactionRow Row, TransactionView View, ExportCursor Cursor)> batch, ExportFilter filter,
        CancellationToken ct)
    {
        var said = await sayings.ReadAsync(owner, [.. batch.Select(one => (one.View.Network, one.View.Txid))], ct);
        var days = batch.Select(one => DayOf(one.Row.Time)).ToList();
        var counting = batch.Select(one => one.View.Asset).Distinct().Where(asset => !scope.LeftOut.ContainsKey(asset)).ToList();
        var priced = await prices.ReadAsync(owner, counting, filter.Currency, days.Min(), days.Max(), ct);
        return
        [
            .. batch.Select(one => new ExportedTransaction(
                one.Row, one.View, said.GetValueOrDefault((one.View.Network, one.View.Txid)), PriceOf(one.View.Asset, one.Row.Time), one.Cursor)
            {
                LeftOut = scope.LeftOut.GetValueOrDefault(one.View.Asset),
            }),
        ];

        Price? PriceOf(string asset, DateTimeOffset time) => scope.LeftOut.ContainsKey(asset) ? null : priced.Of(asset, DayOf(time));
    }

    private static DateOnly DayOf(DateTimeOffset time) => DateOnly.FromDateTime(time.UtcDateTime);

    private static int Compare((DateTimeOffset Time, string Network) one, (DateTimeOffset Time, string Network) other) =>
        one.Time.CompareTo(other.Time) is not 0 and var byTime ? byTime : string.CompareOrdinal(one.Network, other.Network);
}
