using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using Sync.Chains;

namespace Sync.Providers.Cache;

/// <summary>An address whose answers are kept.</summary>
internal sealed record CachedAddress(string Network, string Address);

/// <summary>A page to be kept: after which transaction it comes, and the tip of which it is a fact; null where it is final.</summary>
internal sealed record KeptPage(string Network, string Address, string? AfterTxid, long Top, string? TipHash, HistoryPage Page);

/// <summary>
/// Pages of histories as a walk took them, kept in the database for the next who reads that address for the first time. They
/// are written behind, a few at once: a cache that cannot keep up forgets. Nothing is kept in memory, since a walk reads a
/// page once, and what turned out to be a lie is gone for all processes at once.
/// </summary>
internal sealed class CachedPages(NpgsqlDataSource dataSource, IOptions<CacheOptions> options, CacheUsage usage) : IDisposable
{
    private const int AtOnce = 32;
    private const int LargestBody = 4 * 1024 * 1024;
    private const int Candidates = 4;

    private readonly Channel<KeptPage> behind = Channel.CreateBounded<KeptPage>(
        new BoundedChannelOptions(4 * AtOnce) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly SemaphoreSlim storing = new(1);

    public bool IsOn => options.Value.IsOn;

    /// <summary>Completes when there is something to store.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken ct) => behind.Reader.WaitToReadAsync(ct);

    public void Dispose() => storing.Dispose();

    public void Keep(KeptPage page)
    {
        if (IsOn && page.Page.Transactions.Count > 0) behind.Writer.TryWrite(page);
    }

    /// <summary>What is known of an address by a provider: the heights between which the pages lie; null where nothing is.</summary>
    public async Task<(long Lowest, long Highest)?> SpanAsync(CachedAddress of, string provider, CancellationToken ct)
    {
        if (!IsOn) return null;
        await using var command = dataSource.CreateCommand("""
            with used as (
                update cached_pages set used_on = current_date where network = $1 and provider = $2 and address = $3 and used_on < current_date)
            select min(bottom), max(top) from cached_pages where network = $1 and provider = $2 and address = $3 and format = $4
            """);
        foreach (var value in (object[])[of.Network, provider, of.Address, StoredPage.Format]) command.Parameters.Add(new() { Value = value });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) && !reader.IsDBNull(0) ? (reader.GetInt64(0), reader.GetInt64(1)) : null;
    }

    /// <summary>
    /// The page after a place, or of it what a page that begins elsewhere holds; null where that is not known. A page that is
    /// not final counts for the round's own tip only.
    /// </summary>
    public async Task<HistoryPage?> FindAsync(CachedAddress of, string provider, string tipHash, Position? after, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand("""
            select after_txid, body from cached_pages
            where network = $1 and provider = $2 and address = $3 and format = $4 and (tip_hash is null or tip_hash = $5)
              and (after_txid = $6 or (bottom <= $7 and top >= $7))
            order by after_txid = $6 desc, bottom limit $8
            """);
        object[] values = [of.Network, provider, of.Address, StoredPage.Format, tipHash, after?.Txid ?? "", after?.Height ?? -1, after is null
            ? 1 : Candidates];
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var isExact = reader.GetString(0) == (after?.Txid ?? "");
            if (after is null && !isExact) continue;
            var stored = StoredPage.Read(reader.GetFieldValue<byte[]>(1));
            var from = isExact ? 0 : IndexOf(stored.Transactions, after!.Txid) + 1;
            // A rest of one would look like the end of the history.
            if (!isExact && (from == 0 || stored.Transactions.Count - from < (stored.Full ? 2 : 1))) continue;
            return new HistoryPage(from == 0 ? stored.Transactions : [.. stored.Transactions.Skip(from)], stored.Full, provider, after is null ? 0
                : after.Newer + 1, stored.Assets)
            { IsKept = true };
        }

