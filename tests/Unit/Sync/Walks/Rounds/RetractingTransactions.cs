using Chains;
using Shouldly;
using Sync.Chains;
using Sync.Ledgers;
using Sync.Reconciliation;
using Sync.Walks;
using Sync.Walks.Rounds;
using Xunit;

namespace Unit.Sync;

/// <summary>What is taken back once a known history was read whole again: what makes every sum that it touches come out, and no more.</summary>
public sealed class RetractingTransactions
{
    private const string Token = "eip155:1/erc20:0x00000000000000000000000000000000000000aa";
    private const string Another = "eip155:1/erc20:0x00000000000000000000000000000000000000bb";

    private static readonly KnownTransaction False = Given.Known(1, 20, delta: 40);
    private static readonly KnownTransaction Old = Given.Known(2, 30, delta: 25);

    [Fact]
    public void what_is_not_told_any_more_is_taken_back_where_the_balance_agrees_without_it() =>
        Taken(Repaired(60) with { Unseen = [False] }).ShouldBe([(False, null)]);

    [Fact]
    public void what_is_told_otherwise_is_replaced_where_the_balance_agrees_with_it()
    {
        var told = Given.Transaction(2, 30, delta: 5);
        Taken(Repaired(80) with { Retold = [new(Old, told)] }).ShouldBe([(Old, told)]);
        Taken(Repaired(40) with { Retold = [new(Old, told)], Unseen = [False] }).ShouldBe([(Old, told), (False, null)]);
    }

    [Theory]
    [InlineData(61)]
    [InlineData(100)]
    [InlineData(59)]
    public void nothing_is_where_the_balance_does_not_come_out_or_did_before(long reported) =>
        Taken(Repaired(reported) with { Unseen = [False] }).ShouldBeEmpty();

    [Theory]
    [InlineData(nameof(RoundKind.Top))]
    [InlineData(nameof(RoundKind.Check))]
    public void nothing_is_where_the_history_was_not_read_whole(string kind) =>
        Taken(WithRound(Repaired(60) with { Unseen = [False] }, round => round with { Kind = Enum.Parse<RoundKind>(kind) })).ShouldBeEmpty();

    [Fact]
    public void nothing_is_where_the_round_proves_nothing()
    {
        var facts = Repaired(60) with { Unseen = [False] };
        Taken(facts with { Stands = false }).ShouldBeEmpty();
        Taken(WithRound(facts, round => round with { SwitchHeight = 10 })).ShouldBeEmpty();
        Taken(WithRound(facts, round => round with { ServedKept = true })).ShouldBeEmpty();
        Taken(WithRound(facts, round => round with { Kind = RoundKind.First })).ShouldBeEmpty("nothing was known before");
    }

    [Fact]
    public void where_transactions_are_counted_only_amounts_are_replaced()
    {
        var told = Given.Transaction(2, 30, delta: 5);
        Taken(Repaired(80, count: 10) with { Retold = [new(Old, told)] }).ShouldBe([(Old, told)]);
        Taken(Repaired(80, count: 11) with { Retold = [new(Old, told)] }).ShouldBeEmpty();
        Taken(Repaired(60, count: 10) with { Unseen = [False] }).ShouldBeEmpty();
    }

    [Fact]
    public void every_asset_that_it_touches_must_come_out()
    {
        var both = False with { Others = TokenDeltas.Write([new(Token, 7)]) };
        Taken(Repaired(60) with { Unseen = [both], Assets = Assets((Token, 5, 12)) }).ShouldBe([(both, null)]);
        Taken(Repaired(60) with { Unseen = [both], Assets = Assets((Token, 6, 12)) }).ShouldBeEmpty();
        Taken(Repaired(60) with { Unseen = [both] }).ShouldBeEmpty("nobody said what is held of the token");
    }

    [Fact]
    public void what_belongs_to_an_asset_that_does_not_come_out_keeps_nothing_else_back()
    {
        var (token, other) = (Moved(3, new AssetChange(Token, 7)), Moved(4, new AssetChange(Another, 9)));
        var facts = Repaired(100) with { Unseen = [token, other] };
        Taken(facts with { Assets = Assets((Token, 5, 12), (Another, 3, 10)) }).ShouldBe([(token, null)]);
    }

    [Fact]
    public void what_changes_no_sum_that_is_wrong_stays_however_little_is_told_of_it()
    {
        var (there, back, nothing) = (Moved(3, new AssetChange(Token, 7)), Moved(4, new AssetChange(Token, -7)), Given.Known(5, 40, delta: 0));
        Taken(Repaired(60) with { Unseen = [False, there, back, nothing], Assets = Assets((Token, 12, 12)) }).ShouldBe([(False, null)]);
    }

    [Fact]
    public void a_transaction_differs_by_its_amounts_alone()
    {
        var row = Old with { Others = TokenDeltas.Write([new(Token, 7)]) };
        var same = Given.Transaction(2, 30, delta: 25) with { Others = [new(Token, 7), new(Another, 0)] };
        RetoldTransaction.Differs(row, same).ShouldBeFalse();
        RetoldTransaction.Differs(row, same with { Others = [new(Token, 8)] }).ShouldBeTrue();
        RetoldTransaction.Differs(row, same with { Others = null }).ShouldBeTrue();
        RetoldTransaction.Differs(row, same with { Delta = 24 }).ShouldBeTrue();
    }

    private static KnownTransaction Moved(int n, params AssetChange[] changes) =>
        Given.Known(n, 40, delta: 0) with { Others = TokenDeltas.Write(changes) };

    private static (KnownTransaction, ChainTransaction?)[] Taken(RoundFacts facts) =>
        [.. Retraction.Decide(facts).Select(each => (each.Row, each.Told))];

    private static AssetAnswers Assets(params (string Asset, long Reported, long Derived)[] assets) => new(
        [.. assets.Select(each => each.Asset)], assets.ToDictionary(each => each.Asset, each => (Amount)each.Reported),
        new Dictionary<string, ListedAsset>(), [.. assets.Select(each => new AssetBalance(each.Asset, each.Derived, 3, null))]);

    private static RoundFacts WithRound(RoundFacts facts, Func<Round, Round> change) =>
        facts with { State = facts.State with { Round = change(facts.Round) } };

    private static RoundFacts Repaired(long reported, long? count = null) => new(
        new Claim(Given.Ledger, 1, 1, 1, Guid.Empty, SyncTrigger.Import, "bitcoin", "a"),
        new WalkState(
            new LedgerState { Derived = 100, DerivedCount = 10, Reported = new(reported, 0, count) }, new ReconciliationState(),
            new Round(RoundKind.Repair, 1, new ChainTip(100, "tip")) { PagesDone = true }, new WalkCounters(LastRound: 1, Rounds: 2, Failures: 0)),
        Networks.Bitcoin, "first", Given.Now)
    { Stands = true };
}
