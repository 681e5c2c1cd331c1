using System.Text.Json;
using Contracts;
using EventSourcing;
using Shouldly;
using Sync;
using Sync.Ledgers;
using Sync.Networks;
using Sync.Providers.Budgets;
using Sync.WalletSyncs;
using Xunit;

namespace Unit.Sync;

/// <summary>Golden: a line is added for a new event; none is ever changed or taken away, because logs hold them.</summary>
public sealed class StoredNames
{
    private static readonly Guid Id = Guid.Parse("0190a000-0000-7000-8000-000000000001");
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void the_names_in_the_log_are_the_ones_ever_stored() =>
        SyncModule.Events.Aliases.ShouldBe(
        [
            "asset_described",
            "balance_reconciled",
            "balance_reported",
            "budget_alerted",
            "chain_tip_advanced",
            "cross_checked",
            "gap_closed",
            "gap_found",
            "ledger_caught_up",
            "ledger_closed",
            "ledger_fell_behind",
            "ledger_tracked",
            "ledger_untracked",
            "movement_added",
            "provider_contradicted",
            "sync_cancelled",
            "sync_completed",
            "sync_erased",
            "sync_failed",
            "sync_started",
            "sync_waiting",
            "transaction_confirmed",
            "transaction_dropped",
            "transaction_observed",
            "transaction_orphaned",
            "transaction_pending",
            "transaction_placed",
            "transaction_replaced",
            "transaction_retracted",
            "walk_completed",
            "walk_started",
        ]);

    [Fact]
    public void the_streams_are_named_as_ever() =>
        new[] { LedgerEvent.Category, ChainEvent.Category, SyncEvent.Category,
            ProviderEvent.Category }.ShouldBe(["ledger", "chain", "wallet-sync", "provider"]);

