using System.Collections.Concurrent;
using Chains;
using Sync.Chains;

namespace Sync.Providers;

/// <summary>
/// A network's providers in their order. One that does not answer rests for a while, in which the others are asked; what
/// is told here of blocks holds for good, because a block's hash stands for all the blocks below it.
/// </summary>
internal sealed class ProviderPool(IReadOnlyList<IChainAdapter> providers, TimeSpan rest, TimeProvider clock, IKnownBlocks? kept = null)
{
    private const int MaxAncestors = 10_000;
    private const int QuestionsAtOnce = 10;
    private static readonly TimeSpan Distrusted = TimeSpan.FromMinutes(10);
    private readonly ConcurrentDictionary<string, (DateTimeOffset Until, ProviderException Failure)> resting = new();
    private readonly ConcurrentDictionary<string, DateTimeOffset> distrusted = new();
    private readonly ConcurrentDictionary<(string Tip, long Height), string> ancestors = new();
    private readonly ConcurrentDictionary<(string Tip, long Height), ChainBlock> blocks = new();

    public Network Network => providers[0].Network;

    public bool HasSeveral => providers.Count > 1;

    /// <summary>Whether any of them tells the hash of any block.</summary>
    public bool NamesBlocks { get; } = providers.OfType<IBlockNames>().Any();

    /// <summary>Taken by who asks for blocks that can wait.</summary>
    public SemaphoreSlim Backfilling { get; } = new(1);

    /// <summary>Those who tell one transaction alone and do not rest.</summary>
    public IEnumerable<ITransactions> Tellers => providers.OfType<ITransactions>().Where(provider => RestOf(provider) is null);

    /// <summary>Whether anybody tells which addresses a block touches.</summary>
    public bool TellsContents { get; } = providers.OfType<IBlockContents>().Any(provider => provider.TellsContents);

    /// <summary>Those who tell which addresses a block touches and do not rest.</summary>
    public IEnumerable<IBlockContents> BlockReaders =>
        providers.OfType<IBlockContents>().Where(provider => provider.TellsContents && RestOf(provider) is null);

    /// <summary>Those who tell what waits for a block and do not rest.</summary>
    public IEnumerable<IMempool> Mempools => providers.OfType<IMempool>().Where(provider => RestOf(provider) is null);

    /// <summary>Those who tell the coins of an address and do not rest.</summary>
    public IEnumerable<ICoins> CoinTellers => providers.OfType<ICoins>().Where(provider => RestOf(provider) is null);

    /// <summary>Those who prove that transactions are in blocks and do not rest.</summary>
    public IEnumerable<ITransactionProofs> TransactionProvers => providers.OfType<ITransactionProofs>().Where(provider => RestOf(provider) is null);

    /// <summary>Those who prove what accounts hold and do not rest.</summary>
    public IEnumerable<IAccountProofs> AccountProvers =>
        providers.OfType<IAccountProofs>().Where(provider => provider.TellsProofs && RestOf(provider) is null);

    /// <summary>Those who sum up many addresses at once and do not rest.</summary>
    public IEnumerable<IManySummaries> Summarisers =>
        providers.OfType<IManySummaries>().Where(provider => provider.AddressesAtOnce > 1 && RestOf(provider) is null);

    /// <summary>Everybody else who does not rest.</summary>
    public IEnumerable<IChainAdapter> Others(string than) =>
        providers.Where(provider => provider.Provider != than && RestOf(provider) is null);

    private SemaphoreSlim Naming { get; } = new(1);

    /// <summary>The provider of that name; the first where there is none (any more).</summary>
    public IChainAdapter Named(string? name) => providers.FirstOrDefault(provider => provider.Provider == name) ?? providers[0];

    /// <summary>Who comes after a provider in the order, round and round.</summary>
    public string NextAfter(string? name)
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
    public async Task<T> AskInOrderAsync<T>(string? first, IReadOnlySet<string> passedOver, Func<IChainAdapter, Task<T>> ask)
    {
        ProviderException? soonest = null;
        foreach (var provider in providers.OrderByDescending(provider => provider.Provider == first).ThenBy(IsDistrusted))
        {
            if (passedOver.Contains(provider.Provider)) continue;
            try
            {
                if (RestOf(provider) is { } failure) throw failure;
                return await ask(provider);
            }
            catch (ProviderException e)
            {
                Suspend(e);
                if (soonest is null || Wait(e) < Wait(soonest)) soonest = e;
            }
        }

        throw soonest ?? new ProviderException(ProviderFailure.Unavailable, Network.Slug, "no provider is left to ask");
    }

