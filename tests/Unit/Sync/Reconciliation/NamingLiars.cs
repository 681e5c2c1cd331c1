using Shouldly;
using Sync.Chains;
using Sync.Networks;
using Sync.Reconciliation;
using Xunit;

namespace Unit.Sync;

/// <summary>Who told something untrue once everything agrees again, and which tip several providers agree on.</summary>
public sealed class NamingLiars
{
    private static readonly Dispute Claim = new("first", 107, 12, "tip", OwnHistory: false, []);

    [Fact]
    public void a_claim_that_did_not_hold_was_untrue() => Claim.Untrue(100, 10, "tip", "second", "earlier").ShouldBe("first");

    [Fact]
    public void where_the_claim_held_what_was_verified_before_was_untrue() => Claim.Untrue(107, 12, "tip", "second", "earlier").ShouldBe("earlier");

    [Fact]
    public void who_contradicts_his_own_history_was_untrue_whatever_his_sum() =>
        (Claim with { OwnHistory = true }).Untrue(107, 12, "tip", "second", null).ShouldBe("first");

    [Fact]
    public void nobody_is_named_where_the_chain_moved_on_or_nobody_else_told_anything()
    {
        Claim.Untrue(100, 10, "later", "second", "earlier").ShouldBeNull();
        Claim.Untrue(107, 12, "tip", "second", null).ShouldBeNull();
        Claim.Untrue(100, 10, "tip", "first", "earlier").ShouldBeNull("he took it back himself");
    }

    [Fact]
    public void a_dispute_is_read_as_it_was_written() => Dispute.Read(Claim.Write())!.ShouldSatisfyAllConditions(
        read => read.Provider.ShouldBe("first"), read =>
            read.Balance.ShouldBe(107), read => read.Transactions.ShouldBe(12), read => read.TipHash.ShouldBe("tip"));

    [Theory]
    [InlineData(null)]
    [InlineData(null, 100)]
    [InlineData(103, 100, 103)]
    [InlineData(103, 100, 103, 103)]
    [InlineData(103, 100, 103, 9_999)]
    public void a_tip_needs_two_who_reached_it_or_the_higher_one_of_two(int? agreed, params int[] told) =>
        (TipMonitor.Agreed([.. told.Select(height => new ChainTip(height, Given.Hash(height)))])?.Height).ShouldBe(agreed);
}
