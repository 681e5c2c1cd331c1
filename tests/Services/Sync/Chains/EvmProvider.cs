using System.Buffers;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Chains;
using Providers;
using Services.Simulator;
using Shouldly;
using Sync.Chains;
using Sync.Chains.Evm;
using Sync.Ledgers;
using Xunit;

namespace Services.Sync;

/// <summary>The simulator's chains of accounts through the dialects of the providers that tell them, without a database.</summary>
internal sealed class EvmProvider(RunningSimulator simulator)
{
    public const string Explorer = "etherscan";
    public const string WithNode = "etherscan and node";
    public const string Blockscout = "blockscout and node";
    public const string Alchemy = "alchemy";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static Network Ethereum => Networks.Ethereum;

    public static Network Optimism { get; } = Networks.Ethereum with { Slug = "optimism", Caip2 = "eip155:10" };

    public EvmAccounts Adapter(string dialect, Network network, int window = Etherscan.Window)
    {
        if (dialect == Alchemy) return new Alchemy(network, dialect, Node(network), Math.Min(window, global::Sync.Chains.Evm.Alchemy.Window));

        var url = simulator.Script.EvmUrl(network.Slug, dialect == Blockscout ? "blockscout" : null);
        var calls = new EtherscanCalls(EvmRules.ChainId(network), dialect,
            (path, _, ct) => Fetch(new HttpRequestMessage(HttpMethod.Get, $"{url}/{path}"), ct));
        return new Etherscan(network, dialect, calls, dialect == Explorer ? new EtherscanNode(calls) : Node(network), window);
    }

    public EvmRpc Node(Network network, Network? asked = null) =>
        new(network, "node", (json, _, _, ct) => Fetch(Posted($"{simulator.Script.EvmUrl((asked ?? network).Slug)}/rpc", json), ct));

    /// <summary>An account of the test's own.</summary>
    public static string Account(string name) => "0x" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name))[..20]);

    public static Address Address(Network network, string account) => EvmAddresses.FromAccount(network, Convert.FromHexString(account.AsSpan(2)));

    /// <summary>Reads a history as a walk does: each page asked from the one before the last, so that they overlap.</summary>
    public static async Task<(List<ChainTransaction> Facts, int Pages)> Walk(IChainAdapter adapter, string account)
    {
        var (facts, pages) = (new List<ChainTransaction>(), 0);
        var (cursor, anchor) = ((Position?)null, (Position?)null);
        while (true)
        {
            var page = await adapter.PageAsync(Address(adapter.Network, account), anchor ?? cursor, Cancellation);
            pages++;
            var rest = PageRules.Adjoin(page.Transactions, anchor ?? cursor, cursor, switchHeight: null).ShouldNotBeNull("its pages adjoin");
            facts.AddRange(rest);
            if (!page.Full) return (facts, pages);
            rest.ShouldNotBeEmpty("a full page leads on");
            cursor = page.PositionAt(page.Transactions.Count - 1);
            anchor = page.Transactions.Count > 1 ? page.PositionAt(page.Transactions.Count - 2) : null;
        }
    }

    public static Amount Sum(IEnumerable<ChainTransaction> facts) => facts.Aggregate(Amount.Zero, (sum, fact) => sum + fact.Delta);

    public static Amount Sum(IEnumerable<ChainTransaction> facts, string asset) =>
        facts.SelectMany(fact => fact.Others!).Where(change => change.Asset == asset).Aggregate(Amount.Zero, (sum, change) => sum + change.Delta);

    public static HttpRequestMessage Posted(string url, ReadOnlyMemory<byte> json) =>
        new(HttpMethod.Post, url)
        {
            Content = new ReadOnlyMemoryContent(
            json)
            { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } }
        };

    private Task<Body?> Fetch(HttpRequestMessage request, CancellationToken ct) => Fetch(simulator.Http, request, ct);

    public static async Task<Body?> Fetch(HttpClient http, HttpRequestMessage request, CancellationToken ct)
    {
        using var response = await http.SendAsync(request, ct);
        if (!response.IsSuccessStatusCode) throw new ProviderException(ProviderFailure.Unavailable, "test", $"status {(int)response.StatusCode}");
        var bytes = await response.Content.ReadAsByteArrayAsync(ct);
        var buffer = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(buffer, 0);
        return new Body(buffer, bytes.Length);
    }
}
