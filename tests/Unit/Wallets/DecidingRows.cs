using Shouldly;
using Wallets;
using Xunit;

namespace Unit.Wallets;

public sealed class DecidingRows
{
    [Fact]
    public void rows_of_one_wallet_see_what_those_before_them_did()
    {
        var wallet = Given.Wallet(Given.Created, Given.Imported);
        var other = new ChainAddress("bitcoin", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4");
        var (events, verdicts) = DecideRows.Decide(wallet,
        [
            new(2, "Savings", Given.Genesis, "Other label", ["x"]), new(3, "Savings", other, "New", ["cold"]), new(4, "Savings", other, "Again", []),
        ], Given.Now);

        verdicts.Select(verdict => (verdict.Line, verdict.Word)).ShouldBe([(2, Verdicts.Present), (3, Verdicts.Imported), (4, Verdicts.Present)]);
        verdicts[0].AddressId.ShouldBe(Given.AddressId);
        verdicts[2].AddressId.ShouldBe(verdicts[1].AddressId);
        events.Select(@event => @event.GetType().Name).ShouldBe([nameof(WalletEvent.AddressImported), nameof(WalletEvent.AddressTagged)]);
        DecideRows.Decide(events.Aggregate(wallet, Wallet.Evolve), [new(3, "Savings", other, "New", ["cold"])], Given.Now).Events.ShouldBeEmpty();
    }
}
