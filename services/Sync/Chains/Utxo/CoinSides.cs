using System.Numerics;
using Chains;

namespace Sync.Chains.Utxo;

/// <summary>Adds up a transaction as it concerns one script: an address is its script, whatever a provider calls it.</summary>
internal sealed class CoinSides(Network network, string script, int inputs, int outputs, Func<string, ProviderException> bad)
{
    private readonly List<ChainParty> from = new(inputs);
    private readonly List<ChainParty> to = new(outputs);
    private Int128 delta;
    private Int128 sumIn;
    private Int128 sumOut;
    private bool mine;

    public void Spends(string of, string? address, long value)
    {
        Add(from, address, value);
        sumIn += value;
        if (of == script) (delta, mine) = (delta - value, true);
    }

    public void Receives(string by, string? address, long value)
    {
        Add(to, address, value);
        sumOut += value;
        if (by == script) (delta, mine) = (delta + value, true);
    }

    /// <exception cref="ProviderException">The transaction does not touch the script, or its parts do not add up.</exception>
    public ChainTransaction Of(string txid, long height, string? block, long time, long fee, bool coinbase)
    {
        var at = UtxoRules.TimeOf(time, bad);
        if (!mine) throw bad($"lists {txid}, which does not touch the address");
        if (!coinbase && (fee < 0 || fee != sumIn - sumOut)) throw bad($"names a fee of {txid} that its inputs and outputs do not leave");
        return new ChainTransaction(
            txid, height, block, at, BlockPosition: null, coinbase ? 0 : fee, new Amount((BigInteger)delta), from, to, coinbase);
    }

    private void Add(List<ChainParty> side, string? address, long value)
    {
        UtxoRules.CheckValue(network, value, bad);
        UtxoRules.CheckAddress(address, bad);
        side.Add(new ChainParty(address, value));
    }
}
