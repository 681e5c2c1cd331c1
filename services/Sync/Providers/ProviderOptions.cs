using Chains;
using ServiceDefaults;
using Sync.Chains.Evm;
using KnownNetworks = Chains.Networks;

namespace Sync.Providers;

/// <summary>A provider of a network, at <c>Chains:{network}:Providers:{n}</c>.</summary>
internal sealed class ProviderOptions : ProviderSettings
{
    /// <summary>A node of the same chain to ask beside it, by JSON-RPC; for the kind "etherscan".</summary>
    public string? RpcUrl { get; set; }

    /// <summary>What that node knows its customer by; sent in the Authorization header.</summary>
    public string? RpcKey { get; set; }

    /// <summary>Where it tells of new blocks by itself (<c>eth_subscribe</c> over WebSocket), for dialects of accounts: what is heard there
    /// has the tip asked for at once.</summary>
    public string? Push { get; set; }

    /// <summary>
    /// Where the node writes the user and password of its present run (<c>.cookie</c>), for the kind "bitcoin-core" in place of
    /// <c>Key</c>; read anew for each request.
    /// </summary>
    public string? CookieFile { get; set; }

    /// <summary>No address has a transaction below this block, for the kind "bitcoin-core": those below are not looked through.</summary>
    public long StartHeight { get; set; }

    /// <summary>
    /// The SHA-256 of the one certificate that a server shows which nobody else vouches for, in hexadecimal with or without colons; for the
    /// kind "electrum" over TLS.
    /// </summary>
    public string? CertificateSha256 { get; set; }

    public override string? KeyParameter => ProviderKinds.Find(Kind)?.KeyParameter;

    /// <summary>
    /// The most questions of JSON-RPC sent in one request, for the kind "solana" and a provider that takes batches; never more
    /// than an eighth of what the account may be asked. Each counts.
    /// </summary>
    public int Batch { get; set; } = 1;

    public override int MostInABatch => ProviderKinds.Find(Kind)?.MostInABatch(this) ?? 1;

    protected override IReadOnlyList<string> Schemes => ProviderKinds.Find(Kind)?.Schemes ?? base.Schemes;

    public IEnumerable<string> Errors(string at)
    {
        var kind = ProviderKinds.Find(Kind);
        foreach (var error in GeneralErrors(at)) yield return error;
        if (kind is null)
            yield return $"{at}:Kind '{Kind}' is not known; known are: {string.Join(", ", ProviderKinds.All.Select(known => known.Name))}.";
        if (RpcKey is not null && (RpcUrl is null || !IsKey(RpcKey)))
            yield return $"{at}:RpcKey must be printable ASCII without spaces, and of a provider with RpcUrl.";
        if (RpcUrl is not null && (kind is not { TakesNode: true } || !IsAddress(RpcUrl, out _)))
            yield return $"{at}:RpcUrl must be an absolute http(s) address, and of a provider of the kind {KindsWith(known => known.TakesNode)}.";
        if (Push is not null && (kind is not { Family: ChainFamily.Evm } || !Uri.TryCreate(Push, UriKind.Absolute, out var push)
            || push.Scheme is not ("ws" or "wss")))
            yield return $"{at}:Push must be an absolute ws(s) address, and of a provider of accounts.";
        if (Batch is < 1 or > 100 || (Batch > 1 && kind is not { TakesBatch: true }))
            yield return $"{at}:Batch must be 1 to 100, and of a provider of the kind {KindsWith(known => known.TakesBatch)}.";
        if (CookieFile is not null && (kind is not { TakesCredentials: true } || Key is not null || CookieFile is ""))
            yield return $"{at}:CookieFile must name a file, stand without Key, and be of a provider of the kind " +
                $"{KindsWith(known => known.TakesCredentials)}.";
        if (kind is { TakesCredentials: true } && Key?.Contains(':', StringComparison.Ordinal) is false)
            yield return $"{at}:Key must be user:password for a provider of the kind {kind.Name}.";
        if (StartHeight is < 0 or > 1_000_000_000 || (StartHeight > 0 && kind is not { ScansBlocks: true }))
            yield return $"{at}:StartHeight must be a height, 0 or above, and of a provider of the kind {KindsWith(known => known.ScansBlocks)}.";
        if (kind is { Schemes: not null } && Uri.TryCreate(BaseUrl, UriKind.Absolute, out var server)
            && (server.Port is < 1 or > 65_535 || server.Host is "" || server.AbsolutePath is not ("" or "/") || server.Fragment is not ""))
            yield return $"{at}:BaseUrl must name a host and a port and nothing else for a provider of the kind {kind.Name}.";
        if (kind is { Schemes: not null } && Key is not null) yield return $"{at}:Key must not be given to a provider of the kind {kind.Name}.";
        if (CertificateSha256 is not null && (kind is not { Schemes: not null } || ElectrumTransport.FingerprintOf(CertificateSha256) is null
            || !BaseUrl.StartsWith($"{ElectrumTransport.Tls}://", StringComparison.OrdinalIgnoreCase)))
            yield return $"{at}:CertificateSha256 must be 64 hexadecimal digits, and of a provider at an address of {ElectrumTransport.Tls}://.";
        if (RequestsPerSecond > 0 && Batch > RequestsPerSecond) yield return $"{at}:Batch must not be above RequestsPerSecond.";
    }

