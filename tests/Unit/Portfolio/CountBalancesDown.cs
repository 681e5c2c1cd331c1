using System.Numerics;
using Chains;
using Contracts;
using Portfolio;
using Portfolio.Transactions;
using Shouldly;
using Xunit;

namespace Unit.Portfolio;

public sealed class CountBalancesDown
{
    private static readonly Guid Ledger = Guid.CreateVersion7();
    private static readonly AssetNames Names = new(Networks.Shipped, new Dictionary<(string, string), Asset>());
    private static readonly Guid Other = Guid.CreateVersion7();

    [Fact]
    public void each_row_has_what_the_newer_rows_left() =>
        Balances([Row(3, 10, 100), Row(2, -5, 100), Row(1, 7, 100)]).ShouldBe([100, 90, 95]);

    [Fact]
    public void read_towards_newer_rows_it_comes_to_the_same() =>
        Balances([Row(1, 7, 100), Row(2, -5, 100), Row(3, 10, 100)], backward: true).ShouldBe([95, 90, 100]);

    [Fact]
    public void ledgers_do_not_touch_each_other() =>
        Balances([Row(3, 10, 100), Row(2, 1, 50, ledger: Other), Row(1, 7, 100)]).ShouldBe([100, 50, 90]);

    [Fact]
    public void an_orphaned_row_has_no_balance_and_changes_none() =>
        Balances([Row(3, 10, 100), Row(2, 4, 100, orphaned: true), Row(1, 7, 100)]).ShouldBe([100, null, 90]);

    [Fact]
    public void without_anything_reported_there_is_no_balance() =>
        Balances([Row(3, 10, null), Row(2, 4, null)]).ShouldBe([null, null]);

    [Fact]
    public void where_rows_between_are_left_out_each_has_a_balance_of_its_own() =>
        RunningBalances.Views(Networks.Shipped, Names, [Row(9, 10, 100), Row(2, -5, 30)], backward: false, each: true)
            .Select(row => row.View.Balance?.Amount.Value).ShouldBe([100, 30]);

    [Theory]
    [InlineData(100, 94L, "confirming", 1L)]
    [InlineData(100, 104L, "confirming", 5L)]
    [InlineData(100, 105L, "confirmed", 6L)]
    [InlineData(100, null, "confirming", null)]
    public void confirmations_are_counted_from_the_tip(long height, long? tip, string status, long? confirmations)
    {
        var view = RunningBalances.Views(Networks.Shipped, Names, [Row(height, 1, 1) with { Tip = tip }], backward: false).Single().View;
        (view.Status, view.Confirmations).ShouldBe((status, confirmations));
    }

    [Theory]
    [InlineData(5, "in")]
    [InlineData(-5, "out")]
    [InlineData(0, "self")]
    public void the_sign_says_the_direction(int delta, string direction) =>
        RunningBalances.Views(Networks.Shipped, Names, [Row(1, delta, 1)], backward: false).Single().View.Direction.ShouldBe(direction);

    private static IEnumerable<BigInteger?> Balances(IReadOnlyList<TransactionRow> rows, bool backward = false) =>
        RunningBalances.Views(Networks.Shipped, Names, rows, backward).Select(row => row.View.Balance?.Amount.Value);

    private static TransactionRow Row(long height, long delta, long? @base, Guid? ledger = null, bool orphaned = false) => new(
        new(height, 0, (short)(delta < 0 ? 1 : 0), $"tx{height}", Networks.Bitcoin.Native.Caip19, ledger ?? Ledger), Guid.Empty, "bc1q", "bitcoin",
        delta, default, false, orphaned, "hash", 1, false, [new Party(null, 1)], [], @base, null, false, Guid.Empty, null);
}
