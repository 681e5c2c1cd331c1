using System.Security.Cryptography;
using System.Text;
using Chains;
using Microsoft.Extensions.DependencyInjection;
using Providers;
using Sync.Chains;
using Sync.Providers;

namespace Services.Sync;

/// <summary>
/// A chain of accounts in memory, as a provider without counts tells it: blocks that may be replaced, transactions of
/// several assets, pages of ten.
/// </summary>
internal class AccountChain(Network network, string provider = "accounts", AccountChain? like = null) : IBlockNames, IHeldAssets, ITransactions
{
    private const int PageSize = 10;
    private readonly List<(string Hash, List<ChainTransaction> Transactions)> blocks = like?.blocks ?? [];
    private int made;

    public Network Network => network;

    public string Provider => provider;

    /// <summary>Balances that are not what the transactions come to.</summary>
    public Dictionary<string, Amount> Lies { get; } = [];

    /// <summary>What assets are called; TKN with 6 decimals where nothing is said.</summary>
    public Dictionary<string, TokenDescription> Notes { get; } = [];

    /// <summary>What the history makes of what is true.</summary>
    public Func<IEnumerable<ChainTransaction>, IEnumerable<ChainTransaction>> Telling { get; set; } = all => all;

    /// <summary>Transactions that the history leaves out.</summary>
    public HashSet<string> Hidden { get; } = [];

    /// <summary>Transactions that are listed and cannot be read.</summary>
    public HashSet<string> Unreadable { get; } = [];

    private IEnumerable<ChainTransaction> All => blocks.SelectMany(block => block.Transactions);

    protected ChainTip Tip => new(blocks.Count - 1, blocks[^1].Hash);

    /// <summary>Forgets every transaction; the chain itself goes on.</summary>
    public void Clear()
    {
        foreach (var (_, transactions) in blocks) transactions.Clear();
        Lies.Clear();
        Telling = all => all;
        Hidden.Clear();
        Unreadable.Clear();
        Notes.Clear();
        Mine();
    }

    public void Mine(params IReadOnlyList<(Amount Native, AssetChange[] Others)> changes)
    {
        var (height, hash) = (blocks.Count, Id($"block {++made}"));
        blocks.Add((hash, [.. changes.Select((change, i) => new ChainTransaction(
            Id($"transaction {made} {i}"), height, hash, At(height), null, 0, change.Native, [new("from", 0)], [new("to", 0)], false,
            change.Others))]));
    }

    /// <summary>Replaces the newest blocks; the transactions that are kept move up into the first of the new ones.</summary>
    public void Reorganise(int depth, Func<ChainTransaction, bool> kept)
    {
        var gone = blocks.TakeLast(depth).SelectMany(block => block.Transactions).Where(kept).ToList();
        blocks.RemoveRange(blocks.Count - depth, depth);
        Mine();
        blocks[^1].Transactions.AddRange(gone.Select(transaction =>
            transaction with { Height = blocks.Count - 1, BlockHash = blocks[^1].Hash, BlockTime = At(blocks.Count - 1) }));
        for (var n = 0; n < depth; n++) Mine();
    }

    public Amount Sum(string? asset = null) => Lies.GetValueOrDefault(asset ?? "", All.Aggregate(
        Amount.Zero, (sum, t) => sum + (asset is null ? t.Delta : (t.Others ?? []).Where(change => change.Asset == asset)
            .Aggregate(Amount.Zero, (all, change) => all + change.Delta))));

    public IReadOnlyList<string> Txids => [.. All.Select(transaction => transaction.Txid)];

    public virtual Task<ChainTip> TipAsync(CancellationToken ct) => Task.FromResult(Tip);

    public Task<string?> BlockHashAsync(long height, CancellationToken ct) =>
        Task.FromResult(height < blocks.Count ? blocks[(int)height].Hash : null);

    public Task<IReadOnlyList<ChainBlock>> BlocksAsync(long height, CancellationToken ct) => throw new NotSupportedException();

    public Task<AddressSummary> SummaryAsync(Address address, CancellationToken ct) => Task.FromResult(new AddressSummary(Sum(), 0, null));

