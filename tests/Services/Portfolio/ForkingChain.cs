using System.Numerics;
using Contracts;

namespace Services.Portfolio;

/// <summary>A payment to or from an address, and where it is in truth.</summary>
internal sealed class ChainPayment(Guid ledger, string txid, long delta)
{
    public Guid Ledger => ledger;

    public string Txid => txid;

    public long Delta => delta;

    public int Incarnation { get; set; }

    /// <summary><c>pending</c>, <c>block</c>, <c>orphaned</c>, <c>replaced</c> or <c>dropped</c>.</summary>
    public string State { get; set; } = "pending";

    public long Height { get; set; }

    public string Block { get; set; } = "";

    /// <summary>The block in which it had enough confirmations, at the end of some step.</summary>
    public string? CompletedIn { get; set; }
}

/// <summary>
/// A chain with a mempool, in which things happen by numbers, and what Sync says of them. It knows the truth by itself: nothing of what it
/// is compared with has made it.
/// </summary>
internal sealed class ForkingChain(IReadOnlyList<Guid> ledgers, long tip)
{
    public const int Required = 6;
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly long floor = tip;
    private int fork;
    private int made;

    public long Tip { get; private set; } = tip;

    public List<ChainPayment> Payments { get; } = [];

    /// <summary>What happens, and what Sync says of it, in its order.</summary>
    public IReadOnlyList<Contract> Step(int kind, int one, int other) => kind switch
    {
        0 or 1 => Pay(one, other),
        2 or 3 => Mine(one, other),
        4 => Reorganise(1 + (one % 20), other),
        5 => End(one, replaced: other % 2 == 0),
        _ => Return(one),
    };

    /// <summary>What became of it all: those that had enough confirmations are complete as long as their block stands.</summary>
    public void Settle()
    {
        foreach (var payment in Payments)
        {
            if (payment.State is not "block") payment.CompletedIn = null;
            else if (payment.CompletedIn != payment.Block) payment.CompletedIn = ConfirmationsOf(payment) >= Required ? payment.Block : null;
        }
    }

    public long ConfirmationsOf(ChainPayment payment) => payment.State is "block" ? Tip - payment.Height + 1 : 0;

    public string StatusOf(ChainPayment payment) =>
        payment.State is not "block" ? payment.State : payment.CompletedIn is null ? "processing" : "completed";

    public BigInteger Confirmed(Guid ledger) => Payments.Where(each => each.Ledger == ledger && each.State is "block").Sum(each => each.Delta);

    public BigInteger Pending(Guid ledger) => Payments.Where(each => each.Ledger == ledger && each.State is "pending").Sum(each => each.Delta);

    public BigInteger Spent(Guid ledger) =>
        -Payments.Where(each => each.Ledger == ledger && each.State is "pending").Sum(each => Math.Min(each.Delta, 0));

    private IReadOnlyList<Contract> Pay(int one, int other)
    {
        var payment = New(one, other);
        return [Waits(payment)];
    }

    private IReadOnlyList<Contract> Mine(int one, int other)
    {
        Tip++;
        var mined = Payments.Where(each => each.State is "pending").Where((_, i) => (i + other) % 3 > 0).ToList();
        for (var i = 0; i < one % 3; i++) mined.Add(New(one + i, other + i));
        return [.. InBlock(mined, Tip), TipIs(Tip)];
    }

    // Blocks are taken away from the top, and the new branch is longer by one. Of what was in them some is mined again, some waits again,
    // some is gone for good, and some is replaced.
    private List<Contract> Reorganise(int depth, int other)
    {
        depth = (int)Math.Min(depth, Tip - floor);
        if (depth == 0) return [];
        fork++;
        var lowest = Tip - depth + 1;
        var gone = Payments.Where(each => each.State is "block" && each.Height >= lowest).ToList();
        var said = gone.GroupBy(each => each.Ledger, (ledger, all) => (Contract)new TransactionsOrphaned(
            ledger, [.. all.Select(each => new OrphanedTransaction(each.Txid, each.Block, each.Height, each.Incarnation))], Start)).ToList();
        foreach (var payment in gone) (payment.State, payment.Incarnation) = ("orphaned", payment.Incarnation + 1);

        Tip++;
        var back = gone.Where((_, i) => (i + other) % 4 == 0).ToList();
        said.AddRange(back.Select((each, i) => (each, Height: lowest + ((i + other) % (depth + 1))))
            .GroupBy(each => each.Height).SelectMany(block => InBlock([.. block.Select(each => each.each)], block.Key)));
        foreach (var payment in gone.Where((_, i) => (i + other) % 4 is 1 or 3))
        {
            payment.State = "pending";
            said.Add(Waits(payment));
        }

        foreach (var payment in gone.Where((_, i) => (i + other) % 4 == 3))
        {
            payment.State = "replaced";
            said.Add(new TransactionReplaced(payment.Ledger, payment.Txid, payment.Incarnation, "successor", Start));
        }

        said.Add(TipIs(Tip));
        return said;
    }

    private IReadOnlyList<Contract> End(int one, bool replaced)
    {
        var waiting = Payments.Where(each => each.State is "pending").ToList();
        if (waiting.Count == 0) return [];
        var payment = waiting[one % waiting.Count];
        payment.State = replaced ? "replaced" : "dropped";
        return [replaced
            ? new TransactionReplaced(payment.Ledger, payment.Txid, payment.Incarnation, "successor", Start)
            : new TransactionDropped(payment.Ledger, payment.Txid, payment.Incarnation, Start)];
    }

    private IReadOnlyList<Contract> Return(int one)
    {
        var dropped = Payments.Where(each => each.State is "dropped" or "orphaned").ToList();
        if (dropped.Count == 0) return [];
        var payment = dropped[one % dropped.Count];
        if (payment.State is "dropped") payment.Incarnation++;
        payment.State = "pending";
        return [Waits(payment)];
    }

    private ChainPayment New(int one, int other)
    {
        var payment = new ChainPayment(
            ledgers[one % ledgers.Count], RandomHistory.Hash($"{ledgers[0]} {made++}"), other % 4 == 0 ? -(other % 50) - 1 : (other % 500) + 1);
        Payments.Add(payment);
        return payment;
    }

    private List<Contract> InBlock(List<ChainPayment> payments, long height)
    {
        foreach (var payment in payments) (payment.State, payment.Height, payment.Block) = ("block", height, $"block {height} of {fork}");
        return
        [
            .. payments.GroupBy(each => each.Ledger, (ledger, all) => new TransactionsObserved(ledger, [.. all.Select(each => new ObservedTransaction(
                each.Txid, height, each.Block, Start.AddMinutes(height), null, 1, [new Movement("native", RandomHistory.Asset, each.Delta)],
                [new Party("bc1qfrom", 1)], [new Party("bc1qto", 1)], false, each.Incarnation, "test"))])),
        ];
    }

    private static TransactionsPending Waits(ChainPayment payment) => new(payment.Ledger, [new PendingTransaction(
        payment.Txid, Start.AddMinutes(1), 1, [new Movement("native", RandomHistory.Asset, payment.Delta)], [new Party("bc1qfrom", 1)],
        [new Party("bc1qto", 1)], payment.Incarnation, "test")]);

    private ChainTipAdvanced TipIs(long height) => new("bitcoin", height, $"block {height} of {fork}", Start.AddMinutes(height));
}