    public static TheoryData<object, string> Rows => new()
    {
        { new LedgerEvent.LedgerTracked(Id, Id, Id, "bitcoin", "a", At),
            $$$"""{"LedgerId":"{{{Id}}}","WalletId":"{{{Id}}}","AddressId":"{{{Id}}}","Network":"bitcoin","Address":"a","At":"2026-01-02T03:04:05+00:00"}""" },
        { new LedgerEvent.LedgerUntracked(Id, Id, Id, At),
            $$$"""{"LedgerId":"{{{Id}}}","WalletId":"{{{Id}}}","AddressId":"{{{Id}}}","At":"2026-01-02T03:04:05+00:00"}""" },
        { new LedgerEvent.BalanceReported(Id, "btc", 5, -1, 2, 9, "h", "p", At),
            $$$"""{"LedgerId":"{{{Id}}}","Asset":"btc","Confirmed":"5","Pending":"-1","TransactionCount":2,"TipHeight":9,"TipHash":"h","Provider":"p","At":"2026-01-02T03:04:05+00:00"}""" },
        { new LedgerEvent.WalkStarted(Id, "first", At), $$$"""{"LedgerId":"{{{Id}}}","Kind":"first","At":"2026-01-02T03:04:05+00:00"}""" },
        {
            new LedgerEvent.TransactionObserved(Id, new ObservedTransaction("t", 7, "b", At, null, 1, [new Movement("native", "btc", -3)],
                [new Party("a", 9)], [new Party(null, 8)], false, 0, "p")),
            $$$"""{"LedgerId":"{{{Id}}}","Transaction":{"Txid":"t","Height":7,"BlockHash":"b","BlockTime":"2026-01-02T03:04:05+00:00","Position":null,"Fee":"1","Movements":[{"Part":"native","Asset":"btc","Delta":"-3"}],"From":[{"Address":"a","Value":"9"}],"To":[{"Address":null,"Value":"8"}],"Coinbase":false,"Incarnation":0,"Provider":"p"}}"""
        },
        {
            new LedgerEvent.TransactionObserved(Id, new ObservedTransaction("t", 7, null, At, null, 1, [new Movement("native", "btc", -3)],
                [new Party("a", 9)], [new Party(null, 8)], false, 0, "p")),
            $$$"""{"LedgerId":"{{{Id}}}","Transaction":{"Txid":"t","Height":7,"BlockHash":null,"BlockTime":"2026-01-02T03:04:05+00:00","Position":null,"Fee":"1","Movements":[{"Part":"native","Asset":"btc","Delta":"-3"}],"From":[{"Address":"a","Value":"9"}],"To":[{"Address":null,"Value":"8"}],"Coinbase":false,"Incarnation":0,"Provider":"p"}}"""
        },
        { new LedgerEvent.TransactionPlaced(Id, new PlacedTransaction("t", 7, "b", At, 0)),
            $$$"""{"LedgerId":"{{{Id}}}","Transaction":{"Txid":"t","Height":7,"BlockHash":"b","BlockTime":"2026-01-02T03:04:05+00:00","Incarnation":0}}""" },
        {
            new LedgerEvent.MovementAdded(Id, new AddedMovement("t", 0, new Movement("inside:3:1", "eth", 3), 0, new Party("a", 3), null, "p")),
            $$$"""{"LedgerId":"{{{Id}}}","Movement":{"Txid":"t","Incarnation":0,"Movement":{"Part":"inside:3:1","Asset":"eth","Delta":"3"},"Fee":"0","From":{"Address":"a","Value":"3"},"To":null,"Provider":"p"}}"""
        },
        { new LedgerEvent.TransactionRetracted(Id, new OrphanedTransaction("t", "b", 7, 0), "p", At),
            $$$"""{"LedgerId":"{{{Id}}}","Transaction":{"Txid":"t","BlockHash":"b","Height":7,"Incarnation":0},"Provider":"p","At":"2026-01-02T03:04:05+00:00"}""" },
        { new LedgerEvent.TransactionOrphaned(Id, new OrphanedTransaction("t", "b", 7, 0), At),
            $$$"""{"LedgerId":"{{{Id}}}","Transaction":{"Txid":"t","BlockHash":"b","Height":7,"Incarnation":0},"At":"2026-01-02T03:04:05+00:00"}""" },
        {
            new LedgerEvent.TransactionPending(Id, new PendingTransaction("t", At, 1, [new Movement("native", "btc", -3)], [new Party("a", 9)],
                [new Party(null, 8)], 0, "p")),
            $$$"""{"LedgerId":"{{{Id}}}","Transaction":{"Txid":"t","SeenAt":"2026-01-02T03:04:05+00:00","Fee":"1","Movements":[{"Part":"native","Asset":"btc","Delta":"-3"}],"From":[{"Address":"a","Value":"9"}],"To":[{"Address":null,"Value":"8"}],"Incarnation":0,"Provider":"p"}}"""
        },
        { new LedgerEvent.TransactionReplaced(Id, "t", 0, "u", At),
            $$$"""{"LedgerId":"{{{Id}}}","Txid":"t","Incarnation":0,"ReplacedBy":"u","At":"2026-01-02T03:04:05+00:00"}""" },
        { new LedgerEvent.TransactionDropped(Id, "t", 0, At),
            $$$"""{"LedgerId":"{{{Id}}}","Txid":"t","Incarnation":0,"At":"2026-01-02T03:04:05+00:00"}""" },
        { new LedgerEvent.TransactionConfirmed(Id, "t", 9, At),
            $$$"""{"LedgerId":"{{{Id}}}","Txid":"t","TipHeight":9,"At":"2026-01-02T03:04:05+00:00"}""" },
        { new LedgerEvent.WalkCompleted(Id, "top", 9, "h", At),
            $$$"""{"LedgerId":"{{{Id}}}","Kind":"top","TipHeight":9,"TipHash":"h","At":"2026-01-02T03:04:05+00:00"}""" },
        {
            new LedgerEvent.BalanceReconciled(Id, "mismatch", "btc", 5, 4, 2, 1, 9, "h", "p", [new BalanceDifference("balance", 1, 1)], At),
            $$$"""{"LedgerId":"{{{Id}}}","Verdict":"mismatch","Asset":"btc","Reported":"5","Derived":"4","ReportedCount":2,"DerivedCount":1,"Height":9,"TipHash":"h","Provider":"p","Differences":[{"Class":"balance","Balance":"1","Transactions":1}],"At":"2026-01-02T03:04:05+00:00"}"""
        },
        {
            new LedgerEvent.ProviderContradicted(Id, "p", "q", 9, "h", [new BalanceDifference("balance", 1, 1)], At),
            $$$"""{"LedgerId":"{{{Id}}}","Provider":"p","By":"q","Height":9,"TipHash":"h","Differences":[{"Class":"balance","Balance":"1","Transactions":1}],"At":"2026-01-02T03:04:05+00:00"}"""
        },
        {
            new LedgerEvent.CrossChecked(Id, "p", "q", 9, "h", 3, false, "t", 7, "not-told", At),
            $$$"""{"LedgerId":"{{{Id}}}","Provider":"p","By":"q","Height":9,"TipHash":"h","Transactions":3,"Agrees":false,"FirstTxid":"t","FirstHeight":7,"FirstKind":"not-told","At":"2026-01-02T03:04:05+00:00"}"""
        },
        { new LedgerEvent.LedgerFellBehind(Id, At, "r", At),
            $$$"""{"LedgerId":"{{{Id}}}","Since":"2026-01-02T03:04:05+00:00","Reason":"r","At":"2026-01-02T03:04:05+00:00"}""" },
        { new LedgerEvent.GapFound(Id, "t", 7, "p", "r", At),
            $$$"""{"LedgerId":"{{{Id}}}","Txid":"t","Height":7,"Provider":"p","Reason":"r","At":"2026-01-02T03:04:05+00:00"}""" },
        { new LedgerEvent.GapClosed(Id, "t", At), $$$"""{"LedgerId":"{{{Id}}}","Txid":"t","At":"2026-01-02T03:04:05+00:00"}""" },
        { new LedgerEvent.LedgerCaughtUp(Id, At), $$$"""{"LedgerId":"{{{Id}}}","At":"2026-01-02T03:04:05+00:00"}""" },
        { new LedgerEvent.LedgerClosed(Id, At), $$$"""{"LedgerId":"{{{Id}}}","At":"2026-01-02T03:04:05+00:00"}""" },
        { new ChainEvent.ChainTipAdvanced("bitcoin", 9, "h", At),
            """{"Network":"bitcoin","Height":9,"Hash":"h","At":"2026-01-02T03:04:05+00:00"}""" },
        { new ChainEvent.AssetDescribed("ethereum", "a", "T", 6, "p", At),
            """{"Network":"ethereum","Asset":"a","Symbol":"T","Decimals":6,"Provider":"p","At":"2026-01-02T03:04:05+00:00"}""" },
        { new LedgerEvent.BalanceReported(Id, "eth", 5, 0, null, 9, "h", "p", At),
            $$$"""{"LedgerId":"{{{Id}}}","Asset":"eth","Confirmed":"5","Pending":"0","TransactionCount":null,"TipHeight":9,"TipHash":"h","Provider":"p","At":"2026-01-02T03:04:05+00:00"}""" },
        {
            new LedgerEvent.TransactionObserved(Id, new ObservedTransaction("t", 7, "b", At, null, 1, [new Movement("asset", "tkn", -3)],
                [new Party("a", 3, "tkn")], [], false, 0, "p")),
            $$$"""{"LedgerId":"{{{Id}}}","Transaction":{"Txid":"t","Height":7,"BlockHash":"b","BlockTime":"2026-01-02T03:04:05+00:00","Position":null,"Fee":"1","Movements":[{"Part":"asset","Asset":"tkn","Delta":"-3"}],"From":[{"Address":"a","Value":"3","Asset":"tkn"}],"To":[],"Coinbase":false,"Incarnation":0,"Provider":"p"}}"""
        },
        { new SyncEvent.SyncStarted(Id, Id, "import", At),
            $$$"""{"WalletId":"{{{Id}}}","RunId":"{{{Id}}}","Trigger":"import","At":"2026-01-02T03:04:05+00:00"}""" },
        { new SyncEvent.SyncWaiting(Id, Id, "r", At, At),
            $$$"""{"WalletId":"{{{Id}}}","RunId":"{{{Id}}}","Reason":"r","Until":"2026-01-02T03:04:05+00:00","At":"2026-01-02T03:04:05+00:00"}""" },
        { new SyncEvent.SyncCompleted(Id, Id, 3, 4, At),
            $$$"""{"WalletId":"{{{Id}}}","RunId":"{{{Id}}}","Pages":3,"Found":4,"At":"2026-01-02T03:04:05+00:00"}""" },
        { new SyncEvent.SyncFailed(Id, Id, "r", At, At),
            $$$"""{"WalletId":"{{{Id}}}","RunId":"{{{Id}}}","Reason":"r","NextTry":"2026-01-02T03:04:05+00:00","At":"2026-01-02T03:04:05+00:00"}""" },
        { new SyncEvent.SyncCompleted(Id, Id, 3, 4, At) { Trigger = "import", StartedAt = At, Requests = 9 },
            $$$"""{"WalletId":"{{{Id}}}","RunId":"{{{Id}}}","Pages":3,"Found":4,"At":"2026-01-02T03:04:05+00:00","Trigger":"import","StartedAt":"2026-01-02T03:04:05+00:00","Requests":9}""" },
        { new SyncEvent.SyncFailed(Id, Id, "r", At, At) { Trigger = "import", StartedAt = At, Pages = 3, Requests = 9, Found = 4 },
            $$$"""{"WalletId":"{{{Id}}}","RunId":"{{{Id}}}","Reason":"r","NextTry":"2026-01-02T03:04:05+00:00","At":"2026-01-02T03:04:05+00:00","Trigger":"import","StartedAt":"2026-01-02T03:04:05+00:00","Pages":3,"Requests":9,"Found":4}""" },
        { new SyncEvent.SyncCancelled(Id, Id, "import", At, 3, 9, 4, At),
            $$$"""{"WalletId":"{{{Id}}}","RunId":"{{{Id}}}","Trigger":"import","StartedAt":"2026-01-02T03:04:05+00:00","Pages":3,"Requests":9,"Found":4,"At":"2026-01-02T03:04:05+00:00"}""" },
        { new ProviderEvent.BudgetAlerted("b", "projection", "2026-01", 9, 5, At),
            """{"Budget":"b","Kind":"projection","Window":"2026-01","Requests":9,"Limit":5,"At":"2026-01-02T03:04:05+00:00"}""" },
        { new ProviderEvent.BudgetAlerted("b", "projection", "2026-01", 9, 5, At, ["bitcoin"]),
            """{"Budget":"b","Kind":"projection","Window":"2026-01","Requests":9,"Limit":5,"At":"2026-01-02T03:04:05+00:00","Networks":["bitcoin"]}""" },
        { new SyncEvent.SyncErased(Id, At), $$$"""{"WalletId":"{{{Id}}}","At":"2026-01-02T03:04:05+00:00"}""" },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void every_event_is_stored_as_ever_and_read_back(object @event, string stored)
    {
        JsonSerializer.Serialize(@event, @event.GetType(), EventTypes.Json).ShouldBe(stored);
        var back = JsonSerializer.Deserialize(stored, @event.GetType(), EventTypes.Json);
        JsonSerializer.Serialize(back, @event.GetType(), EventTypes.Json).ShouldBe(stored);
    }

    [Fact]
    public void there_is_a_row_for_every_name() =>
        Rows.Select(row => EventTypes.AliasOf(row.Data.Item1.GetType())).Distinct().Order(StringComparer.Ordinal).ShouldBe(SyncModule.Events.Aliases);
}
