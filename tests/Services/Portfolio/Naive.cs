using System.Numerics;
using Contracts;

namespace Services.Portfolio;

/// <summary>What a wallet's list should say of one transaction and address.</summary>
internal sealed record Line(string Txid, Guid AddressId, BigInteger Result, BigInteger? Balance, bool Provisional);

/// <summary>The read model told the simplest way: one contract after the other, all of it in memory, every sum made anew.</summary>
internal sealed class Naive
{
    private readonly Dictionary<Guid, (Guid Owner, string Label)> wallets = [];
    private readonly Dictionary<Guid, AddressImported> addresses = [];
    private readonly Dictionary<Guid, Ledger> ledgers = [];

    public IEnumerable<(Guid Wallet, Guid Owner)> Wallets => wallets.Select(wallet => (wallet.Key, wallet.Value.Owner));

    public IEnumerable<Guid> Ledgers => ledgers.Keys;

    public void Apply(IEnumerable<Contract> contracts)
    {
        foreach (var contract in contracts) Apply(contract);
    }

    /// <summary>A wallet's lines, newest first.</summary>
    public List<Line> Lines(Guid wallet, Guid? address = null) =>
    [
        .. AddressesOf(wallet)
            .Where(entry => address is null || entry.Address == address)
            .SelectMany(entry => entry.Ledger.Rows(), (entry, row) => (entry.Address, entry.Ledger.Id, Row: row))
            .OrderByDescending(line => line.Row.Transaction.Height)
            .ThenByDescending(line => line.Row.Delta < 0)
            .ThenByDescending(line => line.Row.Transaction.Txid, StringComparer.Ordinal)
            .ThenByDescending(line => line.Id)
            .Select(line => new Line(line.Row.Transaction.Txid, line.Address, line.Row.Delta, line.Row.Balance, line.Row.Provisional)),
    ];

    /// <summary>The derived balance of each of a wallet's addresses.</summary>
    public Dictionary<Guid, BigInteger> Derived(Guid wallet) =>
        AddressesOf(wallet).ToDictionary(entry => entry.Address, entry => entry.Ledger.Derived);

    /// <summary>What each of a wallet's addresses held at an instant, by the greatest time of blocks so far.</summary>
    public Dictionary<Guid, BigInteger> DerivedAt(Guid wallet, DateTimeOffset at) =>
        AddressesOf(wallet).ToDictionary(
            entry => entry.Address,
            entry => entry.Ledger.RowsAt(at).Aggregate(BigInteger.Zero, (sum, row) => sum + row.Delta));

    /// <summary>The derived balances of all a user's wallets, each address counted once.</summary>
    public BigInteger DerivedOf(Guid owner) =>
        wallets.Where(wallet => wallet.Value.Owner == owner).SelectMany(wallet => AddressesOf(wallet.Key))
            .Select(entry => entry.Ledger).Distinct()
            .Aggregate(BigInteger.Zero, (sum, ledger) => sum + ledger.Derived);

    private IEnumerable<(Guid Address, Ledger Ledger)> AddressesOf(Guid wallet) =>
        from address in addresses.Values
        where address.WalletId == wallet
        from ledger in ledgers.Values
        where ledger.Trackers.Contains(address.AddressId)
        select (address.AddressId, ledger);

