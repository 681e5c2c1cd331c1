using System.Collections.Concurrent;
using Chains;
using Microsoft.Extensions.Options;
using Sync.Chains;
using Sync.Networks;

namespace Sync.Walks;

/// <summary>
/// Summaries of a wallet's addresses that were asked ahead by one call, where a provider has such a call. They are kept for
/// seconds, and only if the tip before, the tip in the answer and the tip after were one: so a regular check of many
/// addresses costs three requests, and each is bracketed by equal tips like any other.
/// </summary>
internal sealed class SummaryPrefetch(WalkStore store, IOptions<SyncOptions> options, TimeProvider clock)
{
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<(string Network, string Provider, string Address), Prefetched> fetched = new();
    private readonly ConcurrentDictionary<(Guid WalletId, string Network, string Provider), Lazy<Task>> asking = new();

    public sealed record Prefetched(ChainTip Tip, AddressSummary Summary, DateTimeOffset At);

    /// <summary>
    /// What was fetched ahead of the address; asks for it and the wallet's others that are due where nothing was. Null where
    /// that is no help.
    /// </summary>
    public async Task<Prefetched?> OfAsync(Claim claim, IChainAdapter provider, Address address, CancellationToken ct)
    {
        if (provider is not IManySummaries { AddressesAtOnce: > 1 } many) return null;
        if (Take(claim, provider) is { } known) return known;

        // The wallet's slices run side by side: one of them asks, the others wait for it, also if its own time is up.
        var key = (claim.WalletId, claim.Network, provider.Provider);
        var question = asking.GetOrAdd(key, _ => new Lazy<Task>(() => AskAsync(claim, many, address, CancellationToken.None)));
        try
        {
            await question.Value.WaitAsync(ct);
        }
        finally
        {
            asking.TryRemove(new(key, question));
        }

        return Take(claim, provider);
    }

    private Prefetched? Take(Claim claim, IChainAdapter provider) =>
        fetched.TryRemove((claim.Network, provider.Provider, claim.Address), out var known) && clock.GetUtcNow() - known.At < FreshFor ? known : null;

    private async Task AskAsync(Claim claim, IManySummaries provider, Address address, CancellationToken ct)
    {
        foreach (var entry in fetched.Where(entry => clock.GetUtcNow() - entry.Value.At >= FreshFor)) fetched.TryRemove(entry);
        // Another question was answered between looking and asking.
        if (fetched.ContainsKey((claim.Network, provider.Provider, claim.Address))) return;
        var pace = await CheckPaces.ReadAsync(store.Database, claim.Network, options.Value, ct);
        var oldBefore = clock.GetUtcNow() - (pace.Every / 2);
        var others = await store.OtherDueAsync(claim, provider.AddressesAtOnce - 1, oldBefore, ct);
        var missing = others.Where(other => !fetched.ContainsKey((claim.Network, provider.Provider, other)))
            .Select(other => (Address)Addresses.Parse(provider.Network, other)).ToList();
        if (missing.Count == 0) return;

        var at = clock.GetUtcNow();
        var tip = await provider.TipAsync(ct);
        var answer = await provider.SummariesAsync([address, .. missing], ct);
        if (answer.Tip != tip || await provider.TipAsync(ct) != tip) return;
        foreach (var (one, summary) in answer.ByAddress) fetched[(claim.Network, provider.Provider, one)] = new Prefetched(tip, summary, at);
    }
}
