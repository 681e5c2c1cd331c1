using System.Text.Json;
using Chains;
using Chains.Proofs;

namespace Sync.Chains.Evm;

/// <summary>The node behind Etherscan, as far as it passes questions on: one at a time.</summary>
internal sealed class EtherscanNode(EtherscanCalls calls) : IEvmNode
{
    public bool TellsReceipts => false;

    public bool TellsContents => false;

    public Task<(EvmBlock Block, IReadOnlyCollection<string> Accounts)?> WholeBlockAsync(long height, CancellationToken ct) =>
        throw new NotSupportedException();

    public Task<IReadOnlyCollection<string>?> MovedInAsync(string block, CancellationToken ct) => throw new NotSupportedException();

    public bool TellsProofs => false;

    public Task<BalanceProof> ProofAsync(string account, long? height, CancellationToken ct) => throw new NotSupportedException();

    public async Task<EvmBlock?> BlockAsync(long? height, CancellationToken ct)
    {
        var tag = height is { } wanted ? EvmRules.Quantity(wanted) : "latest";
        var block = await calls.ProxiedAsync("eth_getBlockByNumber", $"&tag={tag}&boolean=false", "block", ct);
        if (block.ValueKind is JsonValueKind.Null) return height is null ? throw calls.Bad("has no tip") : null;
        return EvmRpc.BlockOf(block, height, calls.Bad);
    }

    public Task<Amount> BalanceAsync(string account, long? at, CancellationToken ct) =>
        NumberAsync("balance", $"&address={account}&tag={Latest(at)}", ct);

    public Task<IReadOnlyList<OffLedgerChange>> BridgedAsync(IReadOnlyCollection<string> contracts, string account, long from, long to,
        string @class, CancellationToken ct) => throw calls.Refused("passes on no logs");

    public Task<Amount?> GenesisAsync(string account, CancellationToken ct) => Task.FromResult<Amount?>(null);

    public async Task<IReadOnlyDictionary<string, Amount>> TokensAsync(string account, IReadOnlyCollection<string> contracts, long? at,
        CancellationToken ct)
    {
        var told = new Dictionary<string, Amount>();
        foreach (var contract in contracts)
            told[contract] = await NumberAsync("tokenbalance", $"&contractaddress={contract}&address={account}&tag={Latest(at)}", ct);
        return told;
    }

    public Task<IReadOnlyDictionary<string, EvmReceipt>> ReceiptsAsync(IReadOnlyCollection<string> hashes, CancellationToken ct) =>
        throw new NotSupportedException();

    public Task<IReadOnlyDictionary<string, EvmEnvelope>> TransactionsAsync(IReadOnlyCollection<string> hashes, CancellationToken ct) =>
        throw new NotSupportedException();

    // Of older blocks only few explorers tell, to those who pay; options require a node where those are asked for.
    private static string Latest(long? at) => at is null ? "latest" : throw new NotSupportedException();

    private async Task<Amount> NumberAsync(string action, string query, CancellationToken ct) =>
        EvmRules.Decimal(await calls.ResultAsync("account", action, query, "balance", EtherscanJson.Default.String, ct))
            ?? throw calls.Bad("answers a balance that is none");
}
