using System.Collections.Concurrent;
using Chains;
using Sync.Chains;

namespace Sync.Walks;

/// <summary>
/// Summaries of a wallet's addresses that were asked ahead by one call, where a provider has such a call. They are kept for
/// seconds, and only if the tip before, the tip in the answer and the tip after were one: so a regular check of many
/// addresses costs three requests, and each is bracketed by equal tips like any other.
/// </summary>
internal sealed class SummaryPrefetch(WalkStore store, TimeProvider clock)
{
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<(string Network, string Provider, string Address), Told> told = new();
    private readonly ConcurrentDictionary<(Guid WalletId, string Network, string Provider), Lazy<Task>> asking = new();

    public sealed record Told(ChainTip Tip, AddressSummary Summary, DateTimeOffset At);

    /// <summary>What was told of the walk's address; asks for it and the wallet's others that are due where nothing was. Null where that is no help.</summary>
    public async Task<Told?> OfAsync(Walk walk, IChainAdapter provider, Address address, CancellationToken ct)
    {
        if (provider.AddressesAtOnce < 2) return null;
        if (Take(walk, provider) is { } known) return known;

        // The wallet's slices run side by side: one of them asks, the others wait for it, also if its own time is up.
        var key = (walk.WalletId, walk.Network, provider.Provider);
        var question = asking.GetOrAdd(key, _ => new Lazy<Task>(() => AskAsync(walk, provider, address, CancellationToken.None)));
        try
        {
            await question.Value.WaitAsync(ct);
        }
        finally
        {
            asking.TryRemove(new(key, question));
        }

        return Take(walk, provider);
    }

    private Told? Take(Walk walk, IChainAdapter provider) =>
        told.TryRemove((walk.Network, provider.Provider, walk.Address), out var known) && clock.GetUtcNow() - known.At < FreshFor ? known : null;

    private async Task AskAsync(Walk walk, IChainAdapter provider, Address address, CancellationToken ct)
    {
        foreach (var entry in told.Where(entry => clock.GetUtcNow() - entry.Value.At >= FreshFor)) told.TryRemove(entry);
        // Another question was answered between looking and asking.
        if (told.ContainsKey((walk.Network, provider.Provider, walk.Address))) return;
        var others = await store.OtherDueAsync(walk, provider.AddressesAtOnce - 1, ct);
        var missing = others.Where(other => !told.ContainsKey((walk.Network, provider.Provider, other))).Select(other => (Address)Addresses.Parse(provider.Network, other)).ToList();
        if (missing.Count == 0) return;

        var at = clock.GetUtcNow();
        var tip = await provider.TipAsync(ct);
        var answer = await provider.SummariesAsync([address, .. missing], ct);
        if (answer.Tip != tip || await provider.TipAsync(ct) != tip) return;
        foreach (var (one, summary) in answer.ByAddress) told[(walk.Network, provider.Provider, one)] = new Told(tip, summary, at);
    }
}
