namespace ChainSimulator.World;

/// <summary>What a party received and spent, in outputs and satoshis, over some number of transactions.</summary>
public readonly record struct Totals(int Transactions, int FundedCount, long FundedSum, int SpentCount, long SpentSum)
{
    public long Balance => FundedSum - SpentSum;

    internal Totals Plus(Party party, Transaction transaction)
    {
        var (fundedCount, fundedSum, spentCount, spentSum) = (FundedCount, FundedSum, SpentCount, SpentSum);
        foreach (var receipt in transaction.ReceiptSpan)
        {
            if (receipt.Party != party) continue;
            fundedCount++;
            fundedSum += receipt.Value;
        }

        foreach (var spend in transaction.SpendSpan)
        {
            if (spend.Party != party) continue;
            spentCount++;
            spentSum += spend.Value;
        }

        return new(Transactions + 1, fundedCount, fundedSum, spentCount, spentSum);
    }
}

/// <summary>
/// One party's confirmed transactions, oldest first, each with the totals up to it. Within a block they stand by one rule
/// that does not depend on arrival: those that only receive, then those that spend, each by id (Electrs keeps such an order too).
/// </summary>
internal sealed class History(Party party)
{
    private readonly List<Entry> entries = [];

    public Party Party => party;

    public Coins Coins { get; private init; } = new();

    public List<Transaction> Unconfirmed { get; private init; } = [];

    public int Count => entries.Count;

    public Transaction this[int index] => entries[index].Transaction;

    public int HeightAt(int index) => entries[index].Height;

    public Totals TotalsAt(int count) => count == 0 ? default : entries[count - 1].Totals;

    public void Append(int height, List<Transaction> transactions)
    {
        if (transactions.Count > 1) transactions.Sort(Compare);
        var totals = TotalsAt(Count);
        foreach (var transaction in transactions)
        {
            totals = totals.Plus(party, transaction);
            entries.Add(new(transaction, height, totals));
        }
    }

    public void RemoveFrom(int height)
    {
        var count = CountUpTo(height - 1);
        entries.RemoveRange(count, Count - count);
    }

    /// <summary>How many transactions stand at or below the height.</summary>
    public int CountUpTo(int height)
    {
        if (Count == 0 || entries[^1].Height <= height) return Count;
        var (low, high) = (0, Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (entries[middle].Height <= height) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    /// <summary>The place of a transaction of that height, or -1.</summary>
    public int PlaceOf(Transaction transaction, int height)
    {
        for (var (low, high) = (CountUpTo(height - 1), CountUpTo(height) - 1); low <= high;)
        {
            var middle = (low + high) / 2;
            var order = Compare(entries[middle].Transaction, transaction);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return -1;
    }

    public History Copy()
    {
        var copy = new History(party) { Coins = Coins.Copy(), Unconfirmed = [.. Unconfirmed] };
        copy.entries.AddRange(entries);
        return copy;
    }

    private int Compare(Transaction left, Transaction right)
    {
        var order = left.SpendsFrom(party).CompareTo(right.SpendsFrom(party));
        return order == 0 ? left.Id.CompareTo(right.Id) : order;
    }

    private readonly record struct Entry(Transaction Transaction, int Height, Totals Totals);
}
