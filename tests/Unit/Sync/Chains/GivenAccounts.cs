using System.Buffers;
using System.Text;
using Chains;
using Chains.Proofs;
using Providers;
using Sync.Chains;
using Sync.Chains.Evm;

namespace Unit.Sync;

internal static class GivenAccounts
{
    public static string Me => Account('a');

    public static Address Address => EvmAddresses.FromAccount(Networks.Ethereum, Convert.FromHexString(Me.AsSpan(2)));

    public static string Account(char digit) => "0x" + new string(digit, 40);

    public static string Hash(char digit) => "0x" + new string(digit, 64);

    public static Body Body(string text)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetByteCount(text));
        return new Body(buffer, Encoding.UTF8.GetBytes(text, buffer));
    }

    /// <summary>An explorer that answers the same to every question for the named list, and has nothing on the others.</summary>
    public static Etherscan Explorer(string list, string answer) => new(
        Networks.Ethereum, "explorer",
        new EtherscanCalls(1, "explorer", (path, _, _) => Task.FromResult<Body?>(Body(
            path.Contains($"action={list}&", StringComparison.Ordinal)
                ? answer : """{"status":"0","message":"No transactions found","result":[]}"""))),
        new TipOnly());

    /// <summary>A node that answers the same to every question but the one for its chain.</summary>
    public static EvmRpc Node(string answer) => new(
        Networks.Ethereum, "node",
        (json, _, _, _) => Task.FromResult<Body?>(Body(Encoding.UTF8.GetString(json.Span).Contains("eth_chainId")
            ? """{"jsonrpc":"2.0","id":1,"result":"0x1"}""" : answer)));
}

/// <summary>A node that tells nothing but a tip above everything.</summary>
internal sealed class TipOnly : IEvmNode
{
    public bool TellsReceipts => false;

    public bool TellsContents => false;

    public bool TellsProofs => false;

    public Task<BalanceProof> ProofAsync(string account, long? height, CancellationToken ct) => throw new NotSupportedException();

    public Task<(EvmBlock Block, IReadOnlyCollection<string> Accounts)?> WholeBlockAsync(long height, CancellationToken ct) =>
        throw new NotSupportedException();

    public Task<IReadOnlyCollection<string>?> MovedInAsync(string block, CancellationToken ct) => throw new NotSupportedException();

    public Task<EvmBlock?> BlockAsync(long? height, CancellationToken ct) =>
        Task.FromResult<EvmBlock?>(new EvmBlock(height ?? 900_000_000, "0x" + new string('b', 64), "0x" + new string('a', 64),
            DateTimeOffset.UnixEpoch));

    public Task<Amount> BalanceAsync(string account, long? at, CancellationToken ct) => throw new NotSupportedException();

    public Task<IReadOnlyList<OffLedgerChange>> BridgedAsync(IReadOnlyCollection<string> contracts, string account, long from, long to,
        string @class, CancellationToken ct) => throw new NotSupportedException();

    public Task<Amount?> GenesisAsync(string account, CancellationToken ct) => throw new NotSupportedException();

    public Task<IReadOnlyDictionary<string, Amount>> TokensAsync(string account, IReadOnlyCollection<string> contracts, long? at,
        CancellationToken ct) => throw new NotSupportedException();

    public Task<IReadOnlyDictionary<string, EvmReceipt>> ReceiptsAsync(IReadOnlyCollection<string> hashes, CancellationToken ct) =>
        throw new NotSupportedException();

    public Task<IReadOnlyDictionary<string, EvmEnvelope>> TransactionsAsync(IReadOnlyCollection<string> hashes, CancellationToken ct) =>
        throw new NotSupportedException();
}