        return null;
    }

    public void Count(CachedAddress of, HistoryPage page)
    {
        usage.Count(of.Network, page.Provider, CacheUsage.Page, page.IsKept);
        usage.Count(of.Network, page.Provider, CacheUsage.Transaction, page.IsKept, page.Transactions.Count);
    }

    /// <summary>Forgets an address's pages, whoever returned them: somebody lied, and nobody has said who.</summary>
    public async Task ForgetAsync(CachedAddress of, CancellationToken ct)
    {
        if (!IsOn) return;
        // What is still to be written must not come after.
        await StoreAsync(ct);
        await using var command = dataSource.CreateCommand("delete from cached_pages where network = $1 and address = $2");
        command.Parameters.Add(new() { Value = of.Network });
        command.Parameters.Add(new() { Value = of.Address });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Writes what is to be kept by now.</summary>
    public async Task StoreAsync(CancellationToken ct)
    {
        await storing.WaitAsync(ct);
        try
        {
            while (true)
            {
                var pages = new Dictionary<(string, string, string, string), KeptPage>(AtOnce);
                while (pages.Count < AtOnce && behind.Reader.TryRead(out var page))
                    pages[(page.Network, page.Page.Provider, page.Address, page.AfterTxid ?? "")] = page;
                if (pages.Count == 0) return;
                await WriteAsync([.. pages.Values.Select(page => (page, StoredPage.Write(page.Page)))
                    .Where(entry => entry.Item2.Length <= LargestBody)], ct);
            }
        }
        finally
        {
            storing.Release();
        }
    }

    /// <summary>Lets go of what is too old, and of what was used longest ago where there is too much.</summary>
    public async Task SweepAsync(CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand("""
            delete from cached_pages where tip_hash is not null and stored_at < now() - make_interval(hours => $1);
            """);
        command.Parameters.Add(new() { Value = options.Value.PassingHours });
        await command.ExecuteNonQueryAsync(ct);

        await using var bound = dataSource.CreateCommand("""
            delete from cached_pages where (select sum(length(body)) from cached_pages) > $1 and ctid = any(array(
                select ctid from (
                    select ctid, sum(length(body)) over (order by used_on desc, network, provider, address, after_txid) as up_to
                    from cached_pages) ranked
                where up_to > $1))
            """);
        bound.CommandTimeout = 0;
        bound.Parameters.Add(new() { Value = options.Value.Megabytes * 1024L * 1024 });
        await bound.ExecuteNonQueryAsync(ct);
    }

    private async Task WriteAsync(List<(KeptPage Page, byte[] Body)> pages, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand("""
            insert into cached_pages (network, provider, address, after_txid, top, bottom, tip_hash, format, body)
            select n.network, n.provider, n.address, n.after_txid, n.top, n.bottom, n.tip_hash, $9, n.body
            from unnest($1, $2, $3, $4, $5, $6, $7, $8) as n (network, provider, address, after_txid, top, bottom, tip_hash, body)
            order by 1, 2, 3, 4
            on conflict (network, provider, address, after_txid) do update set
                top = excluded.top, bottom = excluded.bottom, tip_hash = excluded.tip_hash, format = excluded.format, body = excluded.body,
                stored_at = now(), used_on = current_date
            """);
        command.Parameters.Add(new() { Value = pages.ConvertAll(entry => entry.Page.Network) });
        command.Parameters.Add(new() { Value = pages.ConvertAll(entry => entry.Page.Page.Provider) });
        command.Parameters.Add(new() { Value = pages.ConvertAll(entry => entry.Page.Address) });
        command.Parameters.Add(new() { Value = pages.ConvertAll(entry => entry.Page.AfterTxid ?? "") });
        command.Parameters.Add(new() { Value = pages.ConvertAll(entry => entry.Page.Top) });
        command.Parameters.Add(new() { Value = pages.ConvertAll(entry => entry.Page.Page.Transactions[^1].Height) });
        command.Parameters.Add(new()
        {
            Value = pages.Select(entry => entry.Page.TipHash).ToArray(),
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar
        });
        command.Parameters.Add(new() { Value = pages.ConvertAll(entry => entry.Body) });
        command.Parameters.Add(new() { Value = StoredPage.Format });
        await command.ExecuteNonQueryAsync(ct);
    }

    private static int IndexOf(IReadOnlyList<ChainTransaction> transactions, string txid)
    {
        for (var i = 0; i < transactions.Count; i++)
        {
            if (transactions[i].Txid == txid) return i;
        }

        return -1;
    }
}
