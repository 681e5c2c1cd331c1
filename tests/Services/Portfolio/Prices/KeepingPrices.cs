using ChainSimulator.Market;
using ChainSimulator.Serving;
using Chains;
using Portfolio.Prices;
using Postgres;
using Shouldly;
using Xunit;

namespace Services.Portfolio.Prices;

/// <summary>Prices are asked for, kept, and where nobody tells them said to be missing: from sources in their order, good and bad.</summary>
public sealed class KeepingPrices(PricedPortfolio portfolio) : IClassFixture<PricedPortfolio>
{
    private static readonly DateTimeOffset Now = new(2026, 1, 7, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateOnly Today = new(2026, 1, 7);
    private static readonly string Bitcoin = Networks.Bitcoin.Native.Caip19;
    private static readonly string Ether = Networks.Ethereum.Native.Caip19;

    private static CancellationToken Ct => PricedPortfolio.Ct;

    [Fact]
    public async Task the_latest_price_of_what_is_held_is_the_first_sources()
    {
        var jobs = await portfolio.Begin(Now);
        var (owner, _) = await portfolio.Hold("ethereum", Today, Ether, PricedPortfolio.Dollar);
        await portfolio.Script.SetPriceAsync(new("ethereum", 3123.456789012345678m), Ct);

        await jobs.Latest.RefreshAsync(Ct);

        var prices = await jobs.Book.ReadAsync(owner, [Ether, PricedPortfolio.Dollar, Bitcoin], Currency.Usd, Today, Today, Ct);
        prices.Of(Ether, Today).ShouldBe(new Price(3123.456789012345678m, "coingecko", Now));
        prices.Of(PricedPortfolio.Dollar, Today).ShouldNotBeNull().Source.ShouldBe("coingecko");
        // Nobody holds it, so nobody asked.
        prices.Of(Bitcoin, Today).ShouldBeNull();
    }

    [Fact]
    public async Task where_a_source_fails_or_has_none_the_next_one_tells()
    {
        var jobs = await portfolio.Begin(Now);
        var (owner, _) = await portfolio.Hold("bitcoin", Today, Bitcoin);
        await portfolio.Script.SetFaultAsync(new Fault(FaultKind.Status, Network: "market", Replica: "coingecko", Status: 500), Ct);

        await jobs.Latest.RefreshAsync(Ct);

        (await jobs.Book.ReadAsync(owner, [Bitcoin], Currency.Usd, Today, Today, Ct)).Of(Bitcoin, Today).ShouldNotBeNull()
            .Source.ShouldBe("defillama");
    }

    [Theory]
    [InlineData(FaultKind.Status, 500)]
    [InlineData(FaultKind.Status, 401)]
    [InlineData(FaultKind.Status, 422)]
    [InlineData(FaultKind.RateLimit, 429)]
    [InlineData(FaultKind.Html, 200)]
    [InlineData(FaultKind.Truncate, 200)]
    public async Task where_nobody_answers_the_price_grows_stale_with_a_reason_and_is_never_zero(FaultKind kind, int status)
    {
        var jobs = await portfolio.Begin(Now);
        var (owner, _) = await portfolio.Hold("bitcoin", Today, Bitcoin);
        await jobs.Latest.RefreshAsync(Ct);
        await portfolio.Script.SetFaultAsync(new Fault(kind, Network: "market", Status: status, RetryAfterSeconds: 30), Ct);
        jobs.Time.Advance(TimeSpan.FromHours(2));
        await portfolio.Script.SetMarketTimeAsync(new(jobs.Time.GetUtcNow()), Ct);

        await jobs.Latest.RefreshAsync(Ct);

        var price = (await jobs.Book.ReadAsync(owner, [Bitcoin], Currency.Usd, Today, Today, Ct)).Of(Bitcoin, Today).ShouldNotBeNull();
        price.Value.ShouldBeGreaterThan(0);
        (price.Stale, price.At).ShouldBe((true, Now));
        (await jobs.Book.WhyNoneAsync([Bitcoin], Today, Ct))[Bitcoin].ShouldContain("asked again at");
    }

    [Fact]
    public async Task what_no_source_knows_is_asked_for_ever_more_seldom()
    {
        var jobs = await portfolio.Begin(Now);
        var unknown = $"eip155:1/erc20:0x{new string('b', 40)}";
        var (owner, _) = await portfolio.Hold("ethereum", Today, unknown);

        await jobs.Latest.RefreshAsync(Ct);
        var asked = (await portfolio.Script.RequestsAsync(Ct)).Total;
        await jobs.Latest.RefreshAsync(Ct);

        (await portfolio.Script.RequestsAsync(Ct)).Total.ShouldBe(asked);
        (await jobs.Book.ReadAsync(owner, [unknown], Currency.Usd, Today, Today, Ct)).Of(unknown, Today).ShouldBeNull();
        (await jobs.Book.WhyNoneAsync([unknown], Today, Ct))[unknown].ShouldBe(
            "coingecko, defillama tell no price of it; asked again at 2026-01-07T13:00:00Z.");
        jobs.Time.Advance(TimeSpan.FromHours(1.5));
        await jobs.Latest.RefreshAsync(Ct);
        (await portfolio.Script.RequestsAsync(Ct)).Total.ShouldBeGreaterThan(asked);
        (await jobs.Book.WhyNoneAsync([unknown], Today, Ct))[unknown].ShouldContain("asked again at 2026-01-07T15:30:00Z");
    }

    [Fact]
    public async Task of_unlisted_tokens_those_that_came_first_are_asked_for_and_no_more_than_that()
    {
        var jobs = await portfolio.Begin(Now);
        string Token(int i) => $"eip155:1/erc20:0x{i:x40}";
        var (owner, _) = await portfolio.Hold("ethereum", Today, [.. Enumerable.Range(1, 9).Select(Token), PricedPortfolio.Dollar, Ether]);
        for (var i = 1; i < 10; i++) await portfolio.Script.SetPriceAsync(new($"ethereum:{Token(i)["eip155:1/erc20:".Length..]}", i), Ct);

        await jobs.Latest.RefreshAsync(Ct);

        var prices = await jobs.Book.ReadAsync(
            owner, [.. Enumerable.Range(1, 9).Select(Token), PricedPortfolio.Dollar, Ether], Currency.Usd, Today, Today, Ct);
        Enumerable.Range(1, 9).Where(i => prices.Of(Token(i), Today) is not null).ShouldBe([1, 2, 3]);
        prices.Of(PricedPortfolio.Dollar, Today).ShouldNotBeNull();
        prices.Of(Ether, Today).ShouldNotBeNull();
    }

    [Fact]
    public async Task every_day_since_the_first_movement_gets_its_closing_beyond_a_sources_reach_by_the_next_one()
    {
        var jobs = await portfolio.Begin(Now);
        var (first, last) = (new DateOnly(2023, 6, 1), Today.AddDays(-1));
        var (owner, _) = await portfolio.Hold("bitcoin", first, Bitcoin);

        await jobs.FillAll();

        var prices = await jobs.Book.ReadAsync(owner, [Bitcoin], Currency.Usd, first.AddDays(-1), last, Ct);
        prices.Of(Bitcoin, first.AddDays(-1)).ShouldBeNull();
        for (var day = first; day <= last; day = day.AddDays(1))
        {
            var price = prices.Of(Bitcoin, day).ShouldNotBeNull(day.ToString());
            price.Source.ShouldBe(day >= Today.AddDays(-364) ? "coingecko" : "defillama", day.ToString());
            price.At.ShouldBe(global::Portfolio.Prices.Sources.Closings.EndOf(day));
            price.Stale.ShouldBeFalse();
        }

        // Once is enough.
        await portfolio.Script.ResetCountersAsync(Ct);
        (await jobs.FillAll()).ShouldBe(0);
        (await portfolio.Script.RequestsAsync(Ct)).Total.ShouldBe(0);
    }

    [Fact]
    public async Task days_of_which_nobody_tells_stay_without_a_price_and_are_asked_for_again_later()
    {
        var jobs = await portfolio.Begin(Now);
        var (owner, _) = await portfolio.Hold("ethereum", Today.AddDays(-30), Ether);
        foreach (var day in new[] { 10, 11, 20 }) await portfolio.Script.SetPriceAsync(new("ethereum", null, Today.AddDays(-day)), Ct);

        await jobs.FillAll();

        var prices = await jobs.Book.ReadAsync(owner, [Ether], Currency.Usd, Today.AddDays(-30), Today.AddDays(-1), Ct);
        Enumerable.Range(1, 30).Where(day => prices.Of(Ether, Today.AddDays(-day)) is null).ShouldBe([10, 11, 20]);
        (await jobs.Book.WhyNoneAsync([Ether], Today.AddDays(-10), Ct))[Ether].ShouldBe(
            "no source tells what it cost then; asked again at 2026-01-08T12:00:00Z.");
        foreach (var day in new[] { 10, 11, 20 }) await portfolio.Script.SetPriceAsync(new("ethereum", 7, Today.AddDays(-day)), Ct);
        (await jobs.FillAll()).ShouldBe(0);
        jobs.Time.Advance(TimeSpan.FromHours(25));
        await jobs.FillAll();
        prices = await jobs.Book.ReadAsync(owner, [Ether], Currency.Usd, Today.AddDays(-30), Today.AddDays(-1), Ct);
        prices.Of(Ether, Today.AddDays(-20)).ShouldNotBeNull().Value.ShouldBe(7);
    }

    [Fact]
    public async Task a_day_that_is_over_has_its_last_price_until_its_closing_is_told()
    {
        var jobs = await portfolio.Begin(Now);
        var (owner, _) = await portfolio.Hold("bitcoin", Today, Bitcoin);
        await jobs.Latest.RefreshAsync(Ct);
        var night = Now.AddHours(12.5);
        jobs.Time.Advance(night - Now);
        await portfolio.Script.SetMarketTimeAsync(new(night), Ct);

        (await jobs.Book.ReadAsync(owner, [Bitcoin], Currency.Usd, Today, Today, Ct)).Of(Bitcoin, Today).ShouldNotBeNull().Stale.ShouldBeTrue();
        await jobs.FillAll();
        var closing = (await jobs.Book.ReadAsync(owner, [Bitcoin], Currency.Usd, Today, Today, Ct)).Of(Bitcoin, Today).ShouldNotBeNull();
        (closing.Stale, closing.At).ShouldBe((false, new DateTimeOffset(Today.AddDays(1), TimeOnly.MinValue, TimeSpan.Zero)));
    }

    [Fact]
    public async Task the_banks_rates_are_read_once_and_then_kept_up()
    {
        var jobs = await portfolio.Begin(Now.AddHours(6));
        var (owner, _) = await portfolio.Hold("bitcoin", Today.AddDays(-10), Bitcoin);
        await jobs.Rates.RefreshAsync(Ct);
        await jobs.FillAll();
        (await portfolio.Database.ScalarAsync<long>("select count(*) from exchange_rates where currency = 'XTS'", null, Ct)).ShouldBe(0);
        var held = await portfolio.Database.QueryAsync<DateOnly>(
            "select day from exchange_rates where currency = 'JPY' order by day desc", null, Ct);
        held[0].ShouldBe(Today);
        held.Count.ShouldBe(4_000);

        // Saturday, the third.
        var prices = await jobs.Book.ReadAsync(owner, [Bitcoin], Currency.Read("JPY"), Today.AddDays(-10), Today.AddDays(-1), Ct);
        var saturday = prices.Of(Bitcoin, new(2026, 1, 3)).ShouldNotBeNull();
        saturday.Note.ShouldBe("The euro's rates are those fixed on 2026-01-02, the last before the day's end.");
        saturday.Source.ShouldBe("coingecko × ecb");

        await portfolio.Script.ResetCountersAsync(Ct);
        await jobs.Rates.RefreshAsync(Ct);
        (await portfolio.Script.RequestsAsync(Ct)).Total.ShouldBe(0);
        jobs.Time.Advance(TimeSpan.FromDays(1));
        await portfolio.Script.SetMarketTimeAsync(new(jobs.Time.GetUtcNow()), Ct);
        await jobs.Rates.RefreshAsync(Ct);
        (await portfolio.Script.LastRequestsAsync(Ct)).ShouldHaveSingleItem().Path.ShouldContain("daily");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(20)]
    public async Task whatever_was_fixed_while_nobody_asked_is_read_afterwards(int days)
    {
        var jobs = await portfolio.Begin(Now.AddHours(6));
        await jobs.Rates.RefreshAsync(Ct);
        jobs.Time.Advance(TimeSpan.FromDays(days));
        await portfolio.Script.SetMarketTimeAsync(new(jobs.Time.GetUtcNow()), Ct);

        await jobs.Rates.RefreshAsync(Ct);

        (await portfolio.Database.QueryAsync<DateOnly>("select day from exchange_rates where currency = 'JPY' and day > @Today order by day",
            new { Today }, Ct)).ShouldBe(Enumerable.Range(1, days).Select(Today.AddDays).Where(day => MarketWorld.Fixings(day).Any()));
    }

    [Fact]
    public async Task a_test_networks_coin_has_no_price_and_nobody_is_asked()
    {
        var jobs = await portfolio.Begin(Now);
        var coin = Networks.BitcoinTestnet.Native.Caip19;
        await portfolio.Hold("bitcoin-testnet", Today.AddDays(-3), coin);
        await jobs.Latest.RefreshAsync(Ct);
        await jobs.FillAll();
        (await portfolio.Script.RequestsAsync(Ct)).Total.ShouldBe(0);
        (await jobs.Book.WhyNoneAsync([coin], Today, Ct))[coin].ShouldBe("It is a test network's coin.");
    }
}
