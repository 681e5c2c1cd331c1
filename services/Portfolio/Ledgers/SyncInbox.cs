using Contracts;
using EventSourcing;
using Messaging;
using Npgsql;
using Portfolio.Feed;

namespace Portfolio.Ledgers;

/// <summary>Keeps ledgers, transactions and balances as the Sync service publishes them: any number of facts in one round trip.</summary>
internal sealed class SyncInbox : IInbox
{
    public async Task ApplyAsync(Work work, IReadOnlyList<Contract> contracts, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(work.Connection);
        foreach (var group in ContractBatches.Of(contracts))
        {
            foreach (var facts in group.GroupBy(contract => contract.GetType(), (_, all) => all.ToList()))
            {
                foreach (var statement in StatementsOf(facts)) batch.BatchCommands.Add(statement);
            }
        }

        foreach (var statement in ChainTips.Advanced(contracts).Concat(AssetFacts.Described(contracts)).Concat(FactsToTell.Kept(contracts)))
            batch.BatchCommands.Add(statement);
        if (batch.BatchCommands.Count == 0) return;
        batch.BatchCommands.Add(Marks.Wake(always: contracts.Any(contract => contract is ChainTipAdvanced or LedgerWalkCompleted)));
        await batch.ExecuteNonQueryAsync(ct);
    }

    private static IEnumerable<NpgsqlBatchCommand> StatementsOf(List<Contract> facts) => facts[0] switch
    {
        LedgerTracked => Trackers.Tracked([.. facts.Cast<LedgerTracked>()]),
        LedgerUntracked => Trackers.Untracked([.. facts.Cast<LedgerUntracked>()]),
        LedgerClosed => Trackers.Closed([.. facts.Cast<LedgerClosed>()]),
        LedgerWalkStarted => Walks.Started([.. facts.Cast<LedgerWalkStarted>()]),
        LedgerWalkCompleted => Walks.Completed([.. facts.Cast<LedgerWalkCompleted>()]),
        LedgerFellBehind => Walks.FellBehind([.. facts.Cast<LedgerFellBehind>()]),
        LedgerCaughtUp => Walks.CaughtUp([.. facts.Cast<LedgerCaughtUp>()]),
        BalanceReported => BalanceFacts.Reported([.. facts.Cast<BalanceReported>()]),
        BalanceReconciled => BalanceFacts.Reconciled([.. facts.Cast<BalanceReconciled>()]),
        TransactionsObserved => TransactionFacts.Observed([.. facts.Cast<TransactionsObserved>()]),
        TransactionsPlaced => TransactionFacts.Placed([.. facts.Cast<TransactionsPlaced>()]),
        MovementsAdded => MovementFacts.Added([.. facts.Cast<MovementsAdded>()]),
        TransactionsOrphaned => TransactionFacts.Orphaned([.. facts.Cast<TransactionsOrphaned>()]),
        TransactionsConfirmed => TransactionFacts.Confirmed([.. facts.Cast<TransactionsConfirmed>()]),
        TransactionsPending => PendingFacts.Seen([.. facts.Cast<TransactionsPending>()]),
        TransactionReplaced => PendingFacts.Replaced([.. facts.Cast<TransactionReplaced>()]),
        TransactionDropped => PendingFacts.Dropped([.. facts.Cast<TransactionDropped>()]),
        var other => throw new InvalidOperationException($"{other.GetType().Name} is in a batch but has no statement."),
    };
}
