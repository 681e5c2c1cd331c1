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
}
