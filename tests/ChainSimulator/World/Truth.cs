namespace ChainSimulator.World;

/// <summary>One confirmed transaction of an address: what it changed and the balance after it, in satoshis.</summary>
public sealed record TruthLine(string Txid, int Height, string BlockHash, long Time, long Delta, long Fee, long Balance);

/// <summary>
/// Everything true about an address at a tip. Lines come newest first; in ascending order the deltas add up to the running
/// balance, and within a height credits (and what changes nothing) stand before debits, then by id.
/// </summary>
public sealed class Truth
{
    private readonly Party party;
    private readonly (Transaction Transaction, Block Block)[] ascending;

    internal Truth(Party party, Block tip, Totals totals, (Transaction, Block)[] ascending) =>
        (this.party, Tip, Totals, this.ascending) = (party, tip, totals, ascending);

    public string Address => party.Address;

    public Block Tip { get; }

    public Totals Totals { get; }

    public int Count => Totals.Transactions;

    /// <summary>In satoshis.</summary>
    public long Balance => Totals.Balance;

    /// <summary>The lines, made while they are read.</summary>
    public IEnumerable<TruthLine> Lines()
    {
        var balance = Balance;
        for (var end = ascending.Length; end > 0;)
        {
            var block = ascending[end - 1].Block;
            var start = end;
            while (start > 0 && ascending[start - 1].Block == block) start--;
            var group = ascending.AsSpan(start..end).ToArray();
            Array.Sort(group, (left, right) => Compare(right.Transaction, left.Transaction));
            foreach (var (transaction, _) in group)
            {
                var delta = transaction.Delta(party);
                yield return new(transaction.Id.ToString(), block.Height, block.Hash.ToString(), block.Time, delta, transaction.Fee, balance);
                balance -= delta;
            }

            end = start;
        }
    }

    private int Compare(Transaction left, Transaction right)
    {
        var order = (left.Delta(party) < 0).CompareTo(right.Delta(party) < 0);
        return order == 0 ? left.Id.CompareTo(right.Id) : order;
    }
}
