using Microsoft.Extensions.Options;
using Npgsql;
using Sync.Chains;
using Sync.Providers.Cache;

namespace Benchmarks.Caching;

/// <summary>Reads kept pages as a walk does.</summary>
internal sealed class KeptPages : IDisposable
{
    private readonly CachedPages pages;

    private KeptPages(NpgsqlDataSource source) =>
        pages = new CachedPages(source, Options.Create(new CacheOptions()), new CacheUsage(source, TimeProvider.System));

    public static KeptPages Of(NpgsqlDataSource source) => new(source);

    public async Task<bool> IsThereAsync(string network, string provider, string address, long height, string txid)
    {
        return await pages.FindAsync(new CachedAddress(network, address), provider, "", new Position(height, txid),
            CancellationToken.None) is { Transactions.Count: > 0 };
    }

    public void Dispose() => pages.Dispose();
}
