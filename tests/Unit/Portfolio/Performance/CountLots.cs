using Fractions;
using Portfolio.Performance;
using Shouldly;
using Xunit;

namespace Unit.Portfolio.Performance;

/// <summary>Examples that can be redone by hand.</summary>
public sealed class CountLots
{
    private static readonly Guid Hot = Guid.CreateVersion7();
    private static readonly Guid Cold = Guid.CreateVersion7();

    [Theory]
    [InlineData("Fifo", 500)]
    [InlineData("Lifo", 400)]
    [InlineData("Hifo", 200)]
    [InlineData("Lofo", 500)]
    public void a_method_says_which_lot_is_taken(string method, int gain) =>
        Gains(new(Enum.Parse<LotMethod>(method)), Buy(1, 1, 100), Buy(2, 1, 400), Buy(3, 1, 200), Sell(4, 1, 600)).ShouldBe([gain]);

    // Ten for 100 each and five for 130 are fifteen for 1,650: 110 each. Six sold for 150 each gain 240, and the nine left cost 990.
    [Fact]
    public void the_average_is_over_all_that_is_held()
    {
        var lots = new Lots(new(LotMethod.Average));
        Movements(Buy(1, 10, 1000), Buy(2, 5, 650), Sell(3, 6, 900)).SelectMany(lots.Apply).OfType<LotEntry.Disposal>().Single().Gain
            .ShouldBe((Fraction)240);
        lots.Cost.ShouldBe((Fraction)990);

        // Nine more for 1,530 make eighteen for 2,520: 140 each.
        Movements(Buy(4, 9, 1530), Sell(5, 18, 2700)).SelectMany(lots.Apply).OfType<LotEntry.Disposal>().Single().Gain.ShouldBe((Fraction)180);
        lots.Cost.ShouldBe(Fraction.Zero);
    }

    [Fact]
    public void a_transfer_carries_its_lots_with_the_days_they_were_acquired()
    {
        var lots = new Lots(new(LotMethod.Fifo, PerWallet: true));
        var sold = Movements(Buy(1, 2, 200), Buy(300, 1, 500), Move(400, 2, 0), Buy(401, 1, 900, Cold), Sell(402, 2, 1000, Cold))
            .SelectMany(lots.Apply).OfType<LotEntry.Disposal>().Single();
        (sold.Gain, sold.Fractions.Single().Term, sold.Fractions.Single().AcquiredAt).ShouldBe(((Fraction)800, "long", Day(1)));
        lots.Open.Select(open => (open.Place, open.Lot.Quantity, open.Lot.Cost)).ShouldBe(
            [(Hot, (Fraction)1, (Fraction)500), (Cold, (Fraction)1, (Fraction)900)], ignoreOrder: true);
    }

    // Two are held for 100 each and 0.5 of them is a fee when the price is 300.
    [Theory]
    [InlineData("Disposal", 100, 150, 0)]
    [InlineData("AddToBasis", 0, 200, 0)]
    [InlineData("Ignore", 0, 150, 50)]
    public void a_transfers_fee_is_disposed_of_or_adds_to_the_basis_or_is_ignored(string fee, int gain, int left, int ignored)
    {
        foreach (var perWallet in new[] { false, true })
        {
            var lots = new Lots(new(LotMethod.Fifo, perWallet, Enum.Parse<TransferFee>(fee)));
            var entries = Movements(
                Buy(1, 2, 200), new LotMovement.Moved("m", Day(2), Hot, Cold, new(3, 2), new(1, 2), 150)).SelectMany(lots.Apply).ToList();
            entries.OfType<LotEntry.Disposal>().Aggregate(Fraction.Zero, (sum, one) => sum + one.Gain!.Value).ShouldBe((Fraction)gain);
            entries.OfType<LotEntry.Ignored>().Aggregate(Fraction.Zero, (sum, one) => sum + one.Cost).ShouldBe((Fraction)ignored);
            (lots.Cost, lots.Quantity).ShouldBe(((Fraction)left, new Fraction(3, 2)));
        }
    }

    [Fact]
    public void what_has_no_known_cost_has_no_gain_unless_it_is_to_count_as_nothing()
    {
        IReadOnlyList<LotMovement> history =
        [
            new LotMovement.Acquired("in", Day(1), Hot, 1, null, null, "received"), Buy(2, 1, 100), Sell(3, 3, 600),
        ];
        var told = history.SelectMany(new Lots(new(LotMethod.Fifo)).Apply).OfType<LotEntry.Disposal>().Single();
        (told.Basis, told.Gain, told.Cost).ShouldBe(("partial", null, null));
        told.Fractions.Select(part => part.Missing).ShouldBe(["unpriced", null, "noHistory"]);

        var zero = history.SelectMany(new Lots(new(LotMethod.Fifo, AssumeZero: true)).Apply).OfType<LotEntry.Disposal>().Single();
        (zero.Basis, zero.Gain).ShouldBe(("assumedZero", (Fraction)500));
        Movements(Buy(1, 1, 100), Sell(2, 1, 150)).SelectMany(new Lots(new(LotMethod.Fifo)).Apply).OfType<LotEntry.Disposal>().Single().Basis
            .ShouldBe("known");
    }

    [Fact]
    public void an_average_of_which_a_part_is_not_known_is_not_known_until_all_of_it_is_gone()
    {
        var lots = new Lots(new(LotMethod.Average));
        Movements(new LotMovement.Acquired("in", Day(1), Hot, 1, null, null, "received"), Buy(2, 1, 100), Sell(3, 1, 200), Sell(4, 1, 200),
            Buy(5, 1, 50), Sell(6, 1, 60)).SelectMany(lots.Apply).OfType<LotEntry.Disposal>().Select(sold => (sold.Basis, sold.Gain))
            .ShouldBe([("partial", null), ("partial", null), ("known", (Fraction)10)]);
    }

    [Theory]
    [InlineData(365, "short")]
    [InlineData(366, "long")]
    public void a_term_is_long_after_365_days(int held, string term) =>
        Movements(Buy(0, 1, 1), Sell(held, 1, 1)).SelectMany(new Lots(new(LotMethod.Fifo)).Apply).OfType<LotEntry.Disposal>().Single()
            .Fractions.Single().Term.ShouldBe(term);

    [Fact]
    public void of_one_instant_the_lot_that_came_first_is_taken_first_and_last_by_lifo()
    {
        Gains(new(LotMethod.Fifo), Buy(1, 1, 10), Buy(1, 1, 20), Sell(1, 1, 100)).ShouldBe([90]);
        Gains(new(LotMethod.Lifo), Buy(1, 1, 10), Buy(1, 1, 20), Sell(1, 1, 100)).ShouldBe([80]);
    }

    private static IEnumerable<int> Gains(LotRules rules, params LotMovement[] movements) =>
        movements.SelectMany(new Lots(rules).Apply).OfType<LotEntry.Disposal>().Select(disposal => (int)disposal.Gain!.Value);

    private static LotMovement[] Movements(params LotMovement[] movements) => movements;

    private static LotMovement.Acquired Buy(int day, int quantity, int cost, Guid? place = null) =>
        new("in", Day(day), place ?? Hot, quantity, cost, new(cost, quantity), "received");

    private static LotMovement.Disposed Sell(int day, int quantity, int proceeds, Guid? place = null) =>
        new("out", Day(day), place ?? Hot, quantity, proceeds, "sent");

    private static LotMovement.Moved Move(int day, int quantity, int fee) => new("move", Day(day), Hot, Cold, quantity, fee, null);

    private static DateTimeOffset Day(int day) => new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero).AddDays(day);
}
