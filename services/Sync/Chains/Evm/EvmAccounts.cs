using Chains;
using Chains.Proofs;

namespace Sync.Chains.Evm;

/// <summary>
/// What every provider of accounts tells through a node: the tip, blocks, and balances at the tip. Histories are the dialects' own.
/// Where blocks come faster than a round of a walk is read, only one of so many is taken for the tip, and everything is asked
/// as of that one (ADR 0028).
/// </summary>
internal abstract class EvmAccounts(Network network, string provider, IEvmNode node)
    : IBlockContents, IPastState, ITokenBalances, IAssetLists, IAccountProofs
{
    private readonly int stride = EvmRules.Stride(network);

    public Network Network => network;

    public string Provider => provider;

    public async Task<ChainTip> TipAsync(CancellationToken ct)
    {
        var newest = await NewestAsync(ct);
        var height = Below(newest.Height);
        var tip = height == newest.Height ? newest : await node.BlockAsync(height, ct)
            ?? throw new ProviderException(ProviderFailure.Behind, provider, $"does not know block {height} below its own tip");
        return new ChainTip(tip.Height, tip.Hash);
    }

    public async Task<string?> BlockHashAsync(long height, CancellationToken ct) => (await node.BlockAsync(height, ct))?.Hash;

    public async Task<IReadOnlyList<ChainBlock>> BlocksAsync(long height, CancellationToken ct) =>
        await node.BlockAsync(height, ct) is { } block ? [new ChainBlock(block.Height, block.Hash, block.Time)] : [];

    public bool TellsContents => node.TellsContents;

    // What a contract pays, no block tells.
    public bool TellsAll => false;

    public async Task<FollowedBlock?> BlockAsync(long height, CancellationToken ct) =>
        await node.WholeBlockAsync(height, ct) is var (block, accounts)
            ? new FollowedBlock(block.Height, block.Hash, block.ParentHash, 1, accounts) : null;

    public async Task<IReadOnlyCollection<string>?> TouchedAsync(FollowedBlock block, CancellationToken ct) =>
        await node.MovedInAsync(block.Hash, ct) is { } moved
            ? [.. block.Known.Concat(moved).Distinct().Select(account => EvmRules.Spell(network, account))] : null;

    public bool TellsProofs => node.TellsProofs;

    public Task<BalanceProof> ProofAsync(Address address, long? height, CancellationToken ct) => node.ProofAsync(AccountOf(address), height, ct);

    public Task<AddressSummary> SummaryAsync(Address address, CancellationToken ct) => SummaryAsync(address, (long?)null, ct);

    public Task<AddressSummary> SummaryAsync(Address address, ChainTip tip, CancellationToken ct) => SummaryAsync(address, StateOf(tip), ct);

    private async Task<AddressSummary> SummaryAsync(Address address, long? at, CancellationToken ct) =>
        await node.BalanceAsync(AccountOf(address), at, ct) is var balance && CanExist(balance)
            ? new(balance, Amount.Zero, TransactionCount: null)
            : throw new ProviderException(ProviderFailure.BadAnswer, provider, $"tells a balance of more {network.Native.Symbol} than there is");

    public async Task<IReadOnlyDictionary<string, Amount>> BalancesAsync(
        Address address, IReadOnlyCollection<string> assets, ChainTip? tip, CancellationToken ct)
    {
        var contracts = assets.Select(asset => EvmRules.ContractOf(network, asset)).OfType<string>().Distinct().ToList();
        if (contracts.Count == 0) return new Dictionary<string, Amount>();
        try
        {
            return (await node.TokensAsync(AccountOf(address), contracts, tip is null ? null : StateOf(tip), ct))
                .ToDictionary(told => EvmRules.AssetOf(network, told.Key), told => told.Value);
        }
        catch (ProviderException e) when (e.Failure is ProviderFailure.Behind && tip is not null)
        {
            // Where a round took so long, its tip is none any more and nothing is concluded.
            return new Dictionary<string, Amount>();
        }
    }

    public abstract Task<ListedAsset?> ListedAsync(Address address, string asset, long upTo, CancellationToken ct);

    public async Task<HistoryPage> PageAsync(Address address, Position? after, CancellationToken ct) =>
        Believable(await PageAsync(address, after, after?.Height ?? await TopAsync(ct), ct));

    public async Task<HistoryPage> NewestAsync(Address address, ChainTip tip, CancellationToken ct) =>
        Believable(await PageAsync(address, null, StateOf(tip) ?? await TopAsync(ct), ct));

    /// <summary>What is older than a place, or the newest page, from a block downwards: all that is asked for ends there, or a block that
    /// comes meanwhile would be told in part.</summary>
    protected abstract Task<HistoryPage> PageAsync(Address address, Position? after, long top, CancellationToken ct);

    /// <summary>The height of the tip.</summary>
    protected async Task<long> TopAsync(CancellationToken ct) => Below((await NewestAsync(ct)).Height);

    protected List<TokenDescription> NotesOf(IEnumerable<EvmRow> rows) =>
        [.. rows.OfType<EvmRow.Token>().Where(row => !network.NativeContracts.Contains(row.Contract)).GroupBy(row => row.Contract)
            .Select(token => new TokenDescription(EvmRules.AssetOf(network, token.Key), token.First().Symbol, token.First().Decimals))];

    protected static string AccountOf(Address address) => EvmRules.Account(address.Text)!;

    protected ProviderException Contradiction(string reason) => new(ProviderFailure.Contradiction, provider, reason);

    // Tokens have no such bound: anyone can make as many of one as a word can count.
    private HistoryPage Believable(HistoryPage page) =>
        page.Transactions.FirstOrDefault(fact => !fact.From.Concat(fact.To).Where(party => party.Asset is null).Select(party => party.Value)
            .Append(fact.Fee).Append(fact.Delta).All(CanExist)) is { } impossible
            ? throw new ProviderException(ProviderFailure.BadAnswer, provider,
                $"tells of more {network.Native.Symbol} in {impossible.Txid} than there is")
            : page;

    private bool CanExist(Amount native) => System.Numerics.BigInteger.Abs(native.Value) <= network.MaxSupply;

    // Of which block balances are asked; null is the newest.
    private long? StateOf(ChainTip tip) => stride > 1 ? tip.Height : null;

    private async Task<EvmBlock> NewestAsync(CancellationToken ct) =>
        await node.BlockAsync(null, ct) ?? throw new ProviderException(ProviderFailure.BadAnswer, provider, "has no tip");

    private long Below(long height) => height - (height % stride);
}
