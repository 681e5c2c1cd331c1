using Shouldly;
using Sync.Reconciliation;
using Xunit;

namespace Unit.Sync;

/// <summary>What is done about a difference, one step after the other, and how a ledger's row has it.</summary>
public sealed class EscalatingAMismatch
{
    [Fact]
    public void another_provider_is_asked_then_the_history_read_again_then_nothing()
    {
        var state = Next(null, "d");
        state.ShouldBe(new(EscalationStep.OpinionDue, "d"));
        state = Next(state.Begun(), "d");
        state.ShouldBe(new(EscalationStep.RepairDue, "d"));
        state = state.Begun();
        Next(state, "d").ShouldBe(state);
        state.Begun().ShouldBe(state);
    }

    [Fact]
    public void the_only_provider_is_not_asked_for_its_opinion() => Next(null, "d", hasOthers: false).Step.ShouldBe(EscalationStep.RepairDue);

    [Fact]
    public void another_difference_or_somebody_who_asks_begins_anew()
    {
        var repaired = new MismatchEscalation(EscalationStep.Repaired, "d");
        Next(repaired, "e").ShouldBe(new(EscalationStep.OpinionDue, "e"));
        Next(repaired, "d", isAskedFor: true).ShouldBe(new(EscalationStep.OpinionDue, "d"));
        Next(repaired, "d", isAskedFor: true, hasOthers: false).ShouldBe(new(EscalationStep.RepairDue, "d"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("ask balance:1:0", EscalationStep.OpinionDue)]
    [InlineData("asked balance:1:0", EscalationStep.OpinionHeard)]
    [InlineData("due balance:1:0", EscalationStep.RepairDue)]
    [InlineData("balance:1:0", EscalationStep.Repaired)]
    internal void a_row_is_read_and_written_as_ever(string? stored, EscalationStep? step = null)
    {
        var read = MismatchEscalation.Read(stored);
        read.ShouldBe(step is { } known ? new(known, "balance:1:0") : null);
        read?.Write().ShouldBe(stored);
    }

    private static MismatchEscalation Next(MismatchEscalation? now, string difference, bool isAskedFor = false, bool hasOthers = true) =>
        MismatchEscalation.Next(now, difference, isAskedFor, hasOthers);
}
