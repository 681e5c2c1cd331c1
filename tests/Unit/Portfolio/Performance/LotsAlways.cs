using CsCheck;
using Fractions;
using Portfolio.Performance;
using Shouldly;
using Xunit;

namespace Unit.Portfolio.Performance;

/// <summary>What is true of any history, by any rules.</summary>
public sealed class LotsAlways
{
    private static readonly Guid[] Places = [Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7()];

    private static readonly Gen<LotRules> Rules = Gen.Select(
        Gen.Enum<LotMethod>(), Gen.Bool, Gen.Enum<TransferFee>(), Gen.Bool,
        (method, perWallet, fee, zero) => new LotRules(method, perWallet, fee, 365, zero));

    private static readonly Gen<LotMovement[]> Histories =
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 2], Gen.Int[0, 2], Gen.Int[1, 1000], Gen.Int[1, 5000], Gen.Int[0, 20]).Array[0, 60].Select(History);

    [Fact]
    public void lots_sum_up_to_the_balance_and_costs_to_what_was_paid() => Gen.Select(Rules, Histories).Sample((rules, history) =>
    {
        var lots = new Lots(rules);
        var entries = new List<LotEntry>();
        var balances = Places.ToDictionary(place => place, _ => Fraction.Zero);
        foreach (var movement in history)
        {
            entries.AddRange(lots.Apply(movement));
            balances[movement.Place] += movement switch
            {
                LotMovement.Acquired => movement.Quantity,
                LotMovement.Moved moved => -moved.Quantity - moved.Fee,
                _ => -movement.Quantity,
            };
            if (movement is LotMovement.Moved to) balances[to.To] += to.Quantity;
            lots.Quantity.ShouldBe(balances.Values.Aggregate((one, other) => one + other));
        }

        if (rules.PerWallet)
        {
            foreach (var (place, balance) in balances)
                Sum(lots.Open.Where(open => open.Place == place).Select(open => open.Lot.Quantity)).ShouldBe(balance);
        }

        var paid = Sum(history.OfType<LotMovement.Acquired>().Select(acquired => acquired.Cost!.Value));
        var disposed = Sum(entries.OfType<LotEntry.Disposal>().Select(disposal => disposal.Cost!.Value));
        var ignored = Sum(entries.OfType<LotEntry.Ignored>().Select(one => one.Cost));
        (disposed + ignored + lots.Cost).ShouldBe(paid);
    }, iter: 3_000);

    [Fact]
    public void the_parts_of_a_disposal_sum_up_to_it() => Gen.Select(Rules, Histories).Sample((rules, history) =>
    {
        foreach (var disposal in history.SelectMany(new Lots(rules).Apply).OfType<LotEntry.Disposal>())
        {
            Sum(disposal.Fractions.Select(part => part.Quantity)).ShouldBe(disposal.Quantity);
            Sum(disposal.Fractions.Select(part => part.Proceeds!.Value)).ShouldBe(disposal.Proceeds!.Value);
            disposal.Gain.ShouldBe(disposal.Proceeds - disposal.Cost);
        }
    }, iter: 1_000);

    [Fact]
    public void a_transfer_without_a_fee_changes_no_total() => Gen.Select(Rules, Histories).Sample((rules, history) =>
    {
        var lots = new Lots(rules);
        foreach (var movement in history) lots.Apply(movement);
        var before = (lots.Quantity, lots.Cost);
        foreach (var (from, to) in new[] { (0, 1), (1, 2), (2, 0) })
        {
            var held = rules.PerWallet ? Sum(lots.Open.Where(open => open.Place == Places[from]).Select(open => open.Lot.Quantity)) : lots.Quantity;
            lots.Apply(new LotMovement.Moved("m", DateTimeOffset.UnixEpoch, Places[from], Places[to], held / 2, Fraction.Zero, null))
                .ShouldBeEmpty();
            (lots.Quantity, lots.Cost).ShouldBe(before);
        }
    }, iter: 1_000);

    // Nothing goes out of a place that is not there.
    private static LotMovement[] History((int Kind, int From, int To, int Quantity, int Price, int Fee)[] steps)
    {
        var (held, movements) = (new int[3], new List<LotMovement>());
        foreach (var (step, i) in steps.Select((step, i) => (step, i)))
        {
            var at = DateTimeOffset.UnixEpoch.AddDays(i / 2);
            var quantity = step.Kind < 4 ? step.Quantity : Math.Min(step.Quantity, held[step.From]);
            if (quantity == 0) continue;
            var value = (Fraction)step.Price * quantity / 7;
            if (step.Kind < 4)
            {
                movements.Add(new LotMovement.Acquired("a", at, Places[step.From], quantity, value, value / quantity, "received"));
                held[step.From] += quantity;
            }
            else if (step.Kind < 7)
            {
                movements.Add(new LotMovement.Disposed("d", at, Places[step.From], quantity, value, "sent"));
                held[step.From] -= quantity;
            }
            else
            {
                var fee = Math.Min(step.Fee, quantity);
                movements.Add(new LotMovement.Moved(
                    "m", at, Places[step.From], Places[step.To], quantity - fee, fee, value * fee / quantity));
                held[step.From] -= quantity;
                held[step.To] += quantity - fee;
            }
        }

        return [.. movements];
    }

    private static Fraction Sum(IEnumerable<Fraction> values) => values.Aggregate(Fraction.Zero, (sum, value) => sum + value);
}
