using ChainSimulator.Script;

namespace ChainSimulator.World;

public sealed partial class SimulatedNetwork
{
    private GivenTransaction ExactlyAs(ExactTransaction request)
    {
        var fee = request.From.Sum(side => side.Value) - request.To.Sum(side => side.Value);
        if (fee < 0) throw new ScriptException($"The outputs have {-fee} satoshis more than the inputs.");
        var id = maker.NextId();
        List<Spend> spends = [];
        var inputs = new (Party, Outpoint, long)[request.From.Count];
        for (var i = 0; i < inputs.Length; i++)
        {
            var (party, value) = (parties.Get(request.From[i].Address), request.From[i].Value);
            var coin = new Outpoint(Hash256.Of(id.D, 5, (ulong)i), 0);
            if (chain.HistoryOf(party) is { } history)
            {
                coin = CoinOf(history, value, spends);
                spends.Add(new(i, party, coin, value));
            }

            inputs[i] = (party, coin, value);
        }

        List<Receipt> receipts = [];
        var outputs = new (Party, long)[request.To.Count];
        for (var i = 0; i < outputs.Length; i++)
        {
            var party = parties.Get(request.To[i].Address);
            if (chain.HistoryOf(party) is not null) receipts.Add(new(i, party, request.To[i].Value));
            outputs[i] = (party, request.To[i].Value);
        }

        return new(id, fee, [.. spends], [.. receipts], inputs, outputs);
    }

    private static Outpoint CoinOf(History history, long value, List<Spend> taken)
    {
        for (var i = 0; i < history.Coins.Count; i++)
        {
            var coin = history.Coins[i];
            if (coin.Value == value && !taken.Exists(spend => spend.Coin == coin.Outpoint)) return coin.Outpoint;
        }

        throw new ScriptException($"{history.Party} has no unspent output of {value} satoshis.");
    }
}
