using Chains;
using ChainSimulator.Script;

namespace ChainSimulator.World;

/// <summary>
/// One network of the world and the script's commands on it. The same seed and commands give the same chain, to the byte;
/// commands and reads may come from any thread.
/// </summary>
public sealed partial class SimulatedNetwork
{
    /// <summary>Seconds between blocks that are mined without a time of their own.</summary>
    public const int BlockSeconds = 600;

    private readonly Lock gate = new();
    private readonly NetworkCatalogue catalogue;
    private readonly ulong seed;
    private readonly Parties parties;
    private readonly TransactionMaker maker;
    private readonly HashSet<Hash256> held = [];
    private Chain chain = new();
    private ulong commands;
    private ulong blocksMade;

    internal SimulatedNetwork(NetworkCatalogue catalogue, Network network, ulong worldSeed, int height, DateTimeOffset start)
    {
        (this.catalogue, Network) = (catalogue, network);
        seed = Hash256.Of(worldSeed, 0, (ulong)catalogue.All.IndexOf(network)).D;
        parties = new(network, seed);
        maker = new(seed, new OutsideParties(network, seed));
        Hash256? before = height == 0 ? null : Hash256.Of(seed, 4, 0).AsBlockHash();
        chain.Append(new(height, NextBlockHash(), before, start.ToUnixTimeSeconds(), [maker.Coinbase(height, null)]));
    }

    public Network Network { get; }

    /// <summary>The chain's end and how many transactions wait in the mempool.</summary>
    public TipState Tip
    {
        get
        {
            lock (gate) return new(chain.Tip.Height, chain.Tip.Hash.ToString(), chain.Mempool.Count);
        }
    }

    /// <summary>Null when the world keeps nothing of the address.</summary>
    public Truth? TruthOf(string address)
    {
        lock (gate)
        {
            if (parties.Find(address) is not { } party || chain.HistoryOf(party) is not { } history) return null;
            var lines = new (Transaction, Block)[history.Count];
            for (var i = 0; i < lines.Length; i++) lines[i] = (history[i], chain.BlockAt(history.HeightAt(i))!);
            return new(party, chain.Tip, history.TotalsAt(history.Count), lines);
        }
    }

    /// <summary>Reads what a node sees that lags some blocks behind, or that stopped at an earlier state.</summary>
    internal T Read<T>(Chain? stopped, int lag, Func<NodeView, T> read)
    {
        lock (gate)
        {
            var seen = stopped ?? chain;
            return read(new(seen, Math.Max(seen.BaseHeight, seen.Tip.Height - lag)));
        }
    }

    /// <summary>The chain as it is now; it does not follow later commands.</summary>
    internal Chain Snapshot()
    {
        lock (gate) return chain.Copy();
    }

    /// <summary>The address this text is, or what is wrong with it.</summary>
    internal ParsedAddress Parse(string text) => catalogue.Parse(Network, text);

    internal Party? FindParty(string address) => parties.Find(address);

    /// <summary>Transactions that never happened, for a provider that invents them.</summary>
    internal List<Placed> Invent(Party party, int count)
    {
        lock (gate)
        {
            var random = new Randomness(Randomness.Mix(seed + ++commands));
            List<Placed> invented = [];
            for (var i = 0; i < count; i++) invented.Add(new(maker.Credit(party, Profile.Small, ref random), chain.BlockAt(chain.BaseHeight)));
            return invented;
        }
    }

    private Hash256 NextBlockHash() => Hash256.Of(seed, 2, blocksMade++).AsBlockHash();

    private Randomness RandomnessFor(ulong? commandSeed) => new(Randomness.Mix(seed ^ (commandSeed ?? 0x51ED270B + ++commands)));

    private bool IsSpendable(Outpoint coin) => !chain.IsWaiting(coin.Txid);

    private Transaction MakeAndStage(Party party, Profile profile, ref Randomness random, Party? alsoPaid)
    {
        var transaction = maker.Make(party, chain.Keep(party).Coins, IsSpendable, profile, ref random, alsoPaid);
        chain.Stage(transaction);
        return transaction;
    }

    private Block MineBlock(IReadOnlyList<Transaction> transactions, DateTimeOffset? at, Party? miner, int seconds = BlockSeconds)
    {
        var height = chain.Tip.Height + 1;
        var time = Math.Max(at?.ToUnixTimeSeconds() ?? chain.Tip.Time + seconds, chain.Tip.Time + 1);
        var block = new Block(height, NextBlockHash(), chain.Tip.Hash, time, [maker.Coinbase(height, miner), .. transactions]);
        chain.Append(block);
        return block;
    }
}
