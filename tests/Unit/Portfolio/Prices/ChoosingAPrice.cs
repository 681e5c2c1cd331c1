using Fractions;
using Portfolio.Prices;
using Portfolio.Prices.Sources;
using Portfolio.Prices.Stored;
using Shouldly;
using Xunit;

namespace Unit.Portfolio.Prices;

/// <summary>Which price is a day's, and what it is in other currencies.</summary>
public sealed class ChoosingAPrice
{
    private const string Coin = "coin";
    private static readonly DateTimeOffset Now = new(2026, 1, 7, 12, 0, 0, TimeSpan.Zero); // a Wednesday
    private static readonly DateOnly Today = new(2026, 1, 7);
    private static readonly Dictionary<string, IReadOnlyList<(DateOnly, decimal)>> Fixings = new()
    {
        ["USD"] = [(new(2026, 1, 2), 1.10m), (new(2026, 1, 5), 1.25m), (new(2026, 1, 6), 1.20m)],
        ["GBP"] = [(new(2026, 1, 2), 0.88m), (new(2026, 1, 5), 0.80m), (new(2026, 1, 6), 0.84m)],
    };

    private readonly StoredPrices closings = new();
    private readonly StoredPrices latest = new();
    private readonly List<ManualPrice> manual = [];

    [Fact]
    public void a_day_has_its_closing_and_today_the_latest()
    {
        closings[(Coin, Today.AddDays(-1))] = new(10, "a", Now.AddHours(-12));
        latest[(Coin, Today.AddDays(-1))] = new(9, "b", Now.AddHours(-13));
        latest[(Coin, Today)] = new(11, "b", Now.AddMinutes(-5));
        Of(Today.AddDays(-1)).ShouldBe(new Price(10, "a", Now.AddHours(-12)));
        Of(Today).ShouldBe(new Price(11, "b", Now.AddMinutes(-5)));
    }

    [Fact]
    public void a_day_without_its_closing_is_valued_by_its_last_price_which_is_said()
    {
        latest[(Coin, Today.AddDays(-1))] = new(9, "b", Now.AddHours(-13));
        var price = Of(Today.AddDays(-1)).ShouldNotBeNull();
        (price.Value, price.Stale, price.Note).ShouldBe((9m, true, "The day's closing is not known yet; this is the last price of the day."));
        Of(Today.AddDays(-2)).ShouldBeNull();
    }

    [Fact]
    public void the_latest_price_grows_stale_and_then_is_none()
    {
        latest[(Coin, Today.AddDays(-1))] = new(9, "b", Now.AddHours(-13));
        Of(Today).ShouldNotBeNull().Stale.ShouldBeTrue();
        latest.Clear();
        closings[(Coin, Today.AddDays(-7))] = new(9, "b", Now.AddDays(-6.5));
        Of(Today).ShouldNotBeNull().Stale.ShouldBeTrue();
        closings.Clear();
        closings[(Coin, Today.AddDays(-8))] = new(9, "b", Now.AddDays(-7.5));
        Of(Today).ShouldBeNull();
    }

    [Fact]
    public void what_the_user_set_last_counts_before_all_others_on_all_of_its_days()
    {
        closings[(Coin, Today.AddDays(-1))] = new(10, "a", Now.AddHours(-12));
        manual.Add(new(Guid.CreateVersion7(), Coin, "USD", 5, Today.AddDays(-3), Today.AddDays(-1), "bought so", Now.AddDays(-1)));
        manual.Add(new(Guid.CreateVersion7(), Coin, "USD", 6, Today.AddDays(-3), Today.AddDays(-3), null, Now.AddDays(-2)));
        Of(Today.AddDays(-1)).ShouldBe(new Price(5, "manual", Closings.EndOf(Today.AddDays(-1)), Note: "bought so"));
        Of(Today.AddDays(-3))!.Value.ShouldBe(5);
        Of(Today.AddDays(-4)).ShouldBeNull();
        Of(Today).ShouldBe(new Price(10, "a", Now.AddHours(-12), Stale: true));
    }

    [Fact]
    public void a_manual_price_in_another_currency_is_converted_and_in_its_own_left_as_it_is()
    {
        manual.Add(new(Guid.CreateVersion7(), Coin, "GBP", 0.1234567890123456789m, Today.AddDays(-1), null, null, Now));
        Of(Today, "GBP")!.Value.ShouldBe(0.1234567890123456789m);
        Of(Today.AddDays(-1), "EUR")!.Value.ShouldBe(0.146972367871840m);
    }

