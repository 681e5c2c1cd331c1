using System.Text.Json;

namespace Sync.Chains.Solana;

/// <summary>
/// What instructions say of who owns a token account. Token balances name the owner today; in transactions from before
/// nodes did, only the making and closing of an account tells it.
/// </summary>
internal static class SolanaInstructions
{
    private const int Deepest = 5;

    /// <summary>Accounts of tokens and their owners, as far as instructions name both; in either encoding, inner ones too.</summary>
    public static IReadOnlyList<(string Account, string Owner)> Owners(JsonElement message, JsonElement meta, IReadOnlyList<string> accounts)
    {
        var owners = new List<(string, string)>();
        foreach (var instruction in All(message, meta))
        {
            if ((instruction.TryGetProperty("parsed", out var parsed) ? OfParsed(parsed) : OfRaw(instruction, accounts)) is var (account, owner))
                owners.Add((account, owner));
        }

        return owners;
    }

    private static IEnumerable<JsonElement> All(JsonElement message, JsonElement meta)
    {
        foreach (var instruction in List(message, "instructions")) yield return instruction;
        foreach (var instruction in List(meta, "innerInstructions").SelectMany(inner => List(inner, "instructions"))) yield return instruction;
    }

    private static JsonElement.ArrayEnumerator List(JsonElement of, string name) =>
        of.ValueKind is JsonValueKind.Object && of.TryGetProperty(name, out var list) && list.ValueKind is JsonValueKind.Array
            ? list.EnumerateArray() : default;

    private static (string, string)? OfParsed(JsonElement parsed)
    {
        if (parsed.ValueKind is not JsonValueKind.Object || Text(parsed, "type") is not { } type || !parsed.TryGetProperty("info", out var info))
            return null;
        var owner = type switch
        {
            "create" or "createIdempotent" => Text(info, "wallet"),
            "initializeAccount" or "initializeAccount2" or "initializeAccount3" or "closeAccount" => Text(info, "owner"),
            _ => null,
        };
        return owner is not null && Text(info, "account") is { } account ? (account, owner) : null;
    }

    // Token program: 1 makes an account (account, mint, owner), 9 closes one (account, destination, owner), each named by the
    // first byte of the data. Program of associated accounts: payer, account, owner; no data, or 0 or 1.
    private static (string, string)? OfRaw(JsonElement instruction, IReadOnlyList<string> accounts)
    {
        if (!instruction.TryGetProperty("programIdIndex", out var program) || program.ValueKind is not JsonValueKind.Number
            || At(program) is not { } name
            || List(instruction, "accounts").Take(Deepest).Where(index => index.ValueKind is JsonValueKind.Number).Select(At)
                .ToList() is not [{ } first, { } second, { } third, ..])
            return null;
        var data = Text(instruction, "data") ?? "";
        if (name == SolanaRules.AssociatedAccounts) return data is "" or "1" or "2" ? (second, third) : null;
        // One byte in Base58: 1 is "2", 9 is "A".
        return SolanaRules.TokenPrograms.Contains(name) && data is "2" or "A" ? (first, third) : null;

        string? At(JsonElement index) => index.TryGetInt32(out var i) && i >= 0 && i < accounts.Count ? accounts[i] : null;
    }

    private static string? Text(JsonElement of, string name) =>
        of.ValueKind is JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String
            ? value.GetString() : null;
}
