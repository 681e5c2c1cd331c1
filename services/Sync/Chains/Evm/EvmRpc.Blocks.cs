using System.Text.Json;

namespace Sync.Chains.Evm;

/// <summary>Which accounts a block names: those of its transactions, those it pays itself, and those whose tokens its logs say moved.</summary>
internal sealed partial class EvmRpc
{
    // A topic that is an account has these many zeros before it.
    private const int AccountAt = 26;

    // By whichever of these an account's balance changes, it is one of the topics.
    private static readonly string[] Movements = [EvmRules.Transfer, EvmRules.Deposit, EvmRules.Withdrawal, EvmRules.Bridged];

    public async Task<(EvmBlock Block, IReadOnlyCollection<string> Accounts)?> WholeBlockAsync(long height, CancellationToken ct)
    {
        var told = Result(await OneAsync(new("eth_getBlockByNumber", EvmRules.Quantity(height), true), "block", ct));
        if (told.ValueKind is JsonValueKind.Null) return null;
        var block = BlockOf(told, height, Bad);
        var accounts = new HashSet<string>();
        foreach (var transaction in ListAt(told, "transactions") ?? throw Bad("answers a block without its transactions"))
        {
            if (EvmRules.Account(Field(transaction, "from")) is not { } from) throw Bad("answers a transaction that is none");
            accounts.Add(from);
            if (EvmRules.Account(Field(transaction, "to")) is { } to) accounts.Add(to);
        }

        foreach (var withdrawal in ListAt(told, "withdrawals") ?? [])
        {
            if (EvmRules.Account(Field(withdrawal, "address")) is { } paid) accounts.Add(paid);
        }

        if (EvmRules.Account(Field(told, "miner")) is { } miner) accounts.Add(miner);
        return (block, accounts);
    }

    public async Task<IReadOnlyCollection<string>?> MovedInAsync(string block, CancellationToken ct)
    {
        var filter = new Dictionary<string, object?> { ["blockHash"] = block, ["topics"] = new object[] { Movements } };
        var answer = await OneAsync(new("eth_getLogs", filter), "logs", ct);
        // Nodes that do not have a block say so in many words.
        if (answer.Error is RpcError.NoState or RpcError.Other) return null;
        var told = Result(answer);
        if (told.ValueKind is not JsonValueKind.Array) throw Bad("answers no list of logs");
        var accounts = new HashSet<string>();
        foreach (var log in told.EnumerateArray())
        {
            if (Field(log, "blockHash") != block) throw Bad("answers logs of another block than was asked for");
            foreach (var topic in (ListAt(log, "topics") ?? throw Bad("answers a log that is none")).Skip(1))
            {
                if (TextOf(topic) is { } text && EvmRules.IsHash(text) && text.AsSpan(2, AccountAt - 2).TrimStart('0').IsEmpty)
                    accounts.Add("0x" + text[AccountAt..]);
            }
        }

        return accounts;
    }

    private static List<JsonElement>? ListAt(JsonElement of, string name) =>
        of.ValueKind is JsonValueKind.Object && of.TryGetProperty(name, out var list) && list.ValueKind is JsonValueKind.Array
            ? [.. list.EnumerateArray()] : null;
}
