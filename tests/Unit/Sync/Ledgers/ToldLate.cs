using Chains;
using Contracts;
using Shouldly;
using Sync.Chains;
using Sync.Ledgers;
using Sync.Reconciliation;
using Xunit;

namespace Unit.Sync;

/// <summary>A known transaction is read again, and the reading says more, less, or something else.</summary>
public sealed class ToldLate
{
    private const string Token = "eip155:1/erc20:0x00000000000000000000000000000000000000aa";

    private static readonly ChainPart Gas = new("gas", null, -7, 7, null, null);
    private static readonly ChainPart Value = Part("value", -100);

    [Fact]
    public void the_same_reading_changes_nothing_whatever_order_it_has()
    {
        var change = Read([Gas, Value, Inside(3), Inside(3), Moved(5)], [Moved(5), Inside(3), Value, Inside(3), Gas]);
        (change.Events.Count, change.Revised.Count, change.Delta, change.Count).ShouldBe((0, 0, Amount.Zero, 0));
    }

    [Fact]
    public void movements_that_a_list_told_late_are_added_to_the_same_fact_each_by_its_name()
    {
        var change = Read([Gas, Value], [Gas, Value, Inside(3), Inside(3), Inside(-1), Moved(5), Moved(2), Part("value", 0)]);

        (change.Delta, change.Count, change.Found).ShouldBe((5, 0, 0));
        change.Others.ShouldBe(new Dictionary<string, (Amount, long)> { [Token] = (7, 1) });
        change.Events.Select(e => (LedgerEvent.MovementAdded)e.Data)
            .Select(e => (e.Movement.Movement.Part, e.Movement.Movement.Asset, e.Movement.Movement.Delta)).ShouldBe(
        [
            ("inside:3:1", Native, 3), ("inside:3:2", Native, 3), ("inside:-1:1", Native, -1), ("token:5:1", Token, 5), ("token:2:1", Token, 2),
        ], ignoreOrder: true);
        change.Events.Select(e => e.Id).Distinct().Count().ShouldBe(5);
        var row = change.Revised.ShouldHaveSingleItem();
        (row.Delta, row.Disputed).ShouldBe((-102, null));
        TokenDeltas.Read(row.Others).ShouldBe([new AssetChange(Token, 7)]);

        // And then it is known.
        Decide(row, [Gas, Value, Inside(3), Inside(3), Inside(-1), Moved(5), Moved(2)]).ShouldSatisfyAllConditions(
            again => again.Events.ShouldBeEmpty(), again => again.Revised.ShouldBeEmpty());
    }

    [Fact]
    public void one_more_of_equal_movements_is_named_as_such_whoever_tells_it()
    {
        var first = Read([Inside(3)], [Inside(3), Inside(3)]);
        var second = Read([Inside(3), Gas], [Inside(3), Inside(3), Gas]);
        first.Events.Single().Id.ShouldBe(second.Events.Single().Id);
        ((LedgerEvent.MovementAdded)first.Events.Single().Data).Movement.Movement.Part.ShouldBe("inside:3:2");
        // The same movement after a reorganisation is another fact.
        Decide(Known([Inside(3)]) with { Incarnation = 1 }, [Inside(3), Inside(3)]).Events.Single().Id.ShouldNotBe(first.Events.Single().Id);
    }

    [Fact]
    public void a_reading_that_tells_less_takes_nothing_back()
    {
        var change = Read([Gas, Value, Inside(3), Inside(4), Moved(5)], [Gas, Value, Inside(4)]);
        (change.Events.Count, change.Revised.Count).ShouldBe((0, 0));
    }

    [Fact]
    public void who_sent_it_and_what_it_cost_may_be_told_late_too()
    {
        var change = Read([Moved(5)], [Gas, Value, Moved(5)]);
        change.Delta.ShouldBe(-107);
        change.Events.Select(e => ((LedgerEvent.MovementAdded)e.Data).Movement.Fee).ShouldBe([7, 0]);
        // The native asset counts a transaction by its row, which is there; the token's is as it was.
        change.Others.ShouldBeEmpty();
    }

    [Fact]
    public void what_disagrees_is_said_and_not_taken_for_data()
    {
        var change = Read([Gas, Value, Inside(3)], [Gas, Part("value", -90), Inside(3), Inside(8)]);

        // The list that only grew is taken all the same.
        change.Delta.ShouldBe(8);
        ((LedgerEvent.MovementAdded)change.Events.Single().Data).Movement.Movement.Delta.ShouldBe(8);
        var row = change.Revised.ShouldHaveSingleItem();
        (row.Disputed, row.Delta).ShouldBe((10, -96));

        Decide(row, [Gas, Value, Inside(3), Inside(8)]).Revised.ShouldHaveSingleItem().Disputed.ShouldBeNull();
        Read([Moved(5)], [Moved(6)]).Revised.ShouldHaveSingleItem().Disputed.ShouldBe(0);
    }

    [Fact]
    public void of_what_is_told_as_a_whole_another_amount_is_disputed()
    {
        var known = Given.Known(1, 10, delta: 100);
        Decide(known, null, delta: 130).Revised.ShouldHaveSingleItem().Disputed.ShouldBe(30);
        Decide(known, null, delta: 100).Revised.ShouldBeEmpty();
        // Nothing can be held against what was kept before parts were.
        Decide(known, [Inside(3)], delta: 130).Revised.ShouldBeEmpty();
    }

