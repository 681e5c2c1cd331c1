using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;
using ChainSimulator.Serving;
using SimpleBase;

namespace ChainSimulator.Solana;

/// <summary>JSON-RPC of a node (solana.com/docs/rpc and recorded answers), as far as an address is followed with it.</summary>
internal static class SolanaRpcDialect
{
    private const int MaxSignatures = 1000;

    public static JsonObject Answer(SolanaNetwork network, IReadOnlyList<Fault> faults, JsonObject question)
    {
        var answer = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = question["id"]!.DeepClone() };
        if (faults.Any(fault => fault.Kind is FaultKind.RateLimit)) return Refuse(answer, -32005, "Too many requests for a specific RPC call");
        var parameters = question["params"]?.AsArray() ?? [];
        var behind = faults.FirstOrDefault(fault => fault.Kind is FaultKind.Lag)?.By ?? 0;
        var tip = network.Tip(behind);
        var config = parameters.OfType<JsonObject>().LastOrDefault() ?? [];
        if (config["minContextSlot"] is { } least && (long)least > tip.Slot)
            return Refuse(answer, -32016, "Minimum context slot has not been reached");
        var isEmpty = faults.Any(fault => fault.Kind is FaultKind.EmptyPage);
        switch ((string)question["method"]!)
        {
            case "getGenesisHash":
                answer["result"] = network.Genesis;
                return answer;
            case "getFirstAvailableBlock":
                answer["result"] = faults.FirstOrDefault(fault => fault.Kind is FaultKind.Omit) is { } pruned
                    ? SolanaNetwork.FirstSlot + pruned.Every : 0;
                return answer;
            case "getSlot":
                answer["result"] = tip.Slot;
                return answer;
            case "getLatestBlockhash":
                return Told(answer, tip, new JsonObject { ["blockhash"] = tip.Hash, ["lastValidBlockHeight"] = tip.Slot });
            case "getBlock":
                return Block(network, tip, answer, (long)parameters[0]!, (string?)config["transactionDetails"] == "signatures");
            case "getBalance":
                return Told(answer, tip, Number(network.BalanceOf(Text(0)) +
                    (faults.FirstOrDefault(fault => fault.Kind is FaultKind.Lie)?.Balance ?? 0)));
            case "getAccountInfo":
                return Told(answer, tip, network.ProgramOf(Text(0)) is { } program
                    ? new JsonObject
                    {
                        ["owner"] = program, ["data"] = new JsonArray("", "base64"), ["executable"] = false,
                        ["lamports"] = Number(network.BalanceOf(Text(0))), ["rentEpoch"] = ulong.MaxValue, ["space"] = 0
                    } : null);
            case "getTokenAccountsByOwner":
                return Told(answer, tip, new JsonArray([.. network.TokensOf(Text(0), (string)parameters[1]!["programId"]!)
                    .Select(held => TokenAccount(network, held))]));
            case "getSignaturesForAddress":
                return Signatures(network, tip, answer, Text(0), config, isEmpty);
            case "getTransaction":
                answer["result"] = isEmpty || network.Find(Text(0)) is not { } found || found.Block.Slot > tip.Slot
                    ? null : Transaction(found, (string?)config["encoding"] == "jsonParsed");
                return answer;
            default:
                return Refuse(answer, -32601, "Method not found");
        }

