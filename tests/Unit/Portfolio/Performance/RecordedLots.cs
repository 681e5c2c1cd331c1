using System.Globalization;
using System.Text.Json.Nodes;
using Fractions;
using Portfolio.Performance;
using Shouldly;
using Testing;
using Xunit;

namespace Unit.Portfolio.Performance;

/// <summary>
/// Histories with lot-by-lot results of another program: one pool, nothing ever long-term, a fee in kind is disposed of with what it was paid for.
/// </summary>
public sealed class RecordedLots
{
    private static readonly Fraction Cent = new(1, 100);
    private static readonly string[] Earned = ["Interest", "Income", "Mining", "Staking", "Airdrop", "Hardfork", "Wages"];

    [Fact(Skip = SharedData.Absent, SkipUnless = nameof(SharedData.IsPresent), SkipType = typeof(SharedData))]
    public void every_fraction_and_every_year_is_right_to_the_cent()
    {
        var cases = JsonNode.Parse(File.ReadAllText(SharedData.PathOf("lots", "lots.json")))!["cases"]!.AsArray();
        foreach (var one in cases) Check(one!);
        cases.Count.ShouldBeGreaterThanOrEqualTo(56);
    }

    private static void Check(JsonNode one)
    {
        var name = (string)one["case"]!;
        var lots = new Lots(new(Enum.Parse<LotMethod>((string)one["method"]!, ignoreCase: true), LongTermDays: null));
        var entries = Movements(one).SelectMany(lots.Apply).ToList();

        var fractions = entries.SelectMany(Parts).ToList();
        var expected = one["expected"]!["fractions"]!.AsArray();
        fractions.Count.ShouldBe(expected.Count, name);
        foreach (var (part, wanted) in fractions.Zip(expected))
        {
            Near(part.Quantity, wanted!["quantity"], name);
            Near(part.Gain, wanted["gain"], name);
            part.Term.ToUpperInvariant().ShouldBe((string)wanted["term"]!, name);
        }

        var years = fractions.GroupBy(part => (part.Year, part.Kind, part.Term.ToUpperInvariant())).ToDictionary(group => group.Key);
        var sums = one["expected"]!["byYear"]!.AsArray();
        years.Count.ShouldBe(sums.Count, name);
        foreach (var sum in sums)
        {
            var parts = years[(int.Parse((string)sum!["year"]!), (string)sum["kind"]!, (string)sum["term"]!)];
            Near(Sum(parts.Select(part => part.Quantity)), sum["quantity"], name);
            Near(Sum(parts.Select(part => part.Proceeds)), sum["proceeds"], name);
            Near(Sum(parts.Select(part => part.Proceeds - part.Gain)), sum["costBasis"], name);
            Near(Sum(parts.Select(part => part.Gain)), sum["gain"], name);
        }

        var accounts = one["expected"]!["balances"]!.AsArray().Where(balance => (string)balance!["account"]! != "Total");
        lots.Quantity.ShouldBe(Sum(accounts.Select(balance => Number(balance!["final"])!.Value)), name);
    }

    // Income is told as a part of its own, of which everything is gain.
    private static IEnumerable<Part> Parts(LotEntry entry) => entry switch
    {
        LotEntry.Income income => [new(income.At.Year, income.Kind, income.Quantity, income.Value!.Value, income.Value!.Value, "short")],
        LotEntry.Disposal disposal => disposal.Fractions.Select(part => new Part(
            disposal.At.Year, disposal.Kind == "transferFee" ? "MOVE" : disposal.Kind, part.Quantity, part.Proceeds!.Value, part.Gain!.Value,
            part.Term)),
        _ => [],
    };

    private static IEnumerable<LotMovement> Movements(JsonNode one) =>
        Ins(one).Concat(Outs(one)).Concat(Transfers(one)).OrderBy(movement => movement.At).ThenBy(movement => movement is not LotMovement.Acquired);

    private static IEnumerable<LotMovement> Ins(JsonNode one)
    {
        foreach (var row in one["in"]!.AsArray())
        {
            var (at, quantity, price) = (At(row!), Number(row!["quantity"])!.Value, Number(row["price"])!.Value);
            var inKind = Number(row["cryptoFee"]) ?? Fraction.Zero;
            var fee = inKind.IsZero ? Number(row["fee"]) ?? Fraction.Zero : inKind * price;
            var paid = Number(row["paidWithFee"]) ?? ((Number(row["paidWithoutFee"]) ?? (quantity * price)) + fee);
            var kind = (string)row["kind"]!;
            yield return new LotMovement.Acquired(
                "in", at, Guid.Empty, quantity, paid, price, kind.ToUpperInvariant(), IsIncome: Earned.Contains(kind));
            if (!inKind.IsZero) yield return new LotMovement.Disposed("fee", at, Guid.Empty, inKind, inKind * price, "FEE");
        }
    }

    private static IEnumerable<LotMovement> Outs(JsonNode one) => one["out"]!.AsArray().Select(row =>
    {
        var quantity = Number(row!["quantity"])!.Value;
        return new LotMovement.Disposed("out", At(row), Guid.Empty, quantity + (Number(row["cryptoFee"]) ?? Fraction.Zero),
            quantity * Number(row["price"])!.Value, ((string)row["kind"]!).ToUpperInvariant());
    });

    private static IEnumerable<LotMovement> Transfers(JsonNode one) => one["transfers"]!.AsArray().Select(row =>
    {
        var (sent, received) = (Number(row!["sent"])!.Value, Number(row["received"])!.Value);
        var fee = sent - received;
        return new LotMovement.Moved("transfer", At(row), Guid.Empty, Guid.Empty, received, fee, Number(row["price"]) * fee);
    });

    private static Fraction Sum(IEnumerable<Fraction> values) => values.Aggregate(Fraction.Zero, (sum, value) => sum + value);

    private static DateTimeOffset At(JsonNode row) => DateTimeOffset.Parse((string)row["at"]!, CultureInfo.InvariantCulture);

    private static Fraction? Number(JsonNode? text) => text is null ? null : Fraction.FromString((string)text!, CultureInfo.InvariantCulture);

    private static void Near(Fraction actual, JsonNode? expected, string name) =>
        ((actual - Number(expected)!.Value).Abs() < Cent).ShouldBeTrue($"{name}: {actual.ToDecimal()} instead of {expected}");

    private sealed record Part(int Year, string Kind, Fraction Quantity, Fraction Proceeds, Fraction Gain, string Term);
}
