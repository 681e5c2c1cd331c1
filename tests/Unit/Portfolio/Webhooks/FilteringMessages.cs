using System.Numerics;
using Chains;
using Portfolio.Feed;
using Portfolio.Webhooks;
using ServiceDefaults;
using Shouldly;
using Xunit;

namespace Unit.Portfolio.Webhooks;

/// <summary>Which messages an endpoint wants.</summary>
public sealed class FilteringMessages
{
    private static readonly Guid Wallet = Guid.CreateVersion7();
    private static readonly Asset Coin = new("btc", "BTC", 8);
    private static readonly WebhookFilter All = new(null, null, new Dictionary<string, BigInteger>(), 0);

    [Fact]
    public void without_filters_everything_is_wanted()
    {
        All.Wants("deposit_update", Of<FeedMessage.DepositUpdate>(1)).ShouldBeTrue();
        All.Wants("webhook_disabled", new FeedMessage.WebhookDisabled()).ShouldBeTrue();
    }

    [Fact]
    public void types_and_wallets_are_named()
    {
        var update = Of<FeedMessage.DepositUpdate>(1);
        (All with { Types = ["deposit_completed"] }).Wants("deposit_update", update).ShouldBeFalse();
        (All with { Wallets = [Wallet] }).Wants("deposit_update", update).ShouldBeTrue();
        (All with { Wallets = [Guid.CreateVersion7()] }).Wants("deposit_update", update).ShouldBeFalse();
        (All with { Wallets = [Wallet] }).Wants("webhook_disabled", new FeedMessage.WebhookDisabled()).ShouldBeFalse();
    }

    [Fact]
    public void small_amounts_of_an_asset_are_left_out_but_never_what_takes_one_back()
    {
        var large = All with { Minimums = new Dictionary<string, BigInteger> { ["btc"] = 1_000 } };
        large.Wants("deposit_update", Of<FeedMessage.DepositUpdate>(999)).ShouldBeFalse();
        large.Wants("deposit_update", Of<FeedMessage.DepositUpdate>(1_000)).ShouldBeTrue();
        large.Wants("deposit_update", Of<FeedMessage.DepositUpdate>(1) with { Asset = "eth" }).ShouldBeTrue();
        large.Wants("deposit_orphaned", Of<FeedMessage.DepositOrphaned>(1)).ShouldBeTrue();
        large.Wants("deposit_replaced", Of<FeedMessage.DepositReplaced>(1)).ShouldBeTrue();
        large.Wants("deposit_dropped", Of<FeedMessage.DepositDropped>(1)).ShouldBeTrue();
    }

    [Fact]
    public void confirmations_are_told_from_a_number_on_and_completion_always()
    {
        var deep = All with { Confirmations = 3 };
        deep.Wants("confirmation_update", Of<FeedMessage.ConfirmationUpdate>(1) with { Confirmations = 2 }).ShouldBeFalse();
        deep.Wants("confirmation_update", Of<FeedMessage.ConfirmationUpdate>(1) with { Confirmations = 3 }).ShouldBeTrue();
        deep.Wants("deposit_completed", Of<FeedMessage.DepositCompleted>(1) with { Confirmations = 2 }).ShouldBeTrue();
    }

    [Theory]
    [InlineData(0, -500, "out")] // Sent, and waiting for a block.
    [InlineData(-500, 500, "out")] // In a block by now.
    [InlineData(0, 500, "in")]
    [InlineData(500, -500, "in")]
    [InlineData(-500, 0, "out")]
    [InlineData(500, 0, "in")]
    [InlineData(0, 200, "in")] // What was spent waiting was replaced by less.
    public void what_goes_out_is_wanted_apart_from_what_comes_in(long confirmed, long pending, string direction)
    {
        var balance = new FeedMessage.BalanceChanged
        {
            Confirmed = Money.Of(new(10_000 + confirmed), Coin), ConfirmedBefore = Money.Of(new(10_000), Coin),
            Pending = Money.Of(new(-300 + pending), Coin), PendingBefore = Money.Of(new(-300), Coin),
        };
        balance.Direction.ShouldBe(direction);
        (All with { Direction = "in" }).Wants("balance_changed", balance).ShouldBe(direction == "in");
        (All with { Direction = "out" }).Wants("balance_changed", balance).ShouldBe(direction == "out");
        All.Wants("balance_changed", balance).ShouldBeTrue();
    }

    [Fact]
    public void a_deposit_comes_in_and_what_has_no_direction_is_wanted_in_both()
    {
        var outgoing = All with { Direction = "out" };
        outgoing.Wants("deposit_update", Of<FeedMessage.DepositUpdate>(1)).ShouldBeFalse();
        outgoing.Wants("deposit_orphaned", Of<FeedMessage.DepositOrphaned>(1)).ShouldBeFalse();
        (All with { Direction = "in" }).Wants("deposit_orphaned", Of<FeedMessage.DepositOrphaned>(1)).ShouldBeTrue();
        outgoing.Wants("webhook_disabled", new FeedMessage.WebhookDisabled()).ShouldBeTrue();
    }

    private static T Of<T>(long amount) where T : DepositMessage, new() =>
        new T() with { WalletId = Wallet, Asset = "btc", Amount = Money.Of(new(amount), Coin) };
}
