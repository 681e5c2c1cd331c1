using System.Numerics;
using Chains;
using Fractions;
using Portfolio;
using Portfolio.Performance;
using Portfolio.Prices;
using Shouldly;
using Xunit;

namespace Unit.Portfolio.Performance;

/// <summary>Ledgers of two wallets on one network, by the prices of a few days.</summary>
public sealed class ValueTransactions
{
    private const string Network = "ethereum";
    private const string Token = "eip155:1/erc20:0x00000000000000000000000000000000000000aa";
    private static readonly string Coin = Networks.Shipped.Find(Network)!.Native.Caip19;
    private static readonly BigInteger One = BigInteger.Pow(10, 18);
    private static readonly Guid Hot = Guid.CreateVersion7();
    private static readonly Guid Cold = Guid.CreateVersion7();
    private static readonly AssetNames Names = new(
        Networks.Shipped, new Dictionary<(string, string), Asset> { [(Network, Token)] = new(Token, "TKN", 2) });

    [Fact]
    public void what_comes_costs_its_days_price_and_what_goes_brings_it()
    {
        var book = Book(new(LotMethod.Fifo), (Coin, 1, 100), (Coin, 2, 150));
        book.Apply(Transaction(1, 0, (Hot, Coin, 2 * One))).ShouldBeEmpty();
        var entries = book.Apply(Transaction(2, One / 10, (Hot, Coin, -(One + (One / 10))))).Select(one => (LotEntry.Disposal)one.Entry).ToList();
        entries.Select(entry => (entry.Kind, entry.Gain)).ShouldBe([("sent", (Fraction)50), ("fee", (Fraction)5)]);
        book.All.Single().Lots.Quantity.ShouldBe(new Fraction(9, 10));
    }

    [Fact]
    public void what_is_swapped_brings_the_worth_of_what_comes()
    {
        var book = Book(new(LotMethod.Fifo), (Coin, 1, 100), (Coin, 2, 150), (Token, 2, 4));
        Apply(book, Transaction(1, 0, (Hot, Coin, One)));
        var sold = Apply(book, Transaction(2, 0, (Hot, Coin, -One), (Hot, Token, 3500))).OfType<LotEntry.Disposal>().Single();
        (sold.Kind, sold.Proceeds, sold.Gain).ShouldBe(("swapped", (Fraction)140, (Fraction)40));
        book.All.Single(one => one.Asset.Caip19 == Token).Lots.Cost.ShouldBe((Fraction)140);
    }

    [Fact]
    public void what_has_no_price_cost_what_was_given_for_it()
    {
        var book = Book(new(LotMethod.Fifo), (Coin, 1, 100), (Coin, 2, 150));
        Apply(book, Transaction(1, 0, (Hot, Coin, One)));
        Apply(book, Transaction(2, 0, (Hot, Coin, -One), (Hot, Token, 3500))).OfType<LotEntry.Disposal>().Single().Gain.ShouldBe((Fraction)50);
        book.All.Single(one => one.Asset.Caip19 == Token).Lots.Cost.ShouldBe((Fraction)150);
    }

    [Fact]
    public void what_a_block_made_is_income_and_the_lots_cost()
    {
        var book = Book(new(LotMethod.Fifo), (Coin, 1, 100));
        var income = Apply(book, Transaction(1, 0, (Hot, Coin, One / 2)) with { Coinbase = true }).OfType<LotEntry.Income>().Single();
        (income.Kind, income.Value, book.All.Single().Lots.Cost).ShouldBe(("mined", (Fraction)50, (Fraction)50));
    }

    [Fact]
    public void a_transfer_between_own_wallets_is_neither_and_its_fee_is_told_apart()
    {
        var book = Book(new(LotMethod.Fifo, PerWallet: true), (Coin, 1, 100), (Coin, 2, 150));
        Apply(book, Transaction(1, 0, (Hot, Coin, 2 * One)));
        var fee = Apply(book, Transaction(2, One, (Hot, Coin, -2 * One), (Cold, Coin, One))).OfType<LotEntry.Disposal>().Single();
        (fee.Kind, fee.Gain, fee.Place).ShouldBe(("transferFee", (Fraction)50, Hot));
        book.All.Single().Lots.Open.Single().Place.ShouldBe(Cold);
    }

    [Fact]
    public void returns_go_by_flows_from_outside_and_costs_within()
    {
        var prices = Prices((Coin, 0, 100), (Coin, 1, 100), (Coin, 2, 110), (Coin, 3, 99));
        var book = new ReturnBook(Networks.Shipped, Names, prices);
        book.Apply(Transaction(2, 0, (Hot, Coin, One)));
        book.Apply(Transaction(3, One / 10, (Hot, Coin, -One), (Cold, Coin, One - (One / 10))));
        var (days, gaps) = book.Days([new(Network, Coin, Day(0), One)], Day(1), Day(3));
        gaps.ShouldBeEmpty();
        days.ShouldBe(
        [
            new(Day(1), 100, 100, 0, 0, 0), new(Day(2), 100, 110, 110, 0, 0), new(Day(3), 220, 198, 0, 0, new(99, 10)),
        ]);
        days[1].After.ShouldBe(days[2].Before);
    }

    [Fact]
    public void days_without_a_price_are_told_as_one_gap()
    {
        var book = new ReturnBook(Networks.Shipped, Names, Prices((Coin, 0, 100), (Coin, 4, 110)));
        var (_, gaps) = book.Days([new(Network, Coin, Day(0), One)], Day(1), Day(5));
        gaps.ShouldBe([new(Network, Coin, Day(1), Day(5))]);
    }

    [Fact]
    public void a_row_of_a_file_never_begins_a_formula()
    {
        var entry = new AssetEntry(Network, new(Token, "=1+1", 2), new LotEntry.Disposal(
            "t", DateTimeOffset.UnixEpoch, Hot, new(5, 2), "sent", 10, [new(DateTimeOffset.UnixEpoch, new(5, 2), 10, null, "short", "unpriced")]));
        ExportGains.Rows(entry, Currency.Usd, provisional: true).Single().ShouldBe(
        [
            "1970-01-01T00:00:00Z", Network, Token, "'=1+1", "t", Hot.ToString(), "sent", "1970-01-01T00:00:00Z", "2.5", "10.00", null, null, "USD",
            "short", "partial", "unpriced", "true",
        ]);
    }

    private static List<LotEntry> Apply(LotBook book, LedgerTransaction transaction) => [.. book.Apply(transaction).Select(one => one.Entry)];

    private static LotBook Book(LotRules rules, params (string, int, decimal)[] prices) => new(rules, Networks.Shipped, Names, Prices(prices));

    private static DayPrices Prices(params (string Asset, int Day, decimal Price)[] prices) => new(Currency.Usd, prices.ToDictionary(
        one => (one.Asset, Day(one.Day)), one => new Price(one.Price, "test", DateTimeOffset.UnixEpoch)));

    private static DateOnly Day(int day) => new DateOnly(2026, 1, 1).AddDays(day);

    private static LedgerTransaction Transaction(int day, BigInteger fee, params (Guid Place, string Asset, BigInteger Delta)[] changes) => new(
        Network, $"t{day}", new(Day(day), new(12, 0), TimeSpan.Zero), fee, false,
        [.. changes.Select(one => new LedgerChange(one.Place, one.Asset, one.Delta))]);
}
