using System.Text.Json;
using Chains;

namespace Sync.Chains.Solana;

/// <summary>What a token account held before or after a transaction. The owner is null in the oldest transactions; the decimals are the
/// mint's, null where they are not told.</summary>
internal sealed record SolanaTokens(string Account, string Mint, string? Owner, ulong Amount, int? Decimals);

/// <summary>
/// A transaction as its meta data tell what it did: the lamports of every account before and after, and the tokens of every
/// token account. <c>Payer</c> is the first account, who pays the fee, whatever becomes of the rest.
/// </summary>
internal sealed record SolanaTransaction(
    string Txid, long Slot, DateTimeOffset? Time, bool Failed, Amount Fee, IReadOnlyList<string> Accounts, IReadOnlyList<ulong> Before,
    IReadOnlyList<ulong> After,
    IReadOnlyList<SolanaTokens> TokensBefore, IReadOnlyList<SolanaTokens> TokensAfter, IReadOnlyList<(string Account, string Owner)> Named)
{
    public string Payer => Accounts[0];

    public int IndexOf(string account) =>
        Accounts.Index().Where(entry => entry.Item == account).Select(entry => (int?)entry.Index).FirstOrDefault() ?? -1;

    /// <summary>The change of each account's lamports, fee included.</summary>
    public Amount DeltaAt(int index) => (Amount)After[index] - Before[index];
}

/// <summary>
/// Reads answers to getTransaction in the encodings json and jsonParsed, legacy and version 0. Nothing is believed: accounts,
/// signatures, numbers of 64 bits, and that no lamport came or went but the fee (and rent, where old transactions name it).
/// </summary>
internal sealed class SolanaTransactionReader(string provider)
{
    /// <summary>The transaction that was asked for; null where the provider does not tell it (yet).</summary>
    public SolanaTransaction? Read(JsonElement told, string txid)
    {
        if (told.ValueKind is JsonValueKind.Null) return null;
        try
        {
            return ReadTold(told, txid);
        }
        catch (Exception e) when (e is InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new ProviderException(ProviderFailure.BadAnswer, provider, $"answers a transaction {txid} that cannot be read", inner: e);
        }
    }

    private SolanaTransaction ReadTold(JsonElement told, string txid)
    {
        if (told.TryGetProperty("version", out var version) && version.ValueKind is not JsonValueKind.Null
            && !(version.ValueKind is JsonValueKind.String && version.GetString() == "legacy")
            && !(version.ValueKind is JsonValueKind.Number && version.GetInt64() == 0))
            throw new ProviderException(ProviderFailure.OutOfReach, provider, $"tells {txid} in a version that is not read here");

        var (transaction, meta) = (told.GetProperty("transaction"), told.GetProperty("meta"));
        if (meta.ValueKind is JsonValueKind.Null) throw Bad($"does not tell what {txid} did");
        var message = transaction.GetProperty("message");
        var signatures = transaction.GetProperty("signatures");
        if (signatures.GetArrayLength() == 0 || signatures[0].GetString() != txid) throw Bad("answers another transaction than was asked for");
        var slot = told.GetProperty("slot").GetInt64();
        if (slot is < 0 or > SolanaRules.MaxSlot) throw Bad($"names a slot of {txid} that is none");

        var accounts = AccountsOf(message, meta);
        if (accounts.Count == 0 || accounts.Exists(account => !SolanaAddresses.IsAccount(account)) || accounts.Distinct().Count() != accounts.Count)
            throw Bad($"names accounts of {txid} that cannot be");
        var (before, after) = (Lamports(meta, "preBalances"), Lamports(meta, "postBalances"));
        if (before.Length != accounts.Count || after.Length != accounts.Count) throw Bad($"does not tell the balance of every account of {txid}");
        var fee = meta.GetProperty("fee").GetUInt64();
        // Rent, which accounts paid in transactions once, is named as a negative reward; in the oldest ones it is only missing.
        var conserved = Sum(before) + Rewards(meta) - Sum(after) - fee;
        var isRent = conserved > 0 && slot < SolanaRules.RentTakenUntil && Rewards(meta) == 0
            && conserved <= (Int128)SolanaRules.MostRent * accounts.Count;
        if (conserved != 0 && !isRent) throw Bad($"tells {txid} with {conserved} lamports too {(conserved > 0 ? "few" : "many")} after it");

        return new SolanaTransaction(
            txid, slot, TimeOf(told), meta.TryGetProperty("err", out var error) && error.ValueKind is not JsonValueKind.Null, fee, accounts, before,
            after,
            TokensOf(meta, "preTokenBalances", accounts, txid), TokensOf(meta, "postTokenBalances", accounts, txid),
            SolanaInstructions.Owners(message, meta, accounts));
    }

