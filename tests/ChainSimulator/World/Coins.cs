namespace ChainSimulator.World;

/// <summary>An unspent output; the value in satoshis.</summary>
public readonly record struct Coin(Outpoint Outpoint, long Value);

/// <summary>The unspent outputs of one party, the mempool's included, in an order that only the script decides.</summary>
internal sealed class Coins
{
    private readonly List<Coin> coins;
    private readonly Dictionary<Outpoint, int> places;

    public Coins() => (coins, places) = ([], []);

    private Coins(Coins other) => (coins, places) = ([.. other.coins], new(other.places));

    public int Count => coins.Count;

    public Coin this[int index] => coins[index];

    public bool Contains(Outpoint coin) => places.ContainsKey(coin);

    public void Add(Outpoint outpoint, long value)
    {
        if (places.TryAdd(outpoint, coins.Count)) coins.Add(new(outpoint, value));
    }

    public void Remove(Outpoint outpoint)
    {
        if (!places.Remove(outpoint, out var place)) return;
        var last = coins[^1];
        coins.RemoveAt(coins.Count - 1);
        if (last.Outpoint == outpoint) return;
        coins[place] = last;
        places[last.Outpoint] = place;
    }

    public Coins Copy() => new(this);
}
