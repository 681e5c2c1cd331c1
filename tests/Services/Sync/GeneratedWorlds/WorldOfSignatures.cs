using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using SimpleBase;

namespace Services.Sync;

/// <summary>Worlds of an address of Solana, as a node tells them.</summary>
internal static class WorldOfSignatures
{
    public const string Network = "solana";
    private const long Tip = 300_000_000;
    private const long Fee = 5_000;
    private const long Riches = 1_000_000_000_000_000;
    private const string System = "11111111111111111111111111111111";

    private static readonly string Other = SolanaWorlds.Account("somebody else");

    public static ToldWorld Tell(World world, string me)
    {
        var (signatures, transactions, blocks) = (new JsonArray(), new JsonObject(), new JsonObject());
        var answers = new JsonObject
        {
            ["dialect"] = "solana", ["tipSlot"] = Tip, ["getTokenAccountsByOwner"] = new JsonObject(),
            ["getSignaturesForAddress"] = new JsonObject { [me] = signatures }, ["getTransaction"] = transactions, ["getBlock"] = blocks,
            ["getFirstAvailableBlock"] = 0,
        };
        var (told, slot) = (new ToldWorld(answers), Tip - 1 - world.Moves.Skip(1).Sum(move => move.Gap));
        foreach (var (n, move) in world.Moves.Index())
        {
            if (n > 0) slot += move.Gap;
            var before = (long)told.Native;
            var (signature, value) = (SignatureOf(me, n), (move.Amount * 1_000_000L) + n);
            var isSent = move.Kind % 3 != 0 && before > 2_000_000;
            if (isSent) value = before * (1 + (move.Amount % 8)) / 10;
            var delta = isSent ? -value - Fee : value;
            told.With(signature, slot, delta);
            signatures.Insert(0, new JsonObject
            {
                ["signature"] = signature, ["slot"] = slot, ["err"] = null, ["memo"] = null, ["blockTime"] = TimeOf(slot),
                ["confirmationStatus"] = "finalized",
            });
            transactions[signature] = new JsonObject
            {
                ["slot"] = slot, ["blockTime"] = TimeOf(slot), ["version"] = "legacy",
                ["meta"] = new JsonObject
                {
                    ["err"] = null, ["fee"] = Fee, ["innerInstructions"] = new JsonArray(), ["logMessages"] = new JsonArray(),
                    ["loadedAddresses"] = new JsonObject { ["readonly"] = new JsonArray(), ["writable"] = new JsonArray() },
                    ["rewards"] = new JsonArray(), ["preTokenBalances"] = new JsonArray(), ["postTokenBalances"] = new JsonArray(),
                    ["preBalances"] = isSent ? new JsonArray(before, Riches, 1) : new JsonArray(Riches, before, 1),
                    ["postBalances"] = isSent ? new JsonArray(before + delta, Riches + value, 1)
                        : new JsonArray(Riches - value - Fee, before + delta, 1),
                    ["status"] = new JsonObject { ["Ok"] = null },
                },
                ["transaction"] = new JsonObject
                {
                    ["signatures"] = new JsonArray(signature),
                    ["message"] = new JsonObject
                    {
                        ["accountKeys"] = isSent ? new JsonArray(me, Other, System) : new JsonArray(Other, me, System),
                        ["header"] = new JsonObject
                        {
                            ["numReadonlySignedAccounts"] = 0, ["numReadonlyUnsignedAccounts"] = 1, ["numRequiredSignatures"] = 1,
                        },
                        ["instructions"] = new JsonArray(), ["recentBlockhash"] = Key(32, "recent"),
                    },
                },
            };
            var block = blocks[$"{slot}"]?.AsObject()
                ?? new JsonObject { ["blockhash"] = Key(32, $"block {slot}"), ["blockTime"] = TimeOf(slot), ["signatures"] = new JsonArray() };
            block["signatures"]!.AsArray().Add(signature);
            blocks[$"{slot}"] = block;
        }

        answers["getBalance"] = (long)told.Native;
        return told;
    }

    public static void Spoil(JsonObject answers, Lie lie)
    {
        var list = answers["getSignaturesForAddress"]!.AsObject().First().Value!.AsArray();
        if (World.Spoil(list, lie, row => long.TryParse($"{row["slot"]}", out var slot) ? slot : 0) || list.Count == 0) return;
        var row = list[lie.At % list.Count]!.AsObject();
        var transaction = answers["getTransaction"]![(string)row["signature"]!]?.AsObject();
        var meta = transaction?["meta"]?.AsObject();
        var post = meta?["postBalances"]?.AsArray();
        switch (lie.Kind, lie.How % 6)
        {
            case (LieKind.Retyped, 0 or 1) when post is not null:
                post[0] = (long)post[0]! + lie.Off;
                post[1] = (long)post[1]! - lie.Off;
                break;
            case (LieKind.Retyped, 2): row["slot"] = $"{row["slot"]}"; break;
            case (LieKind.Retyped, 3): row["blockTime"] = null; break;
            case (LieKind.Retyped, 4) when transaction is not null: transaction["version"] = 7; break;
            case (LieKind.Retyped, _): row["err"] = new JsonObject { ["InstructionError"] = new JsonArray(0, "GenericError") }; break;
            case (_, 0): transaction?.Remove("meta"); break;
            case (_, 1): transaction?.Remove("blockTime"); break;
            case (_, 2): meta?.Remove("postBalances"); break;
            case (_, 3): meta?.Remove("fee"); break;
            case (_, 4): row.Remove("slot"); break;
            default: answers["getTransaction"]!.AsObject().Remove((string)row["signature"]!); break;
        }
    }

    private static long TimeOf(long slot) => 1_700_000_000 + (slot - 250_000_000);

    private static string SignatureOf(string me, int n) => Base58.Bitcoin.Encode(SHA512.HashData(Encoding.UTF8.GetBytes($"{me} {n}")));

    private static string Key(int length, string name) => Base58.Bitcoin.Encode(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, length));
}