    private static string KindsWith(Func<ProviderKind, bool> property) =>
        string.Join(" or ", ProviderKinds.All.Where(property).Select(kind => kind.Name));
}

/// <summary>The networks to sync and their providers, in order, at <c>Chains</c>.</summary>
internal sealed class ChainsOptions : Dictionary<string, NetworkOptions>, IValidated
{
    internal NetworkCatalogue Known { get; set; } = KnownNetworks.Shipped;

    /// <summary>All providers of all networks.</summary>
    internal IEnumerable<ConfiguredProvider> Providers =>
        this.SelectMany(network => network.Value.Providers.Select(provider => new ConfiguredProvider(network.Key, provider)));

    public IEnumerable<string> Errors()
    {
        if (Count == 0) yield return "no network to sync is named.";
        foreach (var (network, options) in this)
        {
            if (Known.Find(network) is not { } known)
                yield return $"{network} is not a known network; known are: {string.Join(", ", Known.All.Select(each => each.Slug))}.";
            else foreach (var error in options.Providers.SelectMany(provider => ErrorsOn(known, provider))) yield return $"{network}:{error}";
            if (options.Providers.Count == 0) yield return $"{network}:Providers is empty.";
            if (options.RestSeconds is < 0 or > 86_400) yield return $"{network}:RestSeconds must be 0 to 86400.";
            foreach (var twice in options.Providers.GroupBy(provider => provider.Name).Where(group => group.Count() > 1))
                yield return $"{network}:Providers has two of the name '{twice.Key}'.";
            foreach (var error in options.Providers.SelectMany((provider, i) => provider.Errors($"{network}:Providers:{i}"))) yield return error;
        }
    }

    private static IEnumerable<string> ErrorsOn(Network network, ProviderOptions provider)
    {
        // A kind that is not known is said elsewhere.
        if (ProviderKinds.Find(provider.Kind) is not { } kind) yield break;
        if (kind.Family != network.Family)
            yield return $"Providers has '{provider.Name}', whose kind '{kind.Name}' tells nothing of its family ({network.Family}).";
        else if (kind.Decimals is { } decimals && decimals != network.Native.Decimals)
            yield return $"Providers has '{provider.Name}', whose kind '{kind.Name}' tells amounts of {decimals} decimals, not " +
                $"{network.Native.Decimals}.";
        else if (kind.NeedsNodeOnFastChains && provider.RpcUrl is null && EvmRules.Stride(network) > 1)
            yield return $"Providers has '{provider.Name}' without RpcUrl: where blocks come every {network.BlockTime.TotalSeconds} s, a node must " +
                $"tell balances of a block.";
    }
}

/// <summary>One network's providers, in the order in which they are asked.</summary>
internal sealed class NetworkOptions
{
    public List<ProviderOptions> Providers { get; set; } = [];

    /// <summary>A provider that does not answer is not asked again for so long while there are others; 0 asks it again with the next round.</summary>
    public int RestSeconds { get; set; } = 30;
}
