using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace Portfolio.Webhooks;

/// <summary>Which messages an endpoint wants; whatever is not named is wanted.</summary>
internal sealed record WebhookFilter(
    IReadOnlyList<string>? Types, IReadOnlyList<Guid>? Wallets, IReadOnlyDictionary<string, BigInteger> Minimums, int Confirmations)
{
    /// <summary>
    /// Whether a message is wanted. Amounts and confirmations are compared where the message has any; one that takes something back is never
    /// too small, since what it takes back may have been sent.
    /// </summary>
    public bool Wants(string type, Guid? walletId, JsonElement data)
    {
        if (Types is { } types && !types.Contains(type)) return false;
        if (Wallets is { } wallets && (walletId is not { } wallet || !wallets.Contains(wallet))) return false;
        if (TakesBack(type)) return true;
        if (data.ValueKind is not JsonValueKind.Object) return true;
        return IsLarge(data) && IsDeep(type, data);
    }

    private static bool TakesBack(string type) => type is "deposit_orphaned" or "deposit_replaced" or "deposit_dropped";

    private bool IsLarge(JsonElement data) =>
        Minimums.Count == 0
        || !data.TryGetProperty("asset", out var asset) || asset.GetString() is not { } name || !Minimums.TryGetValue(name, out var least)
        || !data.TryGetProperty("amount", out var amount) || AmountOf(amount) is not { } value || value >= least;

    // A deposit is complete at its own depth, whatever an endpoint waits for between.
    private bool IsDeep(string type, JsonElement data) =>
        type is not "confirmation_update" || !data.TryGetProperty("confirmations", out var confirmations)
        || confirmations.GetInt64() >= Confirmations;

    private static BigInteger? AmountOf(JsonElement amount)
    {
        var text = amount.ValueKind is JsonValueKind.Object && amount.TryGetProperty("amount", out var inner) ? inner : amount;
        return text.ValueKind is JsonValueKind.String
            && BigInteger.TryParse(text.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;
    }
}
