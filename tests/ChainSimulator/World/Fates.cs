using ChainSimulator.Script;

namespace ChainSimulator.World;

/// <summary>What becomes of a transaction whose block is orphaned.</summary>
internal enum Fate
{
    Kept,
    Dropped,
    Moved,
    Replaced,
    Unconfirmed,
}

/// <summary>Decides for each transaction of a reorganisation, the lists first, then the percentages, and remembers.</summary>
internal sealed class Fates(Reorganise request)
{
    private readonly HashSet<string> drop = [.. request.Drop ?? []];
    private readonly HashSet<string> move = [.. request.Move ?? []];
    private readonly HashSet<string> replace = [.. request.Replace ?? []];
    private readonly HashSet<string> unconfirm = [.. request.Unconfirm ?? []];
    private readonly OrderedDictionary<Transaction, Fate> decided = [];

    public Fate Decide(Transaction transaction, ref Randomness random)
    {
        var fate = Choose(transaction.Id.ToString(), ref random);
        // What was given or recorded has no inputs of ours to spend otherwise.
        if (fate is Fate.Replaced && transaction is not SyntheticTransaction) fate = Fate.Dropped;
        decided.Add(transaction, fate);
        return fate;
    }

    public bool WasConfirmed(Transaction transaction) => decided.ContainsKey(transaction);

    public IEnumerable<Transaction> Of(Fate fate) => decided.Where(entry => entry.Value == fate).Select(entry => entry.Key);

    /// <summary>What became of them in the end: one whose parent was taken away could not stay either.</summary>
    public Reorganised Outcome(IReadOnlyList<Block> orphaned, Chain chain, IEnumerable<Transaction> mempoolBefore)
    {
        bool IsMined(Transaction transaction) => chain.Find(transaction.Id)?.Block is not null;
        var dropped = decided.Keys.Except(Of(Fate.Replaced)).Concat(mempoolBefore).Where(transaction => chain.Find(transaction.Id) is null);
        return new(
            orphaned[0].Height - 1,
            chain.Tip.Height,
            chain.Tip.Hash.ToString(),
            Of(Fate.Kept).Count(IsMined),
            [.. orphaned.Select(block => block.Hash.ToString())],
            Ids(dropped),
            Ids(Of(Fate.Moved).Where(IsMined)),
            Ids(Of(Fate.Replaced)),
            Ids(decided.Keys.Where(transaction => chain.IsWaiting(transaction.Id))));
    }

    private static IReadOnlyList<string> Ids(IEnumerable<Transaction> transactions) =>
        [.. transactions.Select(transaction => transaction.Id.ToString())];

    private Fate Choose(string txid, ref Randomness random)
    {
        if (drop.Contains(txid)) return Fate.Dropped;
        if (move.Contains(txid)) return Fate.Moved;
        if (replace.Contains(txid)) return Fate.Replaced;
        if (unconfirm.Contains(txid)) return Fate.Unconfirmed;
        var lot = random.Below(100);
        if ((lot -= request.DropPercent) < 0) return Fate.Dropped;
        if ((lot -= request.MovePercent) < 0) return Fate.Moved;
        if ((lot -= request.ReplacePercent) < 0) return Fate.Replaced;
        return lot - request.UnconfirmPercent < 0 ? Fate.Unconfirmed : Fate.Kept;
    }
}