    [Fact]
    public void fiat_goes_by_the_fixing_of_the_day_and_on_a_weekend_by_the_last_one_which_is_said()
    {
        closings[(Coin, new(2026, 1, 5))] = new(100, "a", Now.AddDays(-1));
        closings[(Coin, new(2026, 1, 4))] = new(100, "a", Now.AddDays(-2));
        Of(new(2026, 1, 5), "EUR").ShouldBe(new Price(80, "a × ecb", Now.AddDays(-1)));
        Of(new(2026, 1, 5), "GBP").ShouldBe(new Price(64, "a × ecb", Now.AddDays(-1)));
        var sunday = Of(new(2026, 1, 4), "GBP").ShouldNotBeNull();
        (sunday.Value, sunday.Stale).ShouldBe((80m, false));
        sunday.Note.ShouldBe("The euro's rates are those fixed on 2026-01-02, the last before the day's end.");
        closings[(Coin, new(2026, 1, 1))] = new(100, "a", Now.AddDays(-5));
        Of(new(2026, 1, 1), "GBP").ShouldBeNull();
        Of(new(2026, 1, 5), "JPY").ShouldBeNull();
    }

    [Fact]
    public void bitcoin_is_a_currency_by_its_price_of_the_day()
    {
        closings[(Coin, Today.AddDays(-1))] = new(100, "a", Now.AddDays(-1));
        Of(Today.AddDays(-1), "BTC").ShouldBeNull();
        closings[("bitcoin", Today.AddDays(-1))] = new(60_000, "b", Now.AddDays(-1));
        Of(Today.AddDays(-1), "BTC").ShouldBe(new Price(0.00166666666666667m, "a × b", Now.AddDays(-1)));
        Book().Of("bitcoin", Today.AddDays(-1), Currency.Btc, Rates()).ShouldNotBeNull().Value.ShouldBe(1);
    }

    [Theory]
    [InlineData(1, 3, "0.333333333333333")]
    [InlineData(2, 3, "0.666666666666667")]
    [InlineData(1999999999999999, 2, "1000000000000000")]
    [InlineData(999999999999999, 1, "999999999999999")]
    [InlineData(1, 8, "0.125")]
    public void conversions_are_rounded_to_fifteen_significant_digits(long numerator, long denominator, string rounded) =>
        Rounded(new Fraction(numerator, denominator)).ShouldBe(rounded);

    [Fact]
    public void rounding_is_right_for_numbers_of_any_size()
    {
        var random = new Random(14);
        for (var i = 0; i < 2_000; i++)
        {
            // Fifteen digits behind a point anywhere: nothing is to be rounded.
            var digits = random.NextInt64(100_000_000_000_000, 999_999_999_999_999);
            var places = random.Next(0, 28);
            var exact = new Fraction(digits) / new Fraction(System.Numerics.BigInteger.Pow(10, places));
            global::Portfolio.Prices.Rates.Rounded(exact).ShouldBe(exact.ToDecimal());
            var nearly = exact + (new Fraction(random.Next(-49, 50), 100) / new Fraction(System.Numerics.BigInteger.Pow(10, places)));
            if (digits is > 100_000_000_000_001 and < 999_999_999_999_998)
                global::Portfolio.Prices.Rates.Rounded(nearly).ShouldBe(exact.ToDecimal());
        }
    }

    [Fact]
    public void the_closing_is_the_price_nearest_to_the_days_end_and_none_of_noon()
    {
        var day = new DateOnly(2026, 1, 5);
        var end = Closings.EndOf(day);
        Closings.Of([new(1, end.AddHours(-7)), new(2, end.AddMinutes(-20)), new(3, end.AddMinutes(20)), new(4, end.AddMinutes(21))], day, day)
            .ShouldHaveSingleItem().Value.Usd.ShouldBe(2);
        Closings.Of([new(1, end.AddHours(-6)), new(2, end.AddHours(6))], day, day).ShouldBeEmpty();
    }

    [Fact]
    public void days_are_told_as_runs_without_a_break()
    {
        PriceGaps.Runs([Today, Today.AddDays(-1), Today.AddDays(-3)]).ShouldBe([(Today.AddDays(-3), Today.AddDays(-3)), (Today.AddDays(-1), Today)]);
        PriceGaps.Runs([]).ShouldBeEmpty();
        PriceGaps.Pause(TimeSpan.FromDays(1), 3).ShouldBe(TimeSpan.FromDays(4));
        PriceGaps.Pause(TimeSpan.FromDays(1), 60).ShouldBe(TimeSpan.FromDays(30));
    }

    private static string Rounded(Fraction exact) =>
        global::Portfolio.Prices.Rates.Rounded(exact)!.Value.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private Price? Of(DateOnly day, string currency = "USD") => Book().Of(Coin, day, Currency.Find(currency)!, Rates());

    private KnownPrices Book() => new(closings, latest, manual.ToLookup(price => price.Asset), Now, TimeSpan.FromHours(1));

    private Rates Rates() => new(Fixings, day => Book().InDollars("bitcoin", day));
}
