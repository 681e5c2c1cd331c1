using ChainSimulator.Script;

namespace ChainSimulator.World;

/// <summary>Where a transaction stands: in a block, or in the mempool when there is none.</summary>
public readonly record struct Placed(Transaction Transaction, Block? Block);

/// <summary>
/// One node's state: its best chain, its mempool and the histories that follow from them. It does what it is told;
/// what happens is decided by <see cref="SimulatedNetwork"/>, which also guards it against concurrent use.
/// </summary>
internal sealed class Chain
{
    private readonly List<Block> blocks = [];
    private readonly Dictionary<Hash256, Block> blocksByHash = [];
    private readonly Dictionary<Hash256, Placed> placed = [];
    private readonly HashSet<Hash256> everSeen = [];
    private readonly Dictionary<Party, History> histories = [];
    private readonly List<Transaction> mempool = [];
    private readonly HashSet<Hash256> waiting = [];
    private readonly Dictionary<Party, List<Transaction>> grouped = [];

    public Block Tip => blocks[^1];

    public int BaseHeight => blocks[0].Height;

    public bool IsEmpty => blocks.Count == 0;

    public IReadOnlyList<Transaction> Mempool => mempool;

    public bool IsWaiting(Hash256 txid) => waiting.Contains(txid);

    public Block? BlockAt(int height) => IsEmpty || height < BaseHeight || height > Tip.Height ? null : blocks[height - BaseHeight];

    /// <summary>Any block ever seen, in the best chain or orphaned.</summary>
    public Block? BlockOf(Hash256 hash) => blocksByHash.GetValueOrDefault(hash);

    public Placed? Find(Hash256 txid) => placed.TryGetValue(txid, out var found) ? found : null;

    public History? HistoryOf(Party party) => histories.GetValueOrDefault(party);

    public History Keep(Party party)
    {
        if (!histories.TryGetValue(party, out var history)) histories.Add(party, history = new(party));
        return history;
    }

    /// <summary>Whether the coins it spends are there. One from before the world began always is; one that was made here must be there
    /// still.</summary>
    public bool IsPossible(Transaction transaction)
    {
        foreach (var spend in transaction.SpendSpan)
            if (everSeen.Contains(spend.Coin.Txid) && !Keep(spend.Party).Coins.Contains(spend.Coin)) return false;
        return true;
    }

    /// <summary>Takes a transaction's effect on coins at once, so that the next one may build on it; it is shown once a block or the
    /// mempool has it.</summary>
    public void Stage(Transaction transaction)
    {
        placed.Add(transaction.Id, new(transaction, null));
        everSeen.Add(transaction.Id);
        foreach (var spend in transaction.SpendSpan) Keep(spend.Party).Coins.Remove(spend.Coin);
        foreach (var receipt in transaction.ReceiptSpan) Keep(receipt.Party).Coins.Add(new(transaction.Id, receipt.Vout), receipt.Value);
    }

    public void AddToMempool(Transaction staged)
    {
        mempool.Add(staged);
        waiting.Add(staged.Id);
        foreach (var history in HistoriesOf(staged)) history.Unconfirmed.Add(staged);
    }

    /// <summary>Takes back what <see cref="Stage"/> did; the newest must go first.</summary>
    public void Unstage(Transaction transaction)
    {
        placed.Remove(transaction.Id);
        foreach (var receipt in transaction.ReceiptSpan) Keep(receipt.Party).Coins.Remove(new(transaction.Id, receipt.Vout));
        // Coins from before the world began were never there to be given back.
        foreach (var spend in transaction.SpendSpan)
            if (placed.ContainsKey(spend.Coin.Txid)) Keep(spend.Party).Coins.Add(spend.Coin, spend.Value);
    }

    /// <summary>Empties the mempool; the newest comes first.</summary>
    public List<Transaction> TakeMempool()
    {
        List<Transaction> taken = [.. mempool];
        taken.Reverse();
        mempool.Clear();
        waiting.Clear();
        foreach (var transaction in taken)
        {
            foreach (var history in HistoriesOf(transaction)) history.Unconfirmed.Remove(transaction);
            Unstage(transaction);
        }

        return taken;
    }

    /// <summary>Appends a block on the tip; its transactions are taken out of the mempool.</summary>
    public void Append(Block block)
    {
        var fromMempool = false;
        foreach (var transaction in block.Transactions)
        {
            if (!placed.ContainsKey(transaction.Id)) Stage(transaction);
            placed[transaction.Id] = new(transaction, block);
            var wasWaiting = waiting.Remove(transaction.Id);
            fromMempool |= wasWaiting;
            foreach (var history in HistoriesOf(transaction))
            {
                if (!grouped.TryGetValue(history.Party, out var group)) grouped.Add(history.Party, group = []);
                group.Add(transaction);
                if (wasWaiting) history.Unconfirmed.Remove(transaction);
            }
        }

        foreach (var (party, transactions) in grouped) Keep(party).Append(block.Height, transactions);
        grouped.Clear();
        if (fromMempool) mempool.RemoveAll(transaction => !waiting.Contains(transaction.Id));
        blocks.Add(block);
        blocksByHash[block.Hash] = block;
    }

    /// <summary>Takes the tip off; its transactions stand nowhere afterwards.</summary>
    public Block RemoveTip()
    {
        if (blocks.Count < 2) throw new ScriptException("The first block cannot be taken off.");
        var tip = Tip;
        blocks.RemoveAt(blocks.Count - 1);
        for (var i = tip.Transactions.Count - 1; i >= 0; i--)
        {
            foreach (var history in HistoriesOf(tip.Transactions[i])) history.RemoveFrom(tip.Height);
            Unstage(tip.Transactions[i]);
        }

        return tip;
    }

    public Chain Copy()
    {
        var copy = new Chain();
        copy.blocks.AddRange(blocks);
        copy.mempool.AddRange(mempool);
        copy.waiting.UnionWith(waiting);
        copy.everSeen.UnionWith(everSeen);
        foreach (var (hash, block) in blocksByHash) copy.blocksByHash.Add(hash, block);
        foreach (var (txid, place) in placed) copy.placed.Add(txid, place);
        foreach (var (party, history) in histories) copy.histories.Add(party, history.Copy());
        return copy;
    }

    private List<History> HistoriesOf(Transaction transaction)
    {
        List<History> touched = new(2);
        foreach (var spend in transaction.SpendSpan) AddOnce(Keep(spend.Party));
        foreach (var receipt in transaction.ReceiptSpan) AddOnce(Keep(receipt.Party));
        return touched;

        void AddOnce(History history)
        {
            if (!touched.Contains(history)) touched.Add(history);
        }
    }
}
