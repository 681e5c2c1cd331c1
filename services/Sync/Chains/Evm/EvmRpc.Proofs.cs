using System.Text.Json;
using Chains.Proofs;

namespace Sync.Chains.Evm;

/// <summary>What accounts hold, with the way from a block's hash to it (EIP-1186).</summary>
internal sealed partial class EvmRpc
{
    // A nibble of the account's hash leads down one level.
    private const int MostNodes = 65;

    // A header's fields in their order: those since London are told by blocks that have them. The hash says whether all were.
    private static readonly (string Name, bool IsNumber)[] HeaderFields =
    [
        ("parentHash", false), ("sha3Uncles", false), ("miner", false), ("stateRoot", false), ("transactionsRoot", false), ("receiptsRoot", false),
        ("logsBloom", false), ("difficulty", true), ("number", true), ("gasLimit", true), ("gasUsed", true), ("timestamp", true),
        ("extraData", false), ("mixHash", false), ("nonce", false), ("baseFeePerGas", true), ("withdrawalsRoot", false), ("blobGasUsed", true),
        ("excessBlobGas", true), ("parentBeaconBlockRoot", false), ("requestsHash", false),
    ];

    public bool TellsProofs => true;

    public async Task<BalanceProof> ProofAsync(string account, long? height, CancellationToken ct)
    {
        var told = Result(await OneAsync(new("eth_getBlockByNumber", Tag(height), false), "block", ct));
        if (told.ValueKind is JsonValueKind.Null) throw Bad($"does not know the block {height}");
        var block = BlockOf(told, height, Bad);
        var header = EvmHeader.Encode([.. HeaderFields.Select(field => (Text: Field(told, field.Name), field.IsNumber))
            .Where(field => field.Text is not null).Select(field => (field.Text!, field.IsNumber))]);
        if (EvmHeader.Read(header)?.Hash != block.Hash) throw Bad($"tells a header of block {block.Height} that its hash is not of");

        var proof = Result(await OneAsync(new("eth_getProof", account, Array.Empty<string>(), Tag(block.Height)), "proof", ct));
        var nodes = ListAt(proof, "accountProof") is { Count: > 0 and <= MostNodes } list ? list.ConvertAll(TextOf) : null;
        if (nodes is null || nodes.Contains(null)) throw Bad("answers a proof that is none");
        return new(block.Height, block.Hash, header!, nodes.ConvertAll(node => node!));
    }
}
