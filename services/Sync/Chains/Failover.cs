using System.Collections.Concurrent;
using Chains;

namespace Sync.Chains;

/// <summary>
/// A network's providers in their order. One that does not answer rests for a while, in which the others are asked; what
/// is told here of blocks holds for good, because a block's hash stands for all the blocks below it.
/// </summary>
internal sealed class Failover(IReadOnlyList<IChainAdapter> providers, TimeSpan rest, TimeProvider clock)
{
    private const int MaxAncestors = 10_000;
    private readonly ConcurrentDictionary<string, (DateTimeOffset Until, ProviderException Failure)> resting = new();
    private readonly ConcurrentDictionary<(string Tip, long Height), string> ancestors = new();

    public Network Network => providers[0].Network;

    public bool HasSeveral => providers.Count > 1;

    /// <summary>Whether any of them tells the hash of any block.</summary>
    public bool NamesBlocks { get; } = providers.Any(provider => provider.NamesBlocks);

    /// <summary>The provider of that name; the first where there is none (any more).</summary>
    public IChainAdapter Named(string? name) => providers.FirstOrDefault(provider => provider.Provider == name) ?? providers[0];

    /// <summary>Who comes after a provider in the order, round and round.</summary>
    public string After(string? name)
    {
        var place = Math.Max(0, providers.ToList().FindIndex(provider => provider.Provider == name));
        return providers[(place + 1) % providers.Count].Provider;
    }

    public bool HasOther(IReadOnlySet<string> than) => providers.Any(provider => !than.Contains(provider.Provider));

    /// <summary>
    /// What the first provider answers that answers at all, beginning with the one that is named, else with the first of
    /// the order.
    /// </summary>
    /// <exception cref="ProviderException">None does: the failure that may be over soonest.</exception>
    public async Task<T> FirstAsync<T>(string? first, IReadOnlySet<string> passedOver, Func<IChainAdapter, Task<T>> ask)
    {
        ProviderException? soonest = null;
        foreach (var provider in providers.OrderByDescending(provider => provider.Provider == first))
        {
            if (passedOver.Contains(provider.Provider)) continue;
            try
            {
                if (RestOf(provider) is { } failure) throw failure;
                return await ask(provider);
            }
            catch (ProviderException e)
            {
                Note(e);
                if (soonest is null || Wait(e) < Wait(soonest)) soonest = e;
            }
        }

        throw soonest ?? new ProviderException(ProviderFailure.Unavailable, Network.Slug, "no provider is left to ask");
    }

    /// <summary>Lets a provider rest that did not answer, unless it is the only one.</summary>
    public void Note(ProviderException e)
    {
        if (e.Failure is not ProviderFailure.Unavailable || !HasSeveral || rest == TimeSpan.Zero) return;
        resting.AddOrUpdate(e.Provider, _ => (clock.GetUtcNow() + rest, e), (_, known) => known.Until > clock.GetUtcNow() ? known : (clock.GetUtcNow() + rest, e));
    }

    /// <summary>
    /// The hash of the block at a height of the chain that ends in the tip; null where nobody can tell. Another provider than
    /// the one that told the tip may know it: a chain that holds the tip has the same blocks below.
    /// </summary>
    public async Task<string?> AncestorAsync(IChainAdapter by, ChainTip tip, long height, CancellationToken ct)
    {
        if (height >= tip.Height) return height == tip.Height ? tip.Hash : null;
        if (ancestors.TryGetValue((tip.Hash, height), out var known)) return known;
        foreach (var provider in providers.OrderByDescending(provider => provider == by))
        {
            if (!provider.NamesBlocks || RestOf(provider) is not null) continue;
            try
            {
                // The tip before and after: a node that was on another branch in between is on none. Who told the tip held it before.
                if (provider != by && await provider.BlockHashAsync(tip.Height, ct) != tip.Hash) continue;
                var hash = await provider.BlockHashAsync(height, ct);
                if (hash is null || await provider.BlockHashAsync(tip.Height, ct) != tip.Hash) continue;
                if (ancestors.Count > MaxAncestors) ancestors.Clear();
                return ancestors[(tip.Hash, height)] = hash;
            }
            catch (ProviderException e)
            {
                Note(e);
            }
        }

        return null;
    }

    private ProviderException? RestOf(IChainAdapter provider) =>
        resting.TryGetValue(provider.Provider, out var entry) && entry.Until - clock.GetUtcNow() is var left && left > TimeSpan.Zero
            ? new ProviderException(ProviderFailure.Unavailable, provider.Provider, entry.Failure.Message[(provider.Provider.Length + 2)..], left, entry.Failure)
            : null;

    private static TimeSpan Wait(ProviderException e) => e.RetryAfter ?? TimeSpan.MaxValue;
}
