using Chains;
using EventSourcing;
using Messaging;
using Npgsql;
using Postgres;
using Sync.Providers;

namespace Sync.Following;

/// <summary>How often so many requests may be asked for, at least so far apart and taking no more than so many percent of any limit.</summary>
internal delegate TimeSpan PaceFor(TimeSpan shortest, long requests, int percent);

/// <summary>
/// Looks through the mempool for tracked addresses where transactions wait for a block (Utxo), and has those checked of which something
/// came or went: many with one question where a provider sums them up, else one by one at the usual pace of checks; more often those
/// that have something waiting, or that somebody asked for a moment ago.
/// </summary>
internal sealed class MempoolWatch(
    ProviderPool pool, NpgsqlDataSource database, EventStore store, SyncOptions options, PaceFor pace, DueSignal due, TimeProvider clock, ILogger log)
{
    /// <summary>What it may take of any limit.</summary>
    private const int Percent = 25;

    /// <summary>So many addresses that a provider does not tell of end its part in a look.</summary>
    private const int MostFailures = 5;

    private static readonly TimeSpan Recently = TimeSpan.FromMinutes(10);
    private readonly Dictionary<Guid, DateTimeOffset> touched = [];
    private DateTimeOffset nextForAll;

    /// <summary>Looks again and again until it is cancelled.</summary>
    public async Task RunAsync(Guard guard, CancellationToken ct)
    {
        if (pool.Network.Family is not ChainFamily.Utxo || options.Follow.MempoolSeconds == 0) return;
        while (!ct.IsCancellationRequested)
        {
            var requests = 1;
            try
            {
                requests = await LookAsync(guard, ct);
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                // Whatever it was: who holds the lease looks again.
                SyncMetrics.FollowerFailures.Add(1, new("network", pool.Network.Slug), new("kind", "mempool"));
                log.Log(e is ProviderException ? LogLevel.Information : LogLevel.Warning, e is ProviderException ? null : e,
                    "The mempool of {Network} is looked through later: {Reason}", pool.Network.Slug, e.Message);
            }

            await Task.Delay(pace(TimeSpan.FromSeconds(options.Follow.PendingSeconds), Math.Max(requests, 1), Percent), clock, ct)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Looks once at the addresses that are due; returns how many requests that took.</summary>
    public async Task<int> LookAsync(Guard guard, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var all = now >= nextForAll;
        var watched = await database.QueryAsync<Watched>("""
            select l.ledger_id, l.address, l.reported_pending::text as reported,
                array(select p.txid from pending_transactions p where p.ledger_id = l.ledger_id and p.state = 'waiting') as waiting
            from ledgers l
            where l.network = @network and l.tip_hash is not null and (l.touched_at is null or l.touched_at <= l.checked_at)
              and (@all or l.wanted_at > @recently
                or exists (select from pending_transactions p where p.ledger_id = l.ledger_id and p.state = 'waiting'))
            order by l.ledger_id
            """, new { network = pool.Network.Slug, all, recently = now - Recently }, ct);
        if (watched.Count == 0) return 0;
        var (requests, changed) = await ChangedAsync(watched, now, ct);
        if (all) nextForAll = now + pace(TimeSpan.FromSeconds(options.Follow.MempoolSeconds), requests, Percent);
        if (changed.Count > 0) await TouchAsync(guard, changed, now, ct);
        return requests;
    }

    private async Task<(int Requests, IReadOnlyCollection<Guid> Changed)> ChangedAsync(
        List<Watched> watched, DateTimeOffset now, CancellationToken ct)
    {
        var (requests, changed, failed) = (0, new HashSet<Guid>(), new Dictionary<string, int>());
        var rest = watched;
        if (pool.Summarisers.FirstOrDefault() is { } many)
        {
            rest = [];
            foreach (var some in watched.Chunk(many.AddressesAtOnce))
            {
                requests++;
                if (await TriedAsync(failed, () => many.SummariesAsync([.. some.Select(AddressOf)], ct)) is not { } told) break;
                changed.UnionWith(some.Where(each => told.ByAddress[each.Address].Pending != each.Reported && IsDue(each, now))
                    .Select(each => each.LedgerId));
                // Another one may wait with the same sum.
                rest.AddRange(some.Where(each => each.Waiting.Length > 0));
            }
        }

        // In another order each time, so that those who cannot be read are not always before the same others.
        foreach (var each in rest.OrderBy(_ => Random.Shared.Next()))
        {
            if (pool.Mempools.FirstOrDefault(provider => failed.GetValueOrDefault(provider.Provider) < MostFailures) is not { } mempool) break;
            requests++;
            if (await TriedAsync(failed, () => mempool.WaitingAsync(AddressOf(each), ct)) is not { } told) continue;
            var listed = told.Select(waiting => waiting.Txid).ToHashSet();
            // What is new is looked at at once; what is gone may only be silent, and is looked after at the usual pace.
            if (listed.Except(each.Waiting).Any() ? IsDue(each, now) : each.Waiting.Except(listed).Any() && IsDue(each, now, options.CheckSeconds))
                changed.Add(each.LedgerId);
        }

        return (requests, changed);
    }

    // One address that cannot be read says nothing of the others; several do, and a limit at once. What was found by then counts.
    private async Task<T?> TriedAsync<T>(Dictionary<string, int> failed, Func<Task<T>> ask) where T : class
    {
        try
        {
            return await ask();
        }
        catch (ProviderException e)
        {
            failed[e.Provider] = failed.GetValueOrDefault(e.Provider) + (e.Failure is ProviderFailure.RateLimited ? MostFailures : 1);
            SyncMetrics.FollowerFailures.Add(1, new("network", pool.Network.Slug), new("kind", "mempool"));
            log.LogInformation("The mempool of {Network} is not told for an address: {Reason}", pool.Network.Slug, e.Message);
            return null;
        }
    }

    private bool IsDue(Watched each, DateTimeOffset now, int? seconds = null) =>
        !touched.TryGetValue(each.LedgerId, out var at) || now - at >= TimeSpan.FromSeconds(seconds ?? options.Follow.PendingSeconds);

    private async Task TouchAsync(Guard guard, IReadOnlyCollection<Guid> ledgers, DateTimeOffset now, CancellationToken ct)
    {
        await using var work = await store.BeginAsync(ct);
        await guard(work.Connection, ct);
        await FollowerStore.TouchAsync(work.Connection, ledgers, ct);
        await work.CommitAsync(ct);
        due.Wake();
        foreach (var ledger in ledgers) touched[ledger] = now;
        foreach (var (ledger, at) in touched.ToList())
        {
            if (now - at > Recently) touched.Remove(ledger);
        }

        SyncMetrics.ChecksByBlocks.Add(ledgers.Count, new KeyValuePair<string, object?>("network", pool.Network.Slug));
    }

    private Address AddressOf(Watched each) => (Address)Addresses.Parse(pool.Network, each.Address);

    private sealed class Watched
    {
        public Guid LedgerId { get; init; }

        public string Address { get; init; } = "";

        public Amount? Reported { get; init; }

        public string[] Waiting { get; init; } = [];
    }
}