    public Task<IReadOnlyDictionary<string, Amount>> BalancesAsync(
        Address address, IReadOnlyCollection<string> assets, ChainTip? tip, CancellationToken ct) =>
        Task.FromResult<IReadOnlyDictionary<string, Amount>>(assets.ToDictionary(asset => asset, Sum));

    public Task<IReadOnlyCollection<string>> HeldAsync(Address address, CancellationToken ct) =>
        Task.FromResult<IReadOnlyCollection<string>>([.. All.SelectMany(transaction => transaction.Others ?? []).Select(change => change.Asset)
            .Concat(Lies.Keys).Distinct().Where(asset => asset.Length > 0 && !Sum(asset).IsZero)]);

    public Task<HistoryPage> PageAsync(Address address, Position? after, CancellationToken ct)
    {
        var history = Telling(All).Where(transaction => !Hidden.Contains(transaction.Txid) && !Unreadable.Contains(transaction.Txid))
            .Reverse().ToList();
        var from = after is null ? 0 : history.FindIndex(transaction => transaction.Txid == after.Txid) + 1;
        var page = history.Skip(from).Take(PageSize).ToList();
        var notes = page.SelectMany(transaction => transaction.Others ?? [])
            .Select(change => Notes.GetValueOrDefault(change.Asset, new TokenDescription(change.Asset, "TKN", 6))).Distinct();
        return Task.FromResult(new HistoryPage(page, page.Count == PageSize, Provider, from, [.. notes])
        {
            Gaps = [.. All.Where(transaction => Unreadable.Contains(transaction.Txid))
                .Select(transaction => new HistoryGap(transaction.Txid, transaction.Height, "tells nothing of it"))],
        });
    }

    public Task<ChainTransaction?> TransactionAsync(Address address, string txid, long height, CancellationToken ct) => Unreadable.Contains(txid)
        ? throw new ProviderException(ProviderFailure.BadAnswer, Provider, "tells nothing of it")
        : Task.FromResult(All.FirstOrDefault(transaction => transaction.Txid == txid));

    private static DateTimeOffset At(int height) => DateTimeOffset.UnixEpoch.AddYears(50).AddMinutes(height);

    private static string Id(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
}

/// <summary>The same chain from a provider whose tip is another each time it is asked, and who says instead that nothing moved.</summary>
internal sealed class FasterChain(Network network, string provider, AccountChain like) : AccountChain(network, provider, like), IStandingAddresses
{
    private int asked;

    public override Task<ChainTip> TipAsync(CancellationToken ct) =>
        Task.FromResult(new ChainTip(Tip.Height + ++asked, $"{Tip.Hash[8..]}{asked:x8}"));

    public Task<bool> StandsAsync(Address address, ChainTip start, CancellationToken ct) => Task.FromResult(true);
}

/// <summary>The parts with a chain of accounts instead of providers.</summary>
public sealed class AccountParts : SyncParts
{
    internal AccountChain Chain { get; } = new(global::Chains.Networks.Bitcoin);

    private protected override void Replace(IServiceCollection parts) =>
        parts.AddSingleton(new ProviderPools([new ProviderPool([Chain], TimeSpan.Zero, TimeProvider.System)]));
}

/// <summary>The same with another provider of the same chain.</summary>
public sealed class TwoAccountParts : SyncParts
{
    public TwoAccountParts() => Other = new(Chain.Network, "other", Chain);

    internal AccountChain Chain { get; } = new(global::Chains.Networks.Bitcoin);

    internal AccountChain Other { get; }

    private protected override void Replace(IServiceCollection parts) =>
        parts.AddSingleton(new ProviderPools([new ProviderPool([Chain, Other], TimeSpan.Zero, TimeProvider.System)]));
}

/// <summary>The same where the other one's tip never stands still.</summary>
public sealed class FasterAccountParts : SyncParts
{
    public FasterAccountParts() => Other = new(Chain.Network, "other", Chain);

    internal AccountChain Chain { get; } = new(global::Chains.Networks.Bitcoin);

    internal FasterChain Other { get; }

    private protected override void Replace(IServiceCollection parts) =>
        parts.AddSingleton(new ProviderPools([new ProviderPool([Chain, Other], TimeSpan.Zero, TimeProvider.System)]));
}
