using System.Numerics;
using Portfolio.Performance;
using Shouldly;
using Xunit;

namespace Unit.Portfolio.Performance;

public sealed class ShareTransactions
{
    private const string Coin = "bip122:000000000019d6689c085ae165831e93/slip44:0";
    private const string Token = "eip155:1/erc20:0x1";
    private static readonly Guid Hot = Guid.CreateVersion7();
    private static readonly Guid Cold = Guid.CreateVersion7();

    [Fact]
    public void a_payment_is_what_went_outside_and_a_fee()
    {
        var share = Share(10, (Hot, Coin, -110));
        share.Went.ShouldBe([new(Hot, 100)]);
        share.Fees.ShouldBe([new(Hot, 10)]);
        (share.Moves.Count, share.Came.Count).ShouldBe((0, 0));
    }

    [Fact]
    public void change_on_another_own_address_is_a_move_and_the_fee_is_the_payments()
    {
        var share = Share(10, (Hot, Coin, -1000), (Cold, Coin, 700));
        share.Moves.ShouldBe([new(Hot, Cold, 700, 0)]);
        share.Went.ShouldBe([new(Hot, 290)]);
        share.Fees.ShouldBe([new(Hot, 10)]);
    }

    [Fact]
    public void where_nothing_goes_outside_the_fee_is_the_transfers()
    {
        var share = Share(10, (Hot, Coin, -510), (Cold, Coin, 500));
        share.Moves.ShouldBe([new(Hot, Cold, 500, 10)]);
        (share.Went.Count, share.Fees.Count).ShouldBe((0, 0));
    }

    [Fact]
    public void a_tokens_transfer_costs_the_networks_own_asset()
    {
        var shares = OwnShare.Of(Transaction(7, (Hot, Token, -5), (Cold, Token, 5), (Hot, Coin, -7)), Coin);
        shares.Single(share => share.Asset == Token).Moves.ShouldBe([new(Hot, Cold, 5, 0)]);
        shares.Single(share => share.Asset == Coin).Moves.ShouldBe([new(Hot, Hot, 0, 7)]);
    }

    [Fact]
    public void a_fee_that_was_not_lost_is_nobodys_own()
    {
        var share = Share(50, (Hot, Coin, -20));
        (share.Fees.Count, share.Went.Single().Amount).ShouldBe((0, (BigInteger)20));
    }

    [Fact]
    public void many_places_give_and_get_in_turn()
    {
        var share = Share(5, (Hot, Coin, -100), (Cold, Coin, -50), (Hot, Coin, 120));
        share.Moves.Aggregate(BigInteger.Zero, (sum, move) => sum + move.Amount).ShouldBe(120);
        share.Went.ShouldBe([new(Cold, 25)]);
    }

    private static OwnShare Share(int fee, params (Guid, string, int)[] changes) => OwnShare.Of(Transaction(fee, changes), Coin).Single();

    private static LedgerTransaction Transaction(int fee, params (Guid Place, string Asset, int Delta)[] changes) => new(
        "bitcoin", "t", DateTimeOffset.UnixEpoch, fee, false, [.. changes.Select(one => new LedgerChange(one.Place, one.Asset, one.Delta))]);
}
