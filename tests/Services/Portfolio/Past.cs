using System.Numerics;
using Contracts;

namespace Services.Portfolio;

/// <summary>One observed transaction of an address, as a naive list holds it.</summary>
internal sealed record PastRow(Guid AddressId, Guid Ledger, ObservedTransaction Transaction)
{
    public BigInteger Delta => Transaction.Movements.Aggregate(BigInteger.Zero, (sum, movement) => sum + movement.Delta.Value);

    public DateTimeOffset Time => Transaction.BlockTime;
}

/// <summary>
/// A wallet of several addresses with sixteen years behind it, told from a seed: block times that go back by days,
/// several transactions in a block, midnights to the second, transactions that vanish, and some that come back elsewhere; and
/// some whose block and time are told later.
/// The rows that are left are kept in a plain list, from which everything is summed anew.
/// </summary>
internal sealed class Past
{
    public static readonly DateTimeOffset Start = new(2010, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly PortfolioService portfolio;
    private readonly Random random;
    private readonly List<PastRow> rows = [];
    private readonly List<(Guid AddressId, Guid Ledger)> addresses = [];

    private Past(PortfolioService portfolio, SmallWorld world, int seed) => (this.portfolio, World, random) = (portfolio, world, new Random(seed));

    public SmallWorld World { get; }

    public Random Random => random;

    public IReadOnlyList<Guid> Addresses => addresses.ConvertAll(address => address.AddressId);

    public IReadOnlyList<PastRow> Rows => rows;

    public static async Task<Past> Create(PortfolioService portfolio, int seed, int addresses = 3, int transactions = 400, int labelled = 1)
    {
        var past = new Past(portfolio, await SmallWorld.Create(portfolio), seed);
        past.addresses.Add((past.World.Address, past.World.Ledger));
        for (var i = 1; i < addresses; i++)
        {
            var more = new AddressImported(
                past.World.Wallet, Guid.CreateVersion7(), "bitcoin", $"bc1q{past.World.Wallet:N}{i}", i <= labelled ? "hot" : null, past.World.At);
            var tracked = new LedgerTracked(Guid.CreateVersion7(), past.World.Wallet, more.AddressId, "bitcoin", more.Address, past.World.At);
            await portfolio.FromWallets(more);
            await portfolio.FromSync(tracked);
            past.addresses.Add((more.AddressId, tracked.LedgerId));
        }

        foreach (var (_, ledger) in past.addresses)
        {
            foreach (var page in Enumerable.Range(0, transactions / addresses).Select(_ => past.Any()).OrderByDescending(t => t.Height).Chunk(25))
                await past.Arrive(ledger, page);
            await portfolio.FromSync(new LedgerWalkCompleted(ledger, "first", 2000, "h", past.World.At));
        }

        for (var i = 0; i < 10; i++) await past.Reorganise();
        return past;
    }

    /// <summary>The list's order, newest first.</summary>
    public IEnumerable<PastRow> Listed(Func<PastRow, bool> wanted) => rows.Where(wanted)
        .OrderByDescending(row => row.Transaction.Height).ThenByDescending(row => row.Delta < 0)
        .ThenByDescending(row => row.Transaction.Txid, StringComparer.Ordinal).ThenByDescending(row => row.Ledger);

    /// <summary>What an address held after one of its rows.</summary>
    public BigInteger BalanceAfter(PastRow row) => Listed(other => other.Ledger == row.Ledger).SkipWhile(other => other != row)
        .Aggregate(BigInteger.Zero, (sum, other) => sum + other.Delta);

    /// <summary>From when on a row counts: the greatest block time so far of its address.</summary>
    public DateTimeOffset CountsFrom(PastRow row) =>
        rows.Where(other => other.Ledger == row.Ledger && other.Transaction.Height <= row.Transaction.Height).Max(other => other.Time);

    public Task ArriveSomewhere() => Arrive(addresses[random.Next(addresses.Count)].Ledger, Any());

    public async Task Reorganise()
    {
        var gone = rows.OrderByDescending(row => row.Transaction.Height).Skip(random.Next(50)).Take(random.Next(1, 4)).ToList();
        foreach (var row in gone)
        {
            var transaction = row.Transaction;
            rows.Remove(row);
            await portfolio.FromSync(new TransactionsOrphaned(
                row.Ledger, [new(transaction.Txid, transaction.BlockHash, transaction.Height, transaction.Incarnation)], World.At));
            if (random.Next(2) > 0)
                await Arrive(row.Ledger, At(transaction.Height + random.Next(0, 3)) with
                {
                    Txid = transaction.Txid,
                    Incarnation = transaction.Incarnation + 1
                });
        }
    }

    private async Task Arrive(Guid ledger, params IReadOnlyList<ObservedTransaction> transactions)
    {
        var address = addresses.Single(one => one.Ledger == ledger).AddressId;
        rows.AddRange(transactions.Select(transaction => new PastRow(address, ledger, transaction)));
        var unnamed = transactions.Where(_ => random.Next(4) == 0).ToList();
        await portfolio.FromSync(new TransactionsObserved(ledger, [.. transactions.Select(transaction => !unnamed.Contains(transaction)
            ? transaction : transaction with { BlockHash = null, BlockTime = transaction.BlockTime.AddMinutes(random.Next(-60_000, 60)) })]));
        await portfolio.FromSync(new TransactionsPlaced(
            ledger, [.. unnamed.Select(t => new PlacedTransaction(t.Txid, t.Height, t.BlockHash!, t.BlockTime, t.Incarnation))]));
    }

    private ObservedTransaction Any() => At(random.Next(1, 1500) / 3 * 3);

    private ObservedTransaction At(long height)
    {
        var delta = random.Next(6) == 0 ? 0 : random.NextInt64(-1_000_000, 1_000_000);
        var time = Start.AddSeconds((height * 336_960) - random.Next(0, 4 * 86_400));
        return RandomHistory.Transaction(random, height, delta) with { BlockTime = random.Next(10) == 0 ? new(time.Date, TimeSpan.Zero) : time };
    }
}
