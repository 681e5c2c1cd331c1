using Chains;

namespace Sync.Chains.Utxo;

/// <summary>
/// What transactions spend. Newer nodes tell it with the transaction or block (Bitcoin Core from 23 and 25); of older ones the transactions
/// that made the coins are asked for, which needs their <c>txindex</c>.
/// </summary>
internal sealed class CoreSpent(Network network, string provider, CoreRpc rpc)
{
    /// <summary>Whether the node tells what a block spends with the block, as far as is known yet.</summary>
    public bool IsTold { get; private set; } = true;

    /// <summary>The coins that transactions in blocks spend.</summary>
    /// <exception cref="ProviderException">The node does not tell of one.</exception>
    public async Task<IReadOnlyDictionary<(string Txid, int Number), CoreOutput>> OfAsync(
        IReadOnlyList<CoreTransaction> transactions, CancellationToken ct)
    {
        var (coins, missing) = Told(transactions);
        if (missing.Count == 0) return coins;
        IsTold = false;
        var made = await MadeAsync([.. missing.Select(coin => coin.Txid).Distinct()], ct);
        // Made and spent in one block: what is told of that block is at hand.
        foreach (var transaction in transactions.Where(transaction => !made.ContainsKey(transaction.Txid))) made[transaction.Txid] = transaction;
        foreach (var coin in missing)
        {
            coins[coin] = made.TryGetValue(coin.Txid, out var maker) ? OutputOf(maker, coin.Number)
                : throw new ProviderException(ProviderFailure.OutOfReach, provider,
                    $"does not tell what is spent: {coin.Txid} is not known to it (it needs txindex=1, or Bitcoin Core from version 25)");
        }

        return coins;
    }

    /// <summary>The coins that transactions spend which wait for a block; without those that are told of no more.</summary>
    public async Task<IReadOnlyDictionary<(string Txid, int Number), CoreOutput>> OfWaitingAsync(
        IReadOnlyList<CoreTransaction> transactions, CancellationToken ct)
    {
        var (coins, missing) = Told(transactions);
        var told = await rpc.ManyAsync(
            [.. missing.Select(coin => new RpcQuestion("gettxout", coin.Txid, coin.Number, false))], "coin", CoreJson.Default.CoreOutput, ct);
        foreach (var (coin, output) in missing.Zip(told))
            if (output is not null) coins[coin] = Checked(output, coin.Txid);
        // The others are made by what waits itself.
        var waiting = missing.Where(coin => !coins.ContainsKey(coin)).ToList();
        var made = await MadeAsync([.. waiting.Select(coin => coin.Txid).Distinct()], ct);
        foreach (var coin in waiting)
            if (made.TryGetValue(coin.Txid, out var maker)) coins[coin] = OutputOf(maker, coin.Number);
        return coins;
    }

    /// <summary>A coin as it is kept: <c>txid:vout</c>.</summary>
    public static (string Txid, int Number) Parse(string coin)
    {
        var at = coin.LastIndexOf(':');
        return (coin[..at], int.Parse(coin.AsSpan(at + 1), System.Globalization.CultureInfo.InvariantCulture));
    }

    private (Dictionary<(string, int), CoreOutput> Coins, List<(string Txid, int Number)> Missing) Told(IReadOnlyList<CoreTransaction> transactions)
    {
        var (coins, missing) = (new Dictionary<(string, int), CoreOutput>(), new HashSet<(string, int)>());
        foreach (var transaction in transactions)
        {
            if (!transaction.IsPossible) throw Bad(transaction.Txid);
            foreach (var input in transaction.Vin)
            {
                if (input.IsMweb || input.Coinbase is not null) continue;
                if (input is not { Txid: { } txid, Vout: >= 0 and var number } || !UtxoRules.IsHash(txid)) throw Bad(transaction.Txid);
                if (input.Prevout is { } told) coins[(txid, number)] = Checked(told, txid);
                else missing.Add((txid, number));
            }
        }

        return (coins, [.. missing]);
    }

    private async Task<Dictionary<string, CoreTransaction>> MadeAsync(IReadOnlyList<string> txids, CancellationToken ct)
    {
        var told = await rpc.ManyAsync(
            [.. txids.Select(txid => new RpcQuestion("getrawtransaction", txid, true))], "transaction", CoreJson.Default.CoreTransaction, ct);
        return told.OfType<CoreTransaction>().DistinctBy(transaction => transaction.Txid).ToDictionary(transaction => transaction.Txid);
    }

    private CoreOutput OutputOf(CoreTransaction maker, int number) =>
        maker.Vout.FirstOrDefault(output => output?.Number == number && !output.IsMweb) is { } output
            ? Checked(output, maker.Txid) : throw Bad(maker.Txid);

    private CoreOutput Checked(CoreOutput output, string txid)
    {
        if (output is not { Value: { } value, ScriptPubKey: not null }) throw Bad(txid);
        UtxoRules.CheckValue(network, value, reason => new(ProviderFailure.BadAnswer, provider, reason));
        return output;
    }

    private ProviderException Bad(string txid) => new(ProviderFailure.BadAnswer, provider, $"tells {txid} in a way that cannot be");
}
