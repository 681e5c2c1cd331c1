using System.Numerics;
using System.Text.Json;
using Portfolio.Webhooks;
using Shouldly;
using Xunit;

namespace Unit.Portfolio.Webhooks;

/// <summary>Which messages an endpoint wants.</summary>
public sealed class FilteringMessages
{
    private static readonly Guid Wallet = Guid.CreateVersion7();
    private static readonly WebhookFilter All = new(null, null, new Dictionary<string, BigInteger>(), 0);

    [Fact]
    public void without_filters_everything_is_wanted()
    {
        All.Wants("deposit_update", Wallet, Data(1, 0)).ShouldBeTrue();
        All.Wants("webhook_disabled", null, Data(0, 0)).ShouldBeTrue();
    }

    [Fact]
    public void types_and_wallets_are_named()
    {
        (All with { Types = ["deposit_completed"] }).Wants("deposit_update", Wallet, Data(1, 0)).ShouldBeFalse();
        (All with { Wallets = [Wallet] }).Wants("deposit_update", Wallet, Data(1, 0)).ShouldBeTrue();
        (All with { Wallets = [Guid.CreateVersion7()] }).Wants("deposit_update", Wallet, Data(1, 0)).ShouldBeFalse();
        (All with { Wallets = [Wallet] }).Wants("webhook_disabled", null, Data(1, 0)).ShouldBeFalse();
    }

    [Fact]
    public void small_amounts_of_an_asset_are_left_out_but_never_what_takes_one_back()
    {
        var large = All with { Minimums = new Dictionary<string, BigInteger> { ["btc"] = 1_000 } };
        large.Wants("deposit_update", Wallet, Data(999, 0)).ShouldBeFalse();
        large.Wants("deposit_update", Wallet, Data(1_000, 0)).ShouldBeTrue();
        large.Wants("deposit_update", Wallet, Data(1, 0, "eth")).ShouldBeTrue();
        large.Wants("deposit_orphaned", Wallet, Data(1, 0)).ShouldBeTrue();
        large.Wants("deposit_replaced", Wallet, Data(1, 0)).ShouldBeTrue();
    }

    [Fact]
    public void confirmations_are_told_from_a_number_on_and_completion_always()
    {
        var deep = All with { Confirmations = 3 };
        deep.Wants("confirmation_update", Wallet, Data(1, 2)).ShouldBeFalse();
        deep.Wants("confirmation_update", Wallet, Data(1, 3)).ShouldBeTrue();
        deep.Wants("deposit_completed", Wallet, Data(1, 2)).ShouldBeTrue();
    }

    private static JsonElement Data(long amount, long confirmations, string asset = "btc") => JsonSerializer.SerializeToElement(new
    {
        asset, confirmations,
        amount = new { amount = amount.ToString(System.Globalization.CultureInfo.InvariantCulture), decimals = 8, symbol = "BTC", display = "0" },
    });
}