    /// <summary>Lets a provider rest that did not answer, unless it is the only one.</summary>
    public void Suspend(ProviderException e)
    {
        if (e.Failure is not ProviderFailure.Unavailable || !HasSeveral || rest == TimeSpan.Zero) return;
        resting.AddOrUpdate(e.Provider, _ => (clock.GetUtcNow() + rest, e), (_, known) => known.Until > clock.GetUtcNow()
            ? known : (clock.GetUtcNow() + rest, e));
    }

    /// <summary>
    /// The hash of the block at a height of the chain that ends in the tip; null where nobody can tell. Another provider than
    /// the one that told the tip may know it: a chain that holds the tip has the same blocks below.
    /// </summary>
    public async Task<string?> AncestorAsync(IChainAdapter by, ChainTip tip, long height, CancellationToken ct)
    {
        if (height >= tip.Height) return height == tip.Height ? tip.Hash : null;
        if (ancestors.TryGetValue((tip.Hash, height), out var known)) return known;
        if (await OfChainAsync(by, tip, provider => provider.BlockHashAsync(height, ct), ct) is not { } hash) return null;
        MakeRoom(ancestors, 1);
        return ancestors[(tip.Hash, height)] = hash;
    }

    /// <summary>
    /// The blocks at these heights of the chain that ends in the tip, as far as anybody tells them before the time is up. One
    /// question may tell several; what is below the safe depth is known from then on.
    /// </summary>
    public async Task<IReadOnlyDictionary<long, ChainBlock>> AncestorsAsync(
        IChainAdapter by, ChainTip tip, IEnumerable<long> heights, CancellationToken ct, Func<bool>? isTimeUp = null)
    {
        var found = new Dictionary<long, ChainBlock>();
        var wanted = heights.Where(height => height <= tip.Height).Distinct().OrderDescending().ToList();
        var left = TakeKnown(wanted);
        if (await RecallAsync(tip, left, ct)) left = TakeKnown(left);
        kept?.Count(Network.Slug, isHit: true, wanted.Count(height => IsDeep(tip, height) && found.ContainsKey(height)));

        // A few at a time: where a provider fails, what it told before is not lost. One asks at a time: who waits finds what
        // was told meanwhile.
        while (left.Count > 0 && isTimeUp?.Invoke() is not true)
        {
            await Naming.WaitAsync(ct);
            try
            {
                left = TakeKnown(left);
                if (left.Count == 0
                    || await OfChainAsync(by, tip, provider => SomeAsync(provider, left, isTimeUp, ct), ct) is not var (told, passed, teller)) break;
                kept?.Count(Network.Slug, isHit: false, left.Take(passed).Count(height => IsDeep(tip, height)));
                MakeRoom(blocks, told.Count);
                foreach (var block in told.Values) blocks[KeyOf(tip, block.Height)] = block;
                foreach (var height in left.Take(passed).Where(told.ContainsKey)) found[height] = told[height];
                left.RemoveRange(0, passed);
                if (kept is not null) await kept.KeepAsync(Network.Slug, teller, [.. told.Values.Where(block => IsDeep(tip, block.Height))], ct);
            }
            finally
            {
                Naming.Release();
            }
        }

        return found;

        List<long> TakeKnown(List<long> some)
        {
            var unknown = new List<long>();
            foreach (var height in some)
            {
                if (blocks.TryGetValue(KeyOf(tip, height), out var known)) found[height] = known;
                else unknown.Add(height);
            }

            return unknown;
        }
    }

    /// <summary>The tips of all who answer, asked at once.</summary>
    public async Task<IReadOnlyList<ChainTip>> TipsAsync(CancellationToken ct) =>
        [.. (await Task.WhenAll(providers.Where(provider => RestOf(provider) is null).Select(provider => TipOrNoneAsync(provider, ct))))
            .OfType<ChainTip>()];

