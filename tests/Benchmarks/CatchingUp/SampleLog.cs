using System.Security.Cryptography;
using System.Text;
using Chains;
using Contracts;
using EventSourcing;
using Sync.Ledgers;

namespace Benchmarks.CatchingUp;

/// <summary>Sync's log as walks leave it: ledgers of 5,000 transactions, four at a time, page by page from the newest.</summary>
internal static class SampleLog
{
    private const int PerLedger = 5_000;
    private const int AtOnce = 4;
    private const int PerPage = 25;
    private const int Bracket = 4; // tracked, reported, walk started, walk completed
    private static readonly string Asset = Networks.Bitcoin.Native.Caip19;
    private static readonly DateTimeOffset Start = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static int TransactionsIn(int events) =>
        events / (PerLedger + Bracket) * PerLedger + Math.Max(0, events % (PerLedger + Bracket) - Bracket);

    public static async Task FillAsync(EventStore store, int events)
    {
        var random = new Random(1);
        var left = events;
        while (left > 0)
        {
            var group = new List<Queue<IReadOnlyList<NewEvent>>>();
            for (var i = 0; i < AtOnce && left > 0; i++)
            {
                var size = Math.Min(left, PerLedger + Bracket);
                group.Add(new(Ledger(Math.Max(0, size - Bracket), random)));
                left -= size;
            }

            while (group.Count > 0)
            {
                foreach (var ledger in group)
                {
                    var page = ledger.Dequeue();
                    await store.AppendAsync(LedgerEvent.Category, LedgerOf(page), page);
                }

                group.RemoveAll(ledger => ledger.Count == 0);
            }
        }
    }

    private static Guid LedgerOf(IReadOnlyList<NewEvent> page) => page[0].Data switch
    {
        LedgerEvent.LedgerTracked e => e.LedgerId,
        LedgerEvent.TransactionObserved e => e.LedgerId,
        LedgerEvent.WalkCompleted e => e.LedgerId,
        var other => throw new InvalidOperationException($"No page begins with {other}."),
    };

    private static IEnumerable<IReadOnlyList<NewEvent>> Ledger(int transactions, Random random)
    {
        var (ledger, address) = (Guid.CreateVersion7(), $"bc1q{Hex(random, 19)}");
        yield return
        [
            NewEvent.Fresh(new LedgerEvent.LedgerTracked(ledger, Guid.CreateVersion7(), Guid.CreateVersion7(), "bitcoin", address, Start)),
            NewEvent.Fresh(new LedgerEvent.BalanceReported(ledger, Asset, 5_000, 0, transactions, 900_000, Hex(random, 32), "bench", Start)),
            NewEvent.Fresh(new LedgerEvent.WalkStarted(ledger, "first", Start)),
        ];
        foreach (var page in Enumerable.Range(0, transactions).Chunk(PerPage))
            yield return [.. page.Select(i => NewEvent.Fresh(new LedgerEvent.TransactionObserved(ledger,
                Transaction(900_000 - (i * 20L), address, random))))];
        yield return [NewEvent.Fresh(new LedgerEvent.WalkCompleted(ledger, "first", 900_000, Hex(random, 32), Start))];
    }

    private static ObservedTransaction Transaction(long height, string address, Random random)
    {
        var value = random.NextInt64(1_000, 1_000_000_000);
        return new ObservedTransaction(
            Hex(random, 32), height, Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes($"{height}"))), Start.AddMinutes(height / 10.0),
            null,
            random.Next(100, 100_000), [new Movement("native", Asset, random.Next(2) == 0 ? value : -value)],
            [new Party($"bc1q{Hex(random, 19)}", value + 500)], [new Party(address, value), new Party($"bc1q{Hex(random, 19)}", 400)], false, 0,
            "bench");
    }

    private static string Hex(Random random, int bytes)
    {
        Span<byte> filled = stackalloc byte[bytes];
        random.NextBytes(filled);
        return Convert.ToHexStringLower(filled);
    }
}
