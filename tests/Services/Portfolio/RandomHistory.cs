using System.Security.Cryptography;
using System.Text;
using Chains;
using Contracts;

namespace Services.Portfolio;

/// <summary>
/// Two services' logs of a small world, told from a seed: users with wallets that share addresses, walks newest to oldest,
/// reorganisations, wallets deleted and addresses removed, ledgers closed and facts that come too late for them.
/// </summary>
internal sealed class RandomHistory
{
    public static readonly string Asset = Networks.Bitcoin.Native.Caip19;
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Random random;
    private readonly List<Contract> walletLog = [];
    private readonly List<List<Contract>> ledgerLogs = [];

    public RandomHistory(int seed, int users = 3, int addresses = 8)
    {
        random = new Random(seed);
        Users = [.. Enumerable.Range(0, users).Select(_ => NewId())];
        var wallets = Users.SelectMany(owner => Enumerable.Range(0, 2).Select(i => new WalletCreated(NewId(), owner, $"wallet {i}", Start))).ToList();
        walletLog.AddRange(wallets);
        for (var i = 0; i < addresses; i++) Track($"bc1qaddress{i}", wallets);
        walletLog.Add(new WalletRenamed(wallets[0].WalletId, "renamed", Start));
        walletLog.Add(new WalletRenamed(wallets[0].WalletId, "renamed again", Start));
        walletLog.Add(new WalletTagged(wallets[0].WalletId, ["cold", "family"], Start));
        walletLog.Add(new TransactionLabelled(Users[0], "bitcoin", "00ff", "Rent", ["flat"], null, Start));
        walletLog.Add(new TransactionLabelled(Users[0], "bitcoin", "00ff", null, [], "Late", Start));
        walletLog.Add(new WalletDeleted(wallets[^1].WalletId, Start));
        SyncLog = Interleave();
    }

    public IReadOnlyList<Guid> Users { get; }

    public IReadOnlyList<Contract> WalletsLog => walletLog;

    public IReadOnlyList<Contract> SyncLog { get; }

    /// <summary>A log in pieces of random sizes, in order.</summary>
    public static IEnumerable<IReadOnlyList<Contract>> Pieces(IReadOnlyList<Contract> log, Random random, int most)
    {
        for (var at = 0; at < log.Count;)
        {
            var size = Math.Min(random.Next(1, most + 1), log.Count - at);
            yield return [.. log.Skip(at).Take(size)];
            at += size;
        }
    }

    public static ObservedTransaction Transaction(Random random, long height, long delta, int incarnation = 0, string? txid = null) => new(
        txid ?? Hash($"tx {random.NextInt64()}"), height, Hash($"block {height} {incarnation}"),
        // Block times go back now and then, across midnight too.
        Start.AddMinutes((height * 10) - random.Next(0, 90)), null, random.Next(100, 5000),
        [new Movement("native", Asset, delta)],
        [new Party("bc1qfrom", Math.Abs(delta)), new Party(null, 7)], [new Party("bc1qto", Math.Abs(delta))],
        false, incarnation, "test");

    public static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private void Track(string address, List<WalletCreated> wallets)
    {
        var ledger = NewId();
        var log = new List<Contract>();
        var trackers = wallets.Where(_ => random.Next(3) == 0).DefaultIfEmpty(wallets[random.Next(wallets.Count)])
            .Select(wallet => new AddressImported(wallet.WalletId, NewId(), "bitcoin", address, null, Start)).ToList();
        walletLog.AddRange(trackers);
        log.AddRange(trackers.Select(t => new LedgerTracked(ledger, t.WalletId, t.AddressId, t.Network, t.Address, Start)));

        var tip = 1000L;
        var history = Enumerable.Range(0, random.Next(0, 120))
            .Select(_ => Transaction(random, random.Next(1, (int)tip + 1), Delta()))
            .Select(t => random.Next(3) > 0 ? t : t with { BlockHash = null, BlockTime = t.BlockTime.AddMinutes(random.Next(-3_000, 60)) })
            .OrderByDescending(t => t.Height).ToList();
        if (random.Next(8) > 0) log.Add(Report(ledger, history, tip));
        log.Add(new LedgerWalkStarted(ledger, "first", Start));
        Pages(log, ledger, history);

        Place(log, ledger, history);
        if (random.Next(4) > 0)
        {
            log.Add(new LedgerWalkCompleted(ledger, "first", tip, Hash($"block {tip}"), Start));
            TopWalk(log, ledger, history, tip + 30);
            if (random.Next(2) > 0) Reorganise(log, ledger, history);
        }

        Leave(log, ledger, trackers);
        ledgerLogs.Add(log);
    }

