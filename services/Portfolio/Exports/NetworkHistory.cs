using Chains;
using Npgsql;
using Portfolio.Transactions;

namespace Portfolio.Exports;

/// <summary>
/// One network's part of an export, oldest first in the order of the chain, read some rows at a time from where the last ones ended: nothing is
/// held in the database between two reads, however slow whoever takes the rows is.
/// </summary>
internal sealed class NetworkHistory(
    NpgsqlDataSource database, NetworkCatalogue networks, KnownAssets assets, IReadOnlyList<Guid> wallets, TransactionFilter filter, int batch)
{
    private readonly Queue<(TransactionRow Row, TransactionView View)> read = [];
    private TransactionKey? reached;
    private bool inclusive;
    private bool ended;

    public string Network { get; } = filter.Network!;

    /// <summary>Begins behind this row.</summary>
    public void StartBehind(TransactionKey key) => reached = key;

    /// <summary>Begins with the first row, in the order of the chain, of that time or a later one.</summary>
    public async Task StartAtAsync(DateTimeOffset time, CancellationToken ct)
    {
        var from = filter.From is { } asked && asked > time ? asked : time;
        await using var command = TransactionQuery.Page(database, wallets, filter with { From = from, Compact = true }, new(null, Backward: true, 1));
        var first = await TransactionRow.ReadAllAsync(command, ct);
        if (first is [var row]) (reached, inclusive) = (row.Key, true);
        else ended = true;
    }

    /// <summary>The next row, which stays the next one; null at the end.</summary>
    public async ValueTask<(TransactionRow Row, TransactionView View)?> PeekAsync(CancellationToken ct)
    {
        if (read.Count == 0 && !ended) await FillAsync(ct);
        return read.TryPeek(out var next) ? next : null;
    }

    public void MoveOn() => read.Dequeue();

    private async Task FillAsync(CancellationToken ct)
    {
        await using var command = TransactionQuery.Page(database, wallets, filter, new(reached, Backward: true, batch, inclusive));
        var rows = await TransactionRow.ReadAllAsync(command, ct);
        ended = rows.Count < batch;
        if (rows.Count == 0) return;

        (reached, inclusive) = (rows[^1].Key, false);
        var names = await assets.NamesAsync(rows.SelectMany(row => row.Assets), ct);
        var views = RunningBalances.Views(networks, names, rows, backward: true, each: filter.LeavesOut);
        foreach (var (row, (_, view)) in rows.Zip(views)) read.Enqueue((row, view));
    }
}