    private void Apply(Contract contract)
    {
        switch (contract)
        {
            case WalletCreated e: wallets[e.WalletId] = (e.OwnerId, e.Label); break;
            case WalletRenamed e: wallets[e.WalletId] = (wallets[e.WalletId].Owner, e.Label); break;
            case AddressImported e: addresses[e.AddressId] = e; break;
            case AddressLabelled e: addresses[e.AddressId] = addresses[e.AddressId] with { Label = e.Label }; break;
            case AddressRemoved e: addresses.Remove(e.AddressId); break;
            case WalletDeleted e:
                wallets.Remove(e.WalletId);
                foreach (var address in addresses.Values.Where(address => address.WalletId == e.WalletId).ToList())
                    addresses.Remove(address.AddressId);
                break;
            case LedgerTracked e:
                if (!ledgers.TryGetValue(e.LedgerId, out var tracked)) ledgers[e.LedgerId] = tracked = new Ledger(e.LedgerId);
                tracked.Trackers.Add(e.AddressId);
                break;
            case LedgerUntracked e: Of(e.LedgerId)?.Trackers.Remove(e.AddressId); break;
            case LedgerClosed e: ledgers.Remove(e.LedgerId); break;
            case BalanceReported e: Of(e.LedgerId)?.Report(e); break;
            case LedgerWalkStarted e: Of(e.LedgerId)?.Start(e.Kind); break;
            case LedgerWalkCompleted e: Of(e.LedgerId)?.Complete(e.TipHeight); break;
            case TransactionsObserved e: Of(e.LedgerId)?.Observe(e.Transactions); break;
            case TransactionsPlaced e: Of(e.LedgerId)?.Place(e.Transactions); break;
            case TransactionsOrphaned e: Of(e.LedgerId)?.Orphan(e.Transactions); break;
        }
    }

    private Ledger? Of(Guid id) => ledgers.GetValueOrDefault(id);

    private sealed class Ledger(Guid id)
    {
        private readonly Dictionary<string, ObservedTransaction> present = [];
        private (BigInteger Balance, long Height)? anchor;
        private string? walk;
        private long? walked;

        public Guid Id => id;

        public HashSet<Guid> Trackers { get; } = [];

        public BigInteger Derived => present.Values.Aggregate(BigInteger.Zero, (sum, transaction) => sum + Delta(transaction));

        public void Report(BalanceReported report)
        {
            if (anchor is null || present.Count == 0) anchor = (report.Confirmed.Value, report.TipHeight);
        }

        public void Start(string kind) => walk = kind;

        public void Complete(long height) => (walk, walked) = (null, height);

        public void Observe(IEnumerable<ObservedTransaction> transactions)
        {
            foreach (var transaction in transactions) present[transaction.Txid] = transaction;
        }

        public void Place(IEnumerable<PlacedTransaction> transactions)
        {
            foreach (var placed in transactions)
            {
                if (present.TryGetValue(placed.Txid, out var known) && known.Incarnation == placed.Incarnation)
                    present[placed.Txid] = known with { BlockHash = placed.BlockHash, BlockTime = placed.BlockTime };
            }
        }

        public void Orphan(IEnumerable<OrphanedTransaction> transactions)
        {
            foreach (var transaction in transactions) present.Remove(transaction.Txid);
        }

        public IEnumerable<(ObservedTransaction Transaction, BigInteger Delta, BigInteger? Balance, bool Provisional)> Rows()
        {
            // Until the first walk ends the oldest known row is not the history's beginning: what the provider reported tells what lies below.
            BigInteger? balance = walked is not null ? 0
                : anchor is { } known ? known.Balance - present.Values.Where(t => t.Height <= known.Height)
                    .Aggregate(BigInteger.Zero, (sum, t) => sum + Delta(t))
                : null;
            foreach (var transaction in present.Values.OrderBy(t => t.Height).ThenBy(t => Delta(t) < 0).ThenBy(t => t.Txid, StringComparer.Ordinal))
            {
                balance += Delta(transaction);
                var provisional = walked is null || (walk is not null && (walk != "top" || transaction.Height > walked));
                yield return (transaction, Delta(transaction), balance, provisional);
            }
        }

        public IEnumerable<(ObservedTransaction Transaction, BigInteger Delta, BigInteger? Balance, bool Provisional)> RowsAt(DateTimeOffset at)
        {
            var later = present.Values.Where(t => t.BlockTime > at).Select(t => (long?)t.Height).Min();
            return Rows().Where(row => row.Transaction.Height < (later ?? long.MaxValue));
        }

        private static BigInteger Delta(ObservedTransaction transaction) =>
            transaction.Movements.Aggregate(BigInteger.Zero, (sum, movement) => sum + movement.Delta.Value);
    }
}
