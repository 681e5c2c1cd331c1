using Contracts;

namespace Portfolio.Ledgers;

/// <summary>
/// Arranges facts about many ledgers so that each batch is a few set-based statements: one ledger's facts keep their
/// order, different ledgers' facts do not touch each other. In a batch a ledger has facts of one kind only, and more
/// than one of them only where their order does not matter.
/// </summary>
internal static class ContractBatches
{
    public static IReadOnlyList<IReadOnlyList<Contract>> Of(IReadOnlyList<Contract> contracts)
    {
        var batches = new List<List<Contract>>();
        var last = new Dictionary<Guid, (int Batch, Type Kind)>();
        foreach (var contract in contracts)
        {
            if (LedgerOf(contract) is not { } ledger) continue;

            var kind = contract.GetType();
            var batch = last.TryGetValue(ledger, out var before)
                ? before.Kind == kind && ManyAtOnce(contract) ? before.Batch : before.Batch + 1
                : 0;
            last[ledger] = (batch, kind);
            if (batch == batches.Count) batches.Add([]);
            batches[batch].Add(contract);
        }

        return batches;
    }

    private static bool ManyAtOnce(Contract contract) =>
        contract is TransactionsObserved or TransactionsPlaced or MovementsAdded or TransactionsOrphaned or TransactionsConfirmed;

    private static Guid? LedgerOf(Contract contract) => contract switch
    {
        LedgerTracked e => e.LedgerId,
        LedgerUntracked e => e.LedgerId,
        LedgerClosed e => e.LedgerId,
        BalanceReported e => e.LedgerId,
        LedgerWalkStarted e => e.LedgerId,
        LedgerWalkCompleted e => e.LedgerId,
        TransactionsObserved e => e.LedgerId,
        TransactionsPlaced e => e.LedgerId,
        MovementsAdded e => e.LedgerId,
        TransactionsOrphaned e => e.LedgerId,
        TransactionsConfirmed e => e.LedgerId,
        BalanceReconciled e => e.LedgerId,
        LedgerFellBehind e => e.LedgerId,
        LedgerCaughtUp e => e.LedgerId,
        _ => null,
    };
}
