using Chains;
using Sync.Chains;
using Sync.Chains.Evm;
using Sync.Chains.Solana;
using Sync.Chains.Utxo;

namespace Sync.Providers;

/// <summary>What an adapter is made of: its network, its configuration, and the clients that ask its provider within the budget.</summary>
internal sealed record AdapterParts(
    Network Network, ProviderOptions Options, RequestBudget? Budget, ProviderClient Client, ProviderClient? NodeBeside, IPastAccounts PastAccounts,
    INodeScans NodeScans, TimeProvider Clock)
{
    public string Name => Options.Name;

    /// <summary>Questions of JSON-RPC in one request: what the dialect takes, and no more than the budget does.</summary>
    public int Batch => Math.Min(Options.MostInABatch, Budget?.LargestBatch ?? int.MaxValue);

    /// <summary>Transactions on a page that is a request or two for each of them: it has to be had in a few seconds.</summary>
    public int PageOf(int most) => Budget is null or { PerSecond: 0 } ? most : Math.Clamp(Budget.PerSecond * 3, most / 5, most);
}

/// <summary>A dialect that providers speak: the family it tells of, and how an adapter for it is made.</summary>
internal sealed record ProviderKind(string Name, ChainFamily Family, Func<AdapterParts, IChainAdapter> Create)
{
    /// <summary>The parameter of the address that a key is sent as; null where it goes into the Authorization header.</summary>
    public string? KeyParameter { get; init; }

    /// <summary>Whether it speaks JSON-RPC: its path may be a secret and says nothing else, so spans leave it out.</summary>
    public bool IsNode { get; init; }

    /// <summary>Whether it is asked at the very address that is configured, and not at paths below it.</summary>
    public bool HasNoPaths { get; init; }

    /// <summary>Whether its key is a user and a password (<c>user:password</c>), or stands in a file that the node writes at each start.</summary>
    public bool TakesCredentials { get; init; }

    /// <summary>Whether its blocks are looked through for addresses, from a height on (<c>StartHeight</c>).</summary>
    public bool ScansBlocks { get; init; }

    /// <summary>The schemes of its addresses where it is reached otherwise than by HTTP: a host and a port, without a path and a key.</summary>
    public IReadOnlyList<string>? Schemes { get; init; }

    /// <summary>The decimals in which it tells amounts, where it tells them in whole coins.</summary>
    public int? Decimals { get; init; }

    /// <summary>The most questions it takes in one request.</summary>
    public Func<ProviderOptions, int> MostInABatch { get; init; } = _ => 1;

    /// <summary>Whether <c>Batch</c> is an option of it.</summary>
    public bool TakesBatch { get; init; }

    /// <summary>Whether a node may be asked beside it (<c>RpcUrl</c>).</summary>
    public bool TakesNode { get; init; }

    /// <summary>Whether it needs that node where blocks come faster than a round of questions ends.</summary>
    public bool NeedsNodeOnFastChains { get; init; }
}

/// <summary>The dialects that are known. Adding one is its entry here and its adapter.</summary>
internal static class ProviderKinds
{
    public static IReadOnlyList<ProviderKind> All { get; } =
    [
        new("esplora", ChainFamily.Utxo, parts => new Esplora(parts.Network, parts.Name, parts.Client.GetAsync)),
        new("blockchain-info", ChainFamily.Utxo, parts => new BlockchainInfo(parts.Network, parts.Name, parts.Client.GetAsync, parts.Clock))
        {
            KeyParameter = "api_code",
        },
        new("blockchair", ChainFamily.Utxo, parts => new Blockchair(parts.Network, parts.Name, parts.Client.GetAsync, parts.Clock))
        {
            KeyParameter = "key",
        },
        new("bitcoin-core", ChainFamily.Utxo, parts => new CoreNode(
            parts.Network, parts.Name, new CoreRpc(parts.Name, parts.Batch, parts.Client.PostAsync), parts.NodeScans, parts.Options.StartHeight,
            parts.Clock))
        {
            IsNode = true, HasNoPaths = true, TakesCredentials = true, ScansBlocks = true, Decimals = CoreAmount.Decimals, MostInABatch = _ => 100,
        },
        new("electrum", ChainFamily.Utxo, parts => new Electrum(
            parts.Network, parts.Name, new ElectrumRpc(parts.Name, parts.Batch, parts.Client.PostAsync), parts.PageOf(Electrum.MaxPage), parts.Clock))
        {
            Schemes = [ElectrumTransport.Plain, ElectrumTransport.Tls], MostInABatch = _ => 50,
        },
        new("etherscan", ChainFamily.Evm, Etherscan)
        {
            KeyParameter = "apikey", TakesNode = true, NeedsNodeOnFastChains = true,
            MostInABatch = options => options.RpcUrl is null ? 1 : EvmRpc.MaxBatch,
        },
        new("alchemy", ChainFamily.Evm, parts => new Alchemy(
            parts.Network, parts.Name, new EvmRpc(parts.Network, parts.Name, parts.Client.PostAsync, parts.Batch), parts.PageOf(Alchemy.Window),
            parts.Clock))
        {
            IsNode = true, HasNoPaths = true, MostInABatch = _ => EvmRpc.MaxBatch,
        },
        new("solana", ChainFamily.Solana, parts => new SolanaNode(
            parts.Network, parts.Name, new SolanaRpc(parts.Network, parts.Name, new JsonRpc(parts.Name, parts.Batch, parts.Client.PostAsync)),
            parts.PastAccounts, parts.PageOf(SolanaNode.MaxPage)))
        {
            KeyParameter = "api-key", IsNode = true, TakesBatch = true, MostInABatch = options => options.Batch,
        },
    ];

    /// <summary>The dialect of that name; null where there is none.</summary>
    public static ProviderKind? Find(string name) => All.FirstOrDefault(kind => kind.Name == name);

    private static Etherscan Etherscan(AdapterParts parts)
    {
        var calls = new EtherscanCalls(
            parts.Network.EvmChainId!.Value, parts.Name, (path, kind, ct) => parts.Client.GetAsync(path, kind, "application/json", ct));
        IEvmNode node = parts.NodeBeside is { } beside
            ? new EvmRpc(parts.Network, parts.Name, beside.PostAsync, parts.Batch) : new EtherscanNode(calls);
        return new Etherscan(parts.Network, parts.Name, calls, node, clock: parts.Clock);
    }
}
