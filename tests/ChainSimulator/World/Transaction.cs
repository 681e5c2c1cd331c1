using System.Text.Json;

namespace ChainSimulator.World;

/// <summary>An output by the transaction that made it and its place there.</summary>
public readonly record struct Outpoint(Hash256 Txid, int Vout);

/// <summary>An input that spends a coin of a party whose history the world keeps; the value in satoshis.</summary>
public readonly record struct Spend(int Position, Party Party, Outpoint Coin, long Value);

/// <summary>An output to a party whose history the world keeps; the value in satoshis.</summary>
public readonly record struct Receipt(int Vout, Party Party, long Value);

/// <summary>A transaction never changes; where it stands is the chain's knowledge.</summary>
public abstract class Transaction(Hash256 id, long fee, Spend[] spends, Receipt[] receipts)
{
    public Hash256 Id { get; } = id;

    /// <summary>In satoshis; 0 for a coinbase.</summary>
    public long Fee { get; } = fee;

    public IReadOnlyList<Spend> Spends => spends;

    public IReadOnlyList<Receipt> Receipts => receipts;

    public virtual bool IsCoinbase => false;

    /// <summary>All that it spends, also of those whose histories are not kept; read from what it shows the first time it is asked.</summary>
    internal IReadOnlySet<Outpoint> Inputs => inputs ??= InputsShown();

    private HashSet<Outpoint>? inputs;

    internal ReadOnlySpan<Spend> SpendSpan => spends;

    internal ReadOnlySpan<Receipt> ReceiptSpan => receipts;

    /// <summary>What the transaction changes for the party, in satoshis.</summary>
    public long Delta(Party party)
    {
        var delta = 0L;
        foreach (var receipt in receipts) if (receipt.Party == party) delta += receipt.Value;
        foreach (var spend in spends) if (spend.Party == party) delta -= spend.Value;
        return delta;
    }

    private HashSet<Outpoint> InputsShown()
    {
        if (IsCoinbase) return [];
        using var json = new Utf8Buffer();
        WriteFacts(json);
        json.Raw("}"u8);
        using var shown = JsonDocument.Parse(json.Written);
        return [.. shown.RootElement.GetProperty("vin").EnumerateArray()
            .Select(input => new Outpoint(Hash256.Parse(input.GetProperty("txid").GetString()), input.GetProperty("vout").GetInt32()))];
    }

    internal bool SpendsFrom(Party party)
    {
        foreach (var spend in spends) if (spend.Party == party) return true;
        return false;
    }

    /// <summary>Esplora's JSON up to, not including, the status, which depends on the chain.</summary>
    internal abstract void WriteFacts(Utf8Buffer json);
}