    private void TopWalk(List<Contract> log, Guid ledger, List<ObservedTransaction> history, long tip)
    {
        var newer = Enumerable.Range(0, random.Next(0, 20))
            .Select(_ => Transaction(random, random.NextInt64(tip - 29, tip + 1), Delta())).OrderByDescending(t => t.Height).ToList();
        history.AddRange(newer);
        log.Add(Report(ledger, history, tip));
        log.Add(new LedgerWalkStarted(ledger, "top", Start));
        Pages(log, ledger, newer);
        if (random.Next(3) > 0) log.Add(new LedgerWalkCompleted(ledger, "top", tip, Hash($"block {tip}"), Start));
        if (newer.Count > 0) log.Add(new TransactionsConfirmed(ledger, [newer[0].Txid], tip + 6, Start));
    }

    private void Reorganise(List<Contract> log, Guid ledger, List<ObservedTransaction> history)
    {
        var gone = history.OrderByDescending(t => t.Height).Take(random.Next(1, 6)).ToList();
        if (gone.Count == 0) return;

        log.Add(new TransactionsOrphaned(ledger, [.. gone.Select(t => new OrphanedTransaction(t.Txid, t.BlockHash, t.Height, t.Incarnation))],
            Start));
        var back = gone.Where(_ => random.Next(2) > 0)
            .Select(t => Transaction(random, t.Height + random.Next(0, 3), (long)t.Movements[0].Delta.Value, t.Incarnation + 1, t.Txid)).ToList();
        if (back.Count > 0) log.Add(new TransactionsObserved(ledger, back));
        // Told late: it is about the incarnation that is gone already.
        if (back.Count > 0) log.Add(new TransactionsOrphaned(ledger, [new OrphanedTransaction(back[0].Txid, "", 0, back[0].Incarnation)], Start));
    }

    // Of what was told without its block, most is placed, one more than once, and one that is not there.
    private void Place(List<Contract> log, Guid ledger, List<ObservedTransaction> history)
    {
        var unnamed = history.Where(t => t.BlockHash is null && random.Next(5) > 0).Select(Placed).ToList();
        foreach (var some in unnamed.Chunk(random.Next(1, 9))) log.Add(new TransactionsPlaced(ledger, some));
        if (unnamed.Count > 0)
            log.Add(new TransactionsPlaced(ledger, [unnamed[0], unnamed[0] with { Txid = Hash("nobody") }, unnamed[0] with { Incarnation = 7 }]));

        PlacedTransaction Placed(ObservedTransaction t) =>
            new(t.Txid, t.Height, Hash($"block {t.Height} {t.Incarnation}"), Start.AddMinutes((t.Height * 10) - random.Next(0, 90)), t.Incarnation);
    }

    private void Leave(List<Contract> log, Guid ledger, List<AddressImported> trackers)
    {
        var all = random.Next(4) == 0;
        var leaving = trackers.Where(_ => all || random.Next(5) == 0).ToList();
        foreach (var tracker in leaving)
        {
            walletLog.Add(new AddressRemoved(tracker.WalletId, tracker.AddressId, Start));
            log.Add(new LedgerUntracked(ledger, tracker.WalletId, tracker.AddressId, Start));
        }

        if (leaving.Count < trackers.Count) return;

        log.Add(new LedgerClosed(ledger, Start));
        log.Add(new TransactionsObserved(ledger, [Transaction(random, 2000, 5)]));
        log.Add(Report(ledger, [], 2000));
    }

    private void Pages(List<Contract> log, Guid ledger, List<ObservedTransaction> newestFirst) =>
        log.AddRange(newestFirst.Chunk(random.Next(1, 26)).Select(page => new TransactionsObserved(ledger, page)));

    private static BalanceReported Report(Guid ledger, List<ObservedTransaction> history, long tip) => new(
        ledger, Asset, history.Aggregate(Amount.Zero, (sum, t) => sum + t.Movements[0].Delta), 0, history.Count,
        tip, Hash($"block {tip}"), "test", Start);

    private long Delta() => random.Next(10) == 0 ? 0 : random.NextInt64(-1_000_000, 1_000_000);

    private List<Contract> Interleave()
    {
        var log = new List<Contract>();
        var left = ledgerLogs.Select(one => new Queue<Contract>(one)).ToList();
        while (left.Count > 0)
        {
            var one = left[random.Next(left.Count)];
            log.Add(one.Dequeue());
            if (one.Count == 0) left.Remove(one);
        }

        return log;
    }

    // From the seed, unlike the usual ids, so that a failing seed fails again.
    private Guid NewId()
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes);
    }
}