    [Fact]
    public void what_no_balance_can_be_is_not_added()
    {
        var huge = Amount.Parse("115792089237316195423570985008687907853269984665640564039457584007913129639935");
        var change = Read([Part("token", huge, Token)], [Part("token", huge, Token), Moved(1)]);
        (change.Events.Count, change.Others.Count).ShouldBe((0, 0));
    }

    [Fact]
    public void a_transaction_that_moved_to_another_block_is_observed_anew_and_not_compared()
    {
        var known = Known([Gas, Value]) with { BlockHash = Given.Hash(99) };
        var change = Decide(known, [Gas, Value, Inside(3)]);
        change.Events.Select(e => e.Data.GetType().Name).ShouldBe(["TransactionOrphaned", "TransactionObserved"]);
        change.Revised.ShouldBeEmpty();
    }

    [Fact]
    public void a_difference_that_disputed_readings_make_up_is_shown_by_that_name()
    {
        BalanceVerdict.Of(110, null, 100, 5).DisputedBy(10).Differences.ShouldBe([new BalanceDifference("disputed", 10, 0)]);
        BalanceVerdict.Of(115, null, 100, 5).DisputedBy(10).ShouldSatisfyAllConditions(
            result => result.Verdict.ShouldBe(Verdict.Mismatch),
            result => result.Differences.ShouldBe([new BalanceDifference("disputed", 10, 0), new BalanceDifference("balance", 5, 0)]));
        BalanceVerdict.Of(100, null, 100, 5).DisputedBy(10).Verdict.ShouldBe(Verdict.Verified);
    }

    [Fact]
    public void a_difference_is_explained_only_by_what_makes_it_up_wholly()
    {
        var untold = new Dictionary<string, Amount> { ["withdrawals"] = 30, ["genesis"] = 0, ["block-rewards"] = 5 };
        BalanceVerdict.Of(135, null, 100, 5).WithOffLedger(untold).ShouldSatisfyAllConditions(
            result => result.Verdict.ShouldBe(Verdict.Explained),
            result => result.Differences.ShouldBe([new BalanceDifference("block-rewards", 5, 0), new BalanceDifference("withdrawals", 30, 0)]));
        BalanceVerdict.Of(134, null, 100, 5).WithOffLedger(untold).DisputedBy(-2).ShouldSatisfyAllConditions(
            result => result.Verdict.ShouldBe(Verdict.Mismatch),
            result => result.Differences.Select(difference => (difference.Class, difference.Balance))
                .ShouldBe([("block-rewards", 5), ("withdrawals", 30), ("disputed", -2), ("balance", 1)]));
        BalanceVerdict.Of(100, null, 100, 5).WithOffLedger(untold).Verdict.ShouldBe(Verdict.Verified);
    }

    [Fact]
    public void a_tokens_difference_is_its_contracts_only_where_all_that_is_listed_was_read()
    {
        BalanceVerdict.OfAsset(10, 10, 3, null).Verdict.ShouldBe(Verdict.Verified);
        BalanceVerdict.OfAsset(12, 10, 3, new ListedAsset(10, 3, "token-contract", true)).ShouldSatisfyAllConditions(
            result => result.Verdict.ShouldBe(Verdict.Explained), result =>
                result.Differences.ShouldBe([new BalanceDifference("token-contract", 2, 0)]));
        foreach (var listed in (ListedAsset?[])[null, new(12, 3, "token-contract", true), new(10, 4, "token-contract", true)])
            BalanceVerdict.OfAsset(12, 10, 3, listed).ShouldSatisfyAllConditions(
                result => result.Verdict.ShouldBe(Verdict.Mismatch), result => result.Differences.ShouldBe([new BalanceDifference("balance", 2, 0)]));
        BalanceVerdict.OfAsset(12, 10, 3, new ListedAsset(10, 3, "wrapped-native", false)).ShouldSatisfyAllConditions(
            result => result.Verdict.ShouldBe(Verdict.Mismatch), result => result.Differences.Single().Class.ShouldBe("wrapped-native"));
    }

    private static string Native => Networks.Ethereum.Native.Caip19;

    private static PageChange Read(IReadOnlyList<ChainPart> known, IReadOnlyList<ChainPart> told) => Decide(Known(known), told);

    private static PageChange Decide(KnownTransaction known, IReadOnlyList<ChainPart>? told, long? delta = null) =>
        PageRules.Decide(
            Given.Page(network: Networks.Ethereum, provider: "explorer"), [Told(told, delta)],
            new Dictionary<string, KnownTransaction> { [known.Txid] = known }, Given.Now);

    private static KnownTransaction Known(IReadOnlyList<ChainPart> parts)
    {
        var told = Told(parts, null);
        return Given.Known(1, 10) with { Delta = told.Delta, Others = TokenDeltas.Write(told.Others), Parts = TransactionComparison.Write(parts) };
    }

    private static ChainTransaction Told(IReadOnlyList<ChainPart>? parts, long? delta) => Given.Transaction(1, 10) with
    {
        Delta = delta ?? Sum(parts!, null),
        Parts = parts,
        Others = parts?.Any(part => part.Asset is not null) is true ? [new(Token, Sum(parts, Token))] : null,
    };

    private static Amount Sum(IEnumerable<ChainPart> parts, string? asset) =>
        parts.Where(part => part.Asset == asset).Aggregate(Amount.Zero, (sum, part) => sum + part.Delta);

    private static ChainPart Inside(long delta) => Part("inside", delta);

    private static ChainPart Moved(long delta) => Part("token", delta, Token);

    private static ChainPart Part(string list, Amount delta, string? asset = null) =>
        new(list, asset, delta, 0, new("a", delta, asset), new("b", delta, asset));
}
