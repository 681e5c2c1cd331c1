using System.Globalization;
using System.Text.Json;
using Chains;

namespace Sync.Chains.Evm;

/// <summary>A line of <c>alchemy_getAssetTransfers</c>: of the native asset, external or internal, or of a token.</summary>
internal sealed record AlchemyTransfer(
    string Id, string Category, string Txid, long Height, DateTimeOffset Time, string? From, string? To, Amount Value, string? Contract,
    string? Symbol, int? Decimals);

/// <summary>What a node tells of the past that keeps all of it: counts at any height, blocks with their transactions, and Alchemy's list
/// of transfers.</summary>
internal sealed partial class EvmRpc
{
    private static readonly string[] Categories = ["external", "internal", "erc20"];

    private static readonly string[] Outside = ["external", "erc20"];
    private static readonly string[] Tokens = ["erc20"];

    // On most networks it lists nothing that moves inside a transaction, and refuses to be asked for it.
    private volatile string[] categories = Categories;

    /// <summary>How many transactions the account had sent at each of these heights.</summary>
    public async Task<IReadOnlyList<long>> SentAsync(string account, IReadOnlyList<long> heights, CancellationToken ct)
    {
        var answers = await ManyAsync([.. heights.Select(height => new RpcQuestion("eth_getTransactionCount", account, EvmRules.Quantity(height)))],
            "count", ct);
        return [.. answers.Select(answer => EvmRules.Height(TextOf(Result(answer))) ?? throw Bad("answers a count that is none"))];
    }

    /// <summary>The transactions that the account sent in these blocks, without what they cost.</summary>
    public async Task<IReadOnlyList<EvmRow.Sent>> SentInAsync(string account, IReadOnlyList<long> heights, CancellationToken ct)
    {
        var answers = await ManyAsync([.. heights.Select(height => new RpcQuestion("eth_getBlockByNumber", EvmRules.Quantity(height), true))],
            "block", ct);
        var sent = new List<EvmRow.Sent>();
        foreach (var (height, answer) in heights.Zip(answers))
        {
            var block = BlockOf(Result(answer), height, Bad);
            if (!Result(answer).TryGetProperty("transactions", out var list) || list.ValueKind is not JsonValueKind.Array)
                throw Bad("answers a block without its transactions");
            foreach (var transaction in list.EnumerateArray().Where(transaction => EvmRules.Account(Field(transaction, "from")) == account))
            {
                if (Field(transaction, "hash") is not { } hash || !EvmRules.IsHash(hash)
                    || EvmRules.Quantity(Field(transaction, "value")) is not { } value)
                    throw Bad("answers a transaction that is none");
                sent.Add(new EvmRow.Sent(hash, height, block.Hash, block.Time, account, EvmRules.Account(Field(transaction, "to")), null, value,
                    null, false, Field(transaction, "input") ?? ""));
            }
        }

        return sent;
    }

    /// <summary>
    /// A page of what went from the account, or to it, up to a height, newest first, or of one token only, and the key of the next one; of failed
    /// transactions it tells nothing, or as if they had not.
    /// </summary>
    public async Task<(IReadOnlyList<AlchemyTransfer> Told, string? Next)> AssetTransfersAsync(string account, bool outgoing, long upTo, int most,
        string? key, CancellationToken ct, string? token = null)
    {
        var listed = categories;
        var filter = new Dictionary<string, object?>
        {
            ["fromBlock"] = "0x0", ["toBlock"] = EvmRules.Quantity(upTo), [outgoing ? "fromAddress" : "toAddress"] = account, ["category"] = listed,
            ["order"] = "desc", ["withMetadata"] = true, ["excludeZeroValue"] = false, ["maxCount"] = EvmRules.Quantity(most),
        };
        if (key is not null) filter["pageKey"] = key;
        if (token is not null) (filter["category"], filter["contractAddresses"]) = (Tokens, new[] { token });
        var answer = await OneAsync(new("alchemy_getAssetTransfers", filter), "page", ct);
        if (answer.Error is RpcError.UnknownCategory && token is null && listed == Categories)
        {
            filter["category"] = categories = Outside;
            answer = await OneAsync(new("alchemy_getAssetTransfers", filter), "page", ct);
        }

        var told = Result(answer);
        if (told.ValueKind is not JsonValueKind.Object || !told.TryGetProperty("transfers", out var list)
            || list.ValueKind is not JsonValueKind.Array)
            throw Bad("answers no list of transfers");
        if (list.GetArrayLength() > most) throw Bad($"puts {list.GetArrayLength()} transfers on a page of {most}");

        var transfers = list.EnumerateArray().Select(TransferOf).ToList();
        if (transfers.Exists(transfer => (outgoing ? transfer.From : transfer.To) != account))
            throw Bad("lists a transfer that does not touch the address");
        if (transfers.Exists(transfer => transfer.Height > upTo)) throw Bad("lists blocks that were not asked for");
        for (var i = 1; i < transfers.Count; i++)
        {
            if (transfers[i].Height > transfers[i - 1].Height) throw Bad("lists history out of order");
        }

        return (transfers, Field(told, "pageKey") is { Length: > 0 } next ? next : null);
    }

    private AlchemyTransfer TransferOf(JsonElement transfer)
    {
        if (Field(transfer, "uniqueId") is not { Length: > 0 and <= 200 } id || Field(transfer, "category") is not { } category
            || !Categories.Contains(category)
            || Field(transfer, "hash") is not { } hash || !EvmRules.IsHash(hash) || EvmRules.Height(Field(transfer, "blockNum")) is not { } height
            || !transfer.TryGetProperty("rawContract", out var raw)
            || !transfer.TryGetProperty("metadata", out var metadata)
            || !DateTimeOffset.TryParse(Field(metadata, "blockTimestamp"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal,
                out var time))
            throw Bad("answers a transfer that is none");
        var isToken = category == "erc20";
        var contract = isToken ? EvmRules.Account(Field(raw, "address")) ?? throw Bad($"names no contract of a token moved in {hash}") : null;
        var value = isToken && IsNothing(raw, "value")
            ? Amount.Zero : EvmRules.Quantity(Field(raw, "value")) ?? throw Bad($"names an amount moved in {hash} that is none");
        return new AlchemyTransfer(
            id, category, hash, height, time.ToUniversalTime(), AccountAt("from"), AccountAt("to"), value, contract, Field(transfer, "asset"),
            EvmRules.Quantity(Field(raw, "decimal")) is { } decimals && decimals.Value <= byte.MaxValue ? (int)decimals.Value : null);

        string? AccountAt(string name) =>
            Field(transfer, name) is not { } text ? null : EvmRules.Account(text) ?? throw Bad("names an account that is none");

        // A token's log may lack its amount.
        static bool IsNothing(JsonElement of, string name) =>
            Field(of, name) is "0x" || of.ValueKind is JsonValueKind.Object
                && (!of.TryGetProperty(name, out var told) || told.ValueKind is JsonValueKind.Null);
    }
}