    private async Task<ChainTip?> TipOrNoneAsync(IChainAdapter provider, CancellationToken ct)
    {
        try
        {
            return await provider.TipAsync(ct);
        }
        catch (ProviderException e)
        {
            Suspend(e);
            return null;
        }
    }

    /// <summary>Puts who told something untrue behind the others for a while.</summary>
    public void Distrust(string provider) => distrusted[provider] = clock.GetUtcNow() + Distrusted;

    private bool IsDistrusted(IChainAdapter provider) => distrusted.TryGetValue(provider.Provider, out var until) && until > clock.GetUtcNow();

    /// <summary>Forgets the blocks told by who told something untrue.</summary>
    public async Task ForgetAsync(string provider, CancellationToken ct)
    {
        blocks.Clear();
        ancestors.Clear();
        if (kept is not null) await kept.ForgetAsync(Network.Slug, provider, ct);
    }

    // Whether any of the heights is known from before.
    private async Task<bool> RecallAsync(ChainTip tip, List<long> heights, CancellationToken ct)
    {
        if (kept is null || heights.FindAll(height => IsDeep(tip, height)) is not { Count: > 0 } deep) return false;
        var recalled = await kept.FindAsync(Network.Slug, deep, ct);
        MakeRoom(blocks, recalled.Count);
        foreach (var block in recalled) blocks[KeyOf(tip, block.Height)] = block;
        return recalled.Count > 0;
    }

    // The blocks told, and how many of the heights are done with; null where none is told.
    private static async Task<Tuple<Dictionary<long, ChainBlock>, int, string>?> SomeAsync(
        IBlockNames provider, List<long> heights, Func<bool>? isTimeUp, CancellationToken ct)
    {
        var told = new Dictionary<long, ChainBlock>();
        var (asked, passed) = (0, 0);
        for (; passed < heights.Count; passed++)
        {
            if (told.ContainsKey(heights[passed])) continue;
            if (asked++ == QuestionsAtOnce || (asked > 1 && isTimeUp?.Invoke() is true)) break;
            foreach (var block in await provider.BlocksAsync(heights[passed], ct)) told[block.Height] = block;
        }

        return told.Count > 0 ? Tuple.Create(told, passed, provider.Provider) : null;
    }

    // What a provider answers whose chain holds the tip; null where nobody's does or nobody answers.
    private async Task<T?> OfChainAsync<T>(IChainAdapter by, ChainTip tip, Func<IBlockNames, Task<T?>> ask, CancellationToken ct) where T : class
    {
        foreach (var provider in providers.OfType<IBlockNames>().OrderByDescending(provider => provider == by))
        {
            if (RestOf(provider) is not null) continue;
            try
            {
                // The tip before and after: a node that was on another branch in between is on none. Who told the tip held it before.
                if (provider != by && await provider.BlockHashAsync(tip.Height, ct) != tip.Hash) continue;
                if (await ask(provider) is { } answer && await provider.BlockHashAsync(tip.Height, ct) == tip.Hash) return answer;
            }
            catch (ProviderException e)
            {
                Suspend(e);
            }
        }

        return null;
    }

    // Out of any reorganisation's reach there is one chain, whichever tip is asked from.
    private (string Tip, long Height) KeyOf(ChainTip tip, long height) => (IsDeep(tip, height) ? "" : tip.Hash, height);

    private bool IsDeep(ChainTip tip, long height) => height <= tip.Height - Network.SafeDepth;

    private static void MakeRoom<T>(ConcurrentDictionary<(string, long), T> cache, int room)
    {
        if (cache.Count + room > MaxAncestors) cache.Clear();
    }

    private ProviderException? RestOf(IChainAdapter provider) =>
        resting.TryGetValue(provider.Provider, out var entry) && entry.Until - clock.GetUtcNow() is var left && left > TimeSpan.Zero
            ? new ProviderException(ProviderFailure.Unavailable, provider.Provider, entry.Failure.Reason, left, entry.Failure)
            : null;

    private static TimeSpan Wait(ProviderException e) => e.RetryAfter ?? TimeSpan.MaxValue;
}