        string Text(int n) => (string)parameters[n]!;
    }

    private static JsonObject Block(SolanaNetwork network, SolanaPlace tip, JsonObject answer, long slot, bool withSignatures)
    {
        if (slot > tip.Slot) return Refuse(answer, -32004, $"Block not available for slot {slot}");
        if (network.BlockAt(slot) is not var (place, transactions))
            return Refuse(answer, -32007, $"Slot {slot} was skipped, or missing due to ledger jump to recent snapshot");
        var block = new JsonObject
        {
            ["blockhash"] = place.Hash, ["blockHeight"] = slot - 1000, ["blockTime"] = place.Time,
            ["parentSlot"] = place.ParentSlot, ["previousBlockhash"] = place.Parent
        };
        if (withSignatures) block["signatures"] = new JsonArray([.. transactions.Select(transaction => JsonValue.Create(transaction.Txid))]);
        answer["result"] = block;
        return answer;
    }

    // Any signature may be named by "before" and "until", whether it is the account's or not; of one that is not known nothing is listed.
    private static JsonObject Signatures(SolanaNetwork network, SolanaPlace tip, JsonObject answer, string account, JsonObject config, bool isEmpty)
    {
        var limit = Math.Min((int?)config["limit"] ?? MaxSignatures, MaxSignatures);
        var before = (string?)config["before"] is { } upper ? network.PlaceOf(upper) ?? -1 : int.MaxValue;
        var until = (string?)config["until"] is { } lower ? network.PlaceOf(lower) ?? -1 : -1;
        answer["result"] = new JsonArray([.. (isEmpty ? [] : network.Naming(account))
            .Where(transaction => transaction.Block.Slot <= tip.Slot && network.PlaceOf(transaction.Txid) < before
                && network.PlaceOf(transaction.Txid) > until).Take(limit)
            .Select(transaction => new JsonObject
            {
                ["signature"] = transaction.Txid, ["slot"] = transaction.Block.Slot, ["blockTime"] = transaction.Block.Time,
                    ["confirmationStatus"] = "finalized", ["memo"] = null,
                ["err"] = Error(transaction),
            })]);
        return answer;
    }

    private static JsonObject TokenAccount(SolanaNetwork network, SolanaHeld held)
    {
        var bytes = new byte[165];
        Base58.Bitcoin.Decode(held.Mint).CopyTo(bytes, 0);
        Base58.Bitcoin.Decode(held.Owner).CopyTo(bytes, 32);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(64), (ulong)held.Amount);
        bytes[108] = 1;
        return new JsonObject
        {
            ["pubkey"] = held.Account,
            ["account"] = new JsonObject
            {
                ["data"] = new JsonArray(Convert.ToBase64String(bytes), "base64"), ["executable"] = false,
                ["lamports"] = Number(network.BalanceOf(held.Account)), ["owner"] = held.Program,
                ["rentEpoch"] = ulong.MaxValue, ["space"] = bytes.Length,
            },
        };
    }

    private static JsonObject Transaction(PlacedSolana placed, bool isParsed)
    {
        var (content, meta) = (placed.Content, new JsonObject());
        var isLoaded = content.Versioned && !isParsed;
        var loaded = placed.Accounts.Skip(placed.Signers).ToList();
        (meta["err"], meta["fee"], meta["innerInstructions"], meta["logMessages"], meta["rewards"]) =
            (Error(placed), long.Parse(content.Fee, CultureInfo.InvariantCulture), new JsonArray(), new JsonArray(), new JsonArray());
        (meta["preBalances"], meta["postBalances"]) = (Numbers(placed.Before), Numbers(placed.After));
        (meta["preTokenBalances"], meta["postTokenBalances"]) = (Tokens(placed, placed.TokensBefore), Tokens(placed, placed.TokensAfter));
        if (!isParsed)
            meta["loadedAddresses"] = new JsonObject
            {
                ["writable"] = isLoaded ? Texts(loaded.Take(loaded.Count / 2)) : new JsonArray(),
                ["readonly"] = isLoaded ? Texts(loaded.Skip(loaded.Count / 2)) : new JsonArray()
            };
        var message = new JsonObject
        {
            ["accountKeys"] = isParsed
                ? new JsonArray([.. placed.Accounts.Index().Select(key =>
                    new JsonObject { ["pubkey"] = key.Item, ["signer"] = key.Index < placed.Signers, ["writable"] = true,
                        ["source"] = content.Versioned && key.Index >= placed.Signers ? "lookupTable" : "transaction" })])
                : Texts(isLoaded ? placed.Accounts.Take(placed.Signers) : placed.Accounts),
            ["instructions"] = new JsonArray([.. (content.Steps ?? []).Select(step => Instruction(placed, step, isParsed)).OfType<JsonObject>()]),
            ["recentBlockhash"] = placed.Block.Parent,
        };
        return new JsonObject
        {
            ["blockTime"] = placed.Block.Time, ["meta"] = meta, ["slot"] = placed.Block.Slot, ["version"] = content.Versioned ? 0 : "legacy",
            ["transaction"] = new JsonObject { ["message"] = message, ["signatures"] = new JsonArray(placed.Txid) },
        };
    }

    // As far as the owner of a token account is told by it.
    private static JsonObject? Instruction(PlacedSolana placed, SolanaStep step, bool isParsed)
    {
        if (step.Does is not (SolanaDoes.Open or SolanaDoes.Close) || step.Quiet) return null;
        var owner = step.Owner ?? step.By ?? placed.TokensBefore.First(held => held.Account == step.Account).Owner;
        if (isParsed)
        {
            return new JsonObject
            {
                ["program"] = "spl-token", ["programId"] = SolanaNetwork.TokenProgram,
                ["parsed"] = new JsonObject
                {
                    ["type"] = step.Does is SolanaDoes.Open ? "initializeAccount" : "closeAccount",
                    ["info"] = new JsonObject { ["account"] = step.Account, ["owner"] = owner }
                },
            };
        }

        var accounts = placed.Accounts.ToList();
        return new JsonObject
        {
            ["programIdIndex"] = accounts.IndexOf(SolanaNetwork.TokenProgram), ["data"] = step.Does is SolanaDoes.Open ? "2" : "A",
            ["stackHeight"] = null,
            ["accounts"] = new JsonArray(accounts.IndexOf(step.Account!), accounts.IndexOf(step.Mint ?? step.To!), accounts.IndexOf(owner)),
        };
    }

    private static JsonArray Tokens(PlacedSolana placed, IReadOnlyList<SolanaHeld> tokens) => new([.. tokens.Select(held =>
    {
        var told = new JsonObject
        {
            ["accountIndex"] = placed.Accounts.ToList().IndexOf(held.Account), ["mint"] = held.Mint, ["programId"] = held.Program,
            ["uiTokenAmount"] = new JsonObject { ["amount"] = SolanaNetwork.Text(held.Amount), ["decimals"] = 6, ["uiAmount"] = null,
                ["uiAmountString"] = "0" },
        };
        if (!placed.Content.Old) told["owner"] = held.Owner;
        return told;
    })]);

    private static JsonObject? Error(PlacedSolana placed) =>
        placed.Content.Failed ? new JsonObject { ["InstructionError"] = new JsonArray(0, new JsonObject { ["Custom"] = 1 }) } : null;

    private static JsonArray Numbers(IEnumerable<BigInteger> values) => new([.. values.Select(Number)]);

    private static JsonArray Texts(IEnumerable<string> values) => new([.. values.Select(value => JsonValue.Create(value))]);

    private static JsonValue Number(BigInteger value) => JsonValue.Create((ulong)value);

    private static JsonObject Told(JsonObject answer, SolanaPlace tip, JsonNode? value)
    {
        answer["result"] = new JsonObject { ["context"] = new JsonObject { ["apiVersion"] = "3.1.10", ["slot"] = tip.Slot }, ["value"] = value };
        return answer;
    }

    private static JsonObject Refuse(JsonObject answer, int code, string message)
    {
        answer["error"] = new JsonObject { ["code"] = code, ["message"] = message };
        return answer;
    }
}
