using Chains;

namespace Sync.Chains.Evm;

/// <summary>
/// What the node adds to a transaction that the account sent: all that it cost of the native coin, what it minted, what it cost of
/// another currency, and its logs. A fee is null where it is not known better than by the list.
/// </summary>
internal sealed record EvmCost(
    Amount? Fee, Amount Minted, string? Currency = null, Amount InCurrency = default, IReadOnlyList<EvmLog>? Logs = null);

/// <summary>What transactions cost by their receipts; the transactions themselves are asked where a receipt leaves it to them.</summary>
internal static class EvmCosts
{
    public static async Task<IReadOnlyDictionary<string, EvmCost>> OfAsync(
        IEvmNode node, IReadOnlyCollection<EvmRow.Sent> sent, IReadOnlyDictionary<string, EvmReceipt> receipts, CancellationToken ct)
    {
        var known = sent.Where(row => receipts.ContainsKey(row.Txid)).ToList();
        var open = known.Where(row => LeavesOpen(row, receipts[row.Txid])).Select(row => row.Txid).ToList();
        var transactions = open.Count == 0 ? new Dictionary<string, EvmEnvelope>() : await node.TransactionsAsync(open, ct);
        return known.ToDictionary(row => row.Txid, row => Of(row, receipts[row.Txid], transactions.GetValueOrDefault(row.Txid)));
    }

    private static bool LeavesOpen(EvmRow.Sent row, EvmReceipt receipt) => receipt.Type is EvmReceipt.OpDeposit
        || (receipt.MayNameCurrency && receipt.FeeCurrency is null) || (receipt.Price is null && row.Fee is null && !receipt.IsDeposit);

    private static EvmCost Of(EvmRow.Sent row, EvmReceipt receipt, EvmEnvelope? transaction)
    {
        var minted = receipt.Type is EvmReceipt.ArbitrumDeposit ? row.Value : transaction?.Minted ?? Amount.Zero;
        if (receipt.IsDeposit) return new EvmCost(Amount.Zero, minted, Logs: receipt.Logs);
        // What stands in the list is gas × price, too.
        var fee = (receipt.Price ?? transaction?.Price) is { } price ? receipt.FeeAt(price) : row.Fee + receipt.Besides;
        return (receipt.FeeCurrency ?? transaction?.FeeCurrency ?? row.FeeCurrency) is { } currency && fee is { } paid
            ? new EvmCost(receipt.Besides, minted, currency, paid - receipt.Besides, receipt.Logs)
            : new EvmCost(fee, minted, Logs: receipt.Logs);
    }
}
