using Contracts;

namespace Portfolio.Ledgers;

/// <summary>
/// Arranges facts about many ledgers so that each round is a few set-based statements: one ledger's facts keep their
/// order, different ledgers' facts do not touch each other. In a round a ledger has facts of one kind only, and more
/// than one of them only where their order does not matter.
/// </summary>
internal static class Rounds
{
    public static IReadOnlyList<IReadOnlyList<Contract>> Of(IReadOnlyList<Contract> contracts)
    {
        var rounds = new List<List<Contract>>();
        var last = new Dictionary<Guid, (int Round, Type Kind)>();
        foreach (var contract in contracts)
        {
            if (LedgerOf(contract) is not { } ledger) continue;

            var kind = contract.GetType();
            var round = last.TryGetValue(ledger, out var before)
                ? before.Kind == kind && ManyAtOnce(contract) ? before.Round : before.Round + 1
                : 0;
            last[ledger] = (round, kind);
            if (round == rounds.Count) rounds.Add([]);
            rounds[round].Add(contract);
        }

        return rounds;
    }

    private static bool ManyAtOnce(Contract contract) => contract is TransactionsObserved or TransactionsPlaced or MovementsAdded or TransactionsOrphaned or TransactionsConfirmed;

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
