using Shouldly;
using Sync.Chains;
using Sync.Ledgers;
using Sync.Reconciliation;
using Sync.Walks.Rounds;
using Xunit;

namespace Unit.Sync;

/// <summary>What a round is to read, given what is known and what a provider reports.</summary>
public sealed class ChoosingARound
{
    private static readonly LedgerState Concluded = new() { SettledHeight = 80, Tip = new(100, "tip"), Derived = 30, DerivedCount = 3 };
    private static readonly ChoiceFacts Unchanged = new(Concluded, null, new(101, "next"), new(30, 0, 3));

    [Fact]
    public void a_new_address_is_read_whole() => RoundChoice.Choose(Unchanged with { Ledger = new() }).ShouldBe(RoundKind.First);

    [Fact]
    public void an_address_settled_above_the_tip_is_read_whole_again() =>
        RoundChoice.Choose(Unchanged with { Tip = new(79, "low") }).ShouldBe(RoundKind.First);

    [Fact]
    public void a_repair_that_is_due_comes_before_all_else() =>
        RoundChoice.Choose(Unchanged with { Escalation = new(EscalationStep.RepairDue, "d") }).ShouldBe(RoundKind.Repair);

    [Theory]
    [InlineData(31, 3L)]
    [InlineData(30, 4L)]
    [InlineData(30, null)]
    public void what_changed_or_cannot_be_counted_is_read_above_the_settled_part(long balance, long? count)
    {
        var facts = Unchanged with { Summary = new AddressSummary(balance, 0, count) };
        RoundChoice.NeedsProof(facts).ShouldBeFalse();
        RoundChoice.Choose(facts).ShouldBe(RoundKind.Top);
    }

    [Fact]
    public void an_opinion_that_is_due_reads_no_more_than_another_round() =>
        RoundChoice.Choose(Unchanged with { Escalation = new(EscalationStep.OpinionDue, "d"), Summary = new(31, 0, 3) }).ShouldBe(RoundKind.Top);

    [Theory]
    [InlineData(false, false, false, true)]
    [InlineData(false, true, true, true)]
    [InlineData(false, true, false, false)]
    [InlineData(true, true, true, false)]
    public void where_nothing_came_the_last_conclusions_stand_only_as_far_as_the_chain_proves(
        bool unproven, bool unsettled, bool holdsTip, bool isCheck)
    {
        RoundChoice.NeedsProof(Unchanged).ShouldBeTrue();
        RoundChoice.Choose(Unchanged with { HasUnproven = unproven, HasUnsettled = unsettled, HoldsTip = holdsTip })
            .ShouldBe(isCheck ? RoundKind.Check : RoundKind.Top);
    }
}
