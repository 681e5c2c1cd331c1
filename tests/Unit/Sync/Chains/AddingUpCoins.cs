using Chains;
using Providers;
using Shouldly;
using Sync.Chains.Utxo;
using Xunit;

namespace Unit.Sync;

/// <summary>What a transaction of coins comes to for one script, on any network.</summary>
public sealed class AddingUpCoins
{
    private const string Ours = "76a914…88ac";

    [Theory]
    [InlineData("bitcoin", 2_100_000_000_000_000)]
    [InlineData("litecoin", 8_400_000_000_000_000)]
    [InlineData("dogecoin", 1_000_000_000_000_000_000)]
    public void an_amount_is_as_large_as_its_chain_allows_and_no_larger(string network, long largest)
    {
        var sides = Sides(Networks.Shipped.Find(network)!);
        sides.Receives(Ours, "a", largest);
        sides.Of(new string('a', 64), 1, null, 1_600_000_000, 0, coinbase: true).Delta.ShouldBe(largest);
        Should.Throw<ProviderException>(() => Sides(Networks.Shipped.Find(network)!)
            .Receives(Ours, "a", largest + 1)).Failure.ShouldBe(ProviderFailure.BadAnswer);
        Should.Throw<ProviderException>(() => Sides(Networks.Shipped.Find(network)!)
            .Spends(Ours, "a", -1)).Failure.ShouldBe(ProviderFailure.BadAnswer);
    }

    [Fact]
    public void amounts_larger_together_than_any_number_of_64_bits_add_up()
    {
        var sides = Sides(Networks.Dogecoin);
        for (var n = 0; n < 20; n++) sides.Receives(Ours, "a", 1_000_000_000_000_000_000);
        sides.Of(new string('a', 64), 1, null, 1_600_000_000, 0, coinbase: true).Delta.ShouldBe(Amount.Parse("20000000000000000000"));
    }

    [Fact]
    public void dust_counts_and_what_nobody_can_spend_or_another_script_has_is_shown_and_does_not()
    {
        var sides = Sides(Networks.Bitcoin);
        sides.Spends("0014…", "sender", 1_000);
        sides.Receives(Ours, "a", 1);
        sides.Receives("6a0568656c6c6f", null, 0);
        sides.Receives("6a", null, 7);
        // The same key in the open is another script, whatever address it is given.
        sides.Receives("2102…ac", "a", 900);

        var told = sides.Of(new string('a', 64), 1, null, 1_600_000_000, 92, coinbase: false);
        told.Delta.ShouldBe(1);
        told.To.Select(party => (party.Address, party.Value)).ShouldBe([("a", 1), (null, 0), (null, 7), ("a", 900)]);
    }

    private static CoinSides Sides(Network network) =>
        new(network, Ours, 1, 1, reason => new ProviderException(ProviderFailure.BadAnswer, "test", reason));
}
