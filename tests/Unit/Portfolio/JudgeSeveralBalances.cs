using Portfolio.Balances;
using Shouldly;
using Xunit;

namespace Unit.Portfolio;

public sealed class JudgeSeveralBalances
{
    [Theory]
    [InlineData("empty")]
    [InlineData("verified", "verified", "verified")]
    [InlineData("explained", "verified", "explained")]
    [InlineData("importing", "verified", "importing")]
    [InlineData("syncing", "importing", "syncing", "verified")]
    [InlineData("mismatch", "syncing", "mismatch", "verified")]
    public void what_wants_attention_first_stands_for_all(string together, params string[] each) =>
        BalanceStatus.Of(each).ShouldBe(together);

    [Fact]
    public void a_sum_with_a_part_that_was_not_compared_is_unverified() =>
        BalanceStatus.Of(["verified", "unverified", "explained"]).ShouldBe("unverified");

    [Theory]
    [InlineData("verified", "verified", "unverified")]
    [InlineData("explained", "verified", "unverified", "explained")]
    [InlineData("syncing", "syncing", "unverified")]
    public void an_asset_that_was_not_compared_says_nothing_of_the_others(string together, params string[] each) =>
        BalanceStatus.OfAssets(each).ShouldBe(together);
}
