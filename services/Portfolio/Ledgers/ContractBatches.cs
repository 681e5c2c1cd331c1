using System.Collections.Frozen;
using System.Reflection;
using Contracts;

namespace Portfolio.Ledgers;

/// <summary>
/// Arranges facts about many ledgers so that each batch is a few set-based statements: one ledger's facts keep their
/// order, different ledgers' facts do not touch each other. In a batch a ledger has facts of one kind only, and more
/// than one of them only where their order does not matter.
/// </summary>
internal static class ContractBatches
{
    private static readonly FrozenDictionary<Type, PropertyInfo> Ledgers = Sources.ContractsOf(Sources.Sync)
        .Select(type => (type, property: type.GetProperty("LedgerId"))).Where(each => each.property is not null)
        .ToFrozenDictionary(each => each.type, each => each.property!);

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
        contract is TransactionsObserved or TransactionsPlaced or MovementsAdded or TransactionsOrphaned or TransactionsConfirmed
            or TransactionsPending or TransactionReplaced or TransactionDropped;

    // Whatever names a ledger is a fact about it: no list that a new contract could be missing from.
    private static Guid? LedgerOf(Contract contract) =>
        Ledgers.TryGetValue(contract.GetType(), out var property) ? (Guid)property.GetValue(contract)! : null;
}
