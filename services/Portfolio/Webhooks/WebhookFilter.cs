using System.Numerics;
using Portfolio.Feed;
using Portfolio.Transactions;

namespace Portfolio.Webhooks;

/// <summary>Which messages an endpoint wants; whatever is not named is wanted.</summary>
internal sealed record WebhookFilter(
    IReadOnlyList<string>? Types, IReadOnlyList<Guid>? Wallets, IReadOnlyDictionary<string, BigInteger> Minimums, int Confirmations,
    string? Direction = null)
{
    /// <summary>
    /// Whether a message is wanted. Amounts, confirmations and directions are compared where the message has any; one that takes something
    /// back is never too small, since what it takes back may have been sent.
    /// </summary>
    public bool Wants(string type, FeedMessage message)
    {
        if (Types is { } types && !types.Contains(type)) return false;
        if (Wallets is { } wallets && (message.WalletId is not { } wallet || !wallets.Contains(wallet))) return false;
        if (Direction is { } direction && DirectionOf(message) is { } told && told != direction) return false;
        return message switch
        {
            FeedMessage.DepositOrphaned or FeedMessage.DepositReplaced or FeedMessage.DepositDropped => true,
            // A deposit is complete at its own depth, whatever an endpoint waits for between.
            FeedMessage.ConfirmationUpdate update => IsLarge(update) && update.Confirmations >= Confirmations,
            DepositMessage deposit => IsLarge(deposit),
            _ => true,
        };
    }

    private static string? DirectionOf(FeedMessage message) => message switch
    {
        DepositMessage => Directions.In,
        FeedMessage.BalanceChanged balance => balance.Direction,
        _ => null,
    };

    private bool IsLarge(DepositMessage deposit) =>
        !Minimums.TryGetValue(deposit.Asset, out var least) || deposit.Amount is not { } amount || amount.Amount.Value >= least;
}