    /// <summary>A time in seconds; null where none is told.</summary>
    public DateTimeOffset? TimeOf(JsonElement of)
    {
        if (!of.TryGetProperty("blockTime", out var time) || time.ValueKind is JsonValueKind.Null) return null;
        return time.ValueKind is JsonValueKind.Number && time.TryGetInt64(out var seconds) && seconds is > 0 and <= 7_000_000_000
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : throw Bad("names a block time that is none");
    }

    // json: texts, and after them those from look-up tables; jsonParsed: objects, all of them.
    private static List<string> AccountsOf(JsonElement message, JsonElement meta)
    {
        var keys = message.GetProperty("accountKeys");
        if (keys.GetArrayLength() > 0 && keys[0].ValueKind is JsonValueKind.Object)
            return [.. keys.EnumerateArray().Select(key => key.GetProperty("pubkey").GetString()!)];
        var accounts = keys.EnumerateArray().Select(key => key.GetString()!).ToList();
        if (!meta.TryGetProperty("loadedAddresses", out var loaded) || loaded.ValueKind is not JsonValueKind.Object) return accounts;
        foreach (var kind in (string[])["writable", "readonly"])
            accounts.AddRange(loaded.GetProperty(kind).EnumerateArray().Select(key => key.GetString()!));
        return accounts;
    }

    private static ulong[] Lamports(JsonElement meta, string name) => [.. meta.GetProperty(name).EnumerateArray().Select(value => value.GetUInt64())];

    private static Int128 Sum(ulong[] lamports) => lamports.Aggregate(Int128.Zero, (sum, value) => sum + value);

    private static Int128 Rewards(JsonElement meta) => meta.TryGetProperty("rewards", out var rewards) && rewards.ValueKind is JsonValueKind.Array
        ? rewards.EnumerateArray().Aggregate(Int128.Zero, (sum, reward) => sum + reward.GetProperty("lamports").GetInt64())
        : Int128.Zero;

    private List<SolanaTokens> TokensOf(JsonElement meta, string name, List<string> accounts, string txid)
    {
        if (!meta.TryGetProperty(name, out var list) || list.ValueKind is not JsonValueKind.Array) return [];
        var tokens = new List<SolanaTokens>();
        foreach (var entry in list.EnumerateArray())
        {
            var index = entry.GetProperty("accountIndex").GetInt32();
            var told = entry.GetProperty("uiTokenAmount");
            var (mint, owner) = (entry.GetProperty("mint").GetString(), entry.TryGetProperty("owner", out var named) ? named.GetString() : null);
            if (index < 0 || index >= accounts.Count || !SolanaAddresses.IsAccount(mint) || (owner is not null && !SolanaAddresses.IsAccount(owner))
                || !ulong.TryParse(told.GetProperty("amount").GetString(), System.Globalization.NumberStyles.None,
                    System.Globalization.CultureInfo.InvariantCulture, out var amount)
                || tokens.Exists(other => other.Account == accounts[index]))
                throw Bad($"tells tokens of {txid} that cannot be");
            tokens.Add(new SolanaTokens(accounts[index], mint!, owner, amount, DecimalsOf(told)));
        }

        return tokens;
    }

    // Only what is shown depends on it.
    private static int? DecimalsOf(JsonElement told) =>
        told.TryGetProperty("decimals", out var decimals) && decimals.ValueKind is JsonValueKind.Number && decimals.TryGetByte(out var value)
            ? value : null;

    private ProviderException Bad(string reason) => new(ProviderFailure.BadAnswer, provider, reason);
}
