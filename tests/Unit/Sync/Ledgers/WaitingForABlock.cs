using Chains;
using Shouldly;
using Sync.Chains;
using Sync.Ledgers;
using Xunit;

namespace Unit.Sync;

/// <summary>Which transactions wait for a block, by what a provider lists and what became of the others.</summary>
public sealed class WaitingForABlock
{
    private static readonly Guid Ledger = Guid.Parse("0190a000-0000-7000-8000-000000000001");
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly TimeSpan Silence = TimeSpan.FromHours(1);

    [Fact]
    public void what_is_listed_and_not_known_waits()
    {
        var change = Decide([], [Waiting("a", 5, "x:0")]);
        Told(change).ShouldBe(["pending a/0"]);
        change.Rows.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            row => (row.Txid, row.State, row.Incarnation, row.SeenAt).ShouldBe(("a", "waiting", 0, Now)), row => row.Spent.ShouldBe(["x:0"]));
    }

    [Fact]
    public void what_is_listed_again_is_no_news_and_was_seen_now()
    {
        var change = Decide([Row("a", "x:0")], [Waiting("a", 5, "x:0")]);
        Told(change).ShouldBeEmpty();
        change.Rows.ShouldHaveSingleItem().LastSeenAt.ShouldBe(Now);
    }

    [Fact]
    public void a_listed_one_that_spends_the_same_coin_replaces_and_goes_before_it_comes()
    {
        var change = Decide([Row("a", "x:0", "y:1")], [Waiting("b", 4, "y:1", "z:0")]);
        Told(change).ShouldBe(["replaced a/0 by b", "pending b/0"]);
        PendingRules.Missing([Row("a", "x:0", "y:1")], [Waiting("b", 4, "y:1")]).ShouldBeEmpty("it is known who replaced it");
    }

    [Fact]
    public void one_that_does_not_pay_the_address_replaces_by_what_became_of_the_coin() =>
        Told(Decide([Row("a", "x:0")], [], new() { ["a"] = PendingFate.Replaced("elsewhere") })).ShouldBe(["replaced a/0 by elsewhere"]);

    [Fact]
    public void what_is_unknown_is_dropped_after_a_silence_only()
    {
        var fates = new Dictionary<string, PendingFate> { ["a"] = PendingFate.Unknown };
        var silent = Decide([Row("a", "x:0") with { LastSeenAt = Now.AddMinutes(-59) }], [], fates);
        Told(silent).ShouldBeEmpty();
        silent.Rows.ShouldBeEmpty("nothing is written for a silence");
        Told(Decide([Row("a", "x:0") with { LastSeenAt = Now.AddMinutes(-60) }], [], fates)).ShouldBe(["dropped a/0"]);
    }

    [Fact]
    public void what_waits_beyond_the_list_or_is_in_a_block_already_goes_on_waiting()
    {
        foreach (var fate in (PendingFate[])[PendingFate.Waiting, PendingFate.InBlock])
        {
            var change = Decide([Row("a", "x:0")], [], new() { ["a"] = fate });
            Told(change).ShouldBeEmpty();
            change.Rows.ShouldHaveSingleItem().LastSeenAt.ShouldBe(Now);
        }
    }

    [Fact]
    public void whatever_was_not_asked_about_stays_as_it_is() => Decide([Row("a", "x:0")], []).Rows.ShouldBeEmpty();

    [Theory]
    [InlineData("dropped")]
    [InlineData("replaced")]
    [InlineData("observed")]
    public void what_comes_back_is_another_incarnation(string state) =>
        Told(Decide([Row("a", "x:0") with { State = state, Incarnation = 2 }], [Waiting("a", 5, "x:0")])).ShouldBe(["pending a/3"]);

    [Fact]
    public void what_stands_in_a_block_does_not_wait_and_what_was_orphaned_does()
    {
        var known = new KnownTransaction("a", 7, "b", 5, 1, Orphaned: false, 1);
        Told(Decide([], [Waiting("a", 5, "x:0")], standing: known)).ShouldBeEmpty();
        Told(Decide([], [Waiting("a", 5, "x:0")], standing: known with { Orphaned = true })).ShouldBe(["pending a/1"]);
    }

    private static PendingChange Decide(
        IReadOnlyList<PendingRow> known, IReadOnlyList<WaitingTransaction> listed, Dictionary<string, PendingFate>? fates = null,
        KnownTransaction? standing = null)
    {
        KnownTransaction[] stands = standing is null ? [] : [standing];
        return PendingRules.Decide(
            new(Ledger, Networks.Bitcoin, "p", known, listed, stands.ToDictionary(each => each.Txid), fates ?? []), Now, Silence);
    }

    private static IEnumerable<string> Told(PendingChange change) => change.Events.Select(e => e.Data switch
    {
        LedgerEvent.TransactionPending { Transaction: var t } => $"pending {t.Txid}/{t.Incarnation}",
        LedgerEvent.TransactionReplaced t => $"replaced {t.Txid}/{t.Incarnation} by {t.ReplacedBy}",
        LedgerEvent.TransactionDropped t => $"dropped {t.Txid}/{t.Incarnation}",
        _ => e.Data.ToString()!,
    });

    private static PendingRow Row(string txid, params string[] spent) => new(txid, 0, "waiting", spent, Now.AddMinutes(-5), Now.AddMinutes(-1));

    private static WaitingTransaction Waiting(string txid, long delta, params string[] spent) => new(txid, 1, delta, [], [], spent);
}
