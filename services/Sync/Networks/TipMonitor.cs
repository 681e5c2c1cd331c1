using Dapper;
using EventSourcing;
using Microsoft.Extensions.Options;
using Npgsql;
using Postgres;
using ServiceDefaults;
using Sync.Chains;
using Sync.Providers;

namespace Sync.Networks;

/// <summary>
/// Compares the tips of all of a network's providers at the pace of checks, one process for all: whoever lags evenly would
/// never be caught by itself. What is seen here is what a lagging provider's next answer is refused by.
/// </summary>
internal sealed class TipMonitor(NpgsqlDataSource database, EventStore store, ProviderPools adapters, IOptions<SyncOptions> options,
    TimeProvider clock, ILogger<TipMonitor> log)
    : RecurringWork(TimeSpan.FromSeconds(Math.Max(1, options.Value.CheckSeconds / 4.0)), clock, log)
{
    private readonly TimeProvider clock = clock;
    private readonly ILogger<TipMonitor> log = log;

    /// <summary>
    /// The highest tip that two providers have reached; of only two that answer, the higher one's, since a chain that stands
    /// still is likelier than one that is made up. Null where fewer answer.
    /// </summary>
    public static ChainTip? Agreed(IReadOnlyList<ChainTip> tips)
    {
        var highest = tips.OrderByDescending(tip => tip.Height).ToList();
        return highest.Count < 2 ? null : highest[highest.Count == 2 ? 0 : 1];
    }

    /// <summary>Compares where it is due.</summary>
    public async Task LookAsync(CancellationToken ct)
    {
        foreach (var providers in adapters.Networks.Select(network => adapters.Find(network)!).Where(providers => providers.HasSeveral))
        {
            if (await IsDueAsync(providers.Network.Slug, ct) && Agreed(await providers.TipsAsync(ct)) is { } tip)
                await AdvanceAsync(providers, tip, ct);
        }
    }

    protected override string Postponed => "Tips are compared later";

    protected override async Task<bool> DoAsync(CancellationToken ct)
    {
        await LookAsync(ct);
        return false;
    }

    // Nothing to compare for where nobody tracks an address, and no tip is known before the first walk.
    private async Task<bool> IsDueAsync(string network, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await connection.ExecuteAsync(new CommandDefinition("""
            update chain_tips set compared_at = now()
            where network = @network and (compared_at is null or compared_at < now() - make_interval(secs => @CheckSeconds))
              and exists (select from ledgers l where l.network = @network)
            """, new { network, options.Value.CheckSeconds }, cancellationToken: ct)) > 0;
    }

    private async Task AdvanceAsync(ProviderPool providers, ChainTip tip, CancellationToken ct)
    {
        try
        {
            var now = clock.GetUtcNow();
            await using var work = await store.BeginAsync(ct);
            var known = await ChainTips.RefuseImplausibleAsync(work.Connection, providers.Named(null), tip, now, ct);
            await ChainTips.AdvanceAsync(work, providers.Network, tip, known, now, ct);
            await work.CommitAsync(ct);
        }
        catch (ProviderException e)
        {
            // A higher one was seen meanwhile, or this one cannot be.
            log.LogInformation("A tip of {Network} that providers agree on is passed over: {Reason}", providers.Network.Slug, e.Message);
        }
    }
}
