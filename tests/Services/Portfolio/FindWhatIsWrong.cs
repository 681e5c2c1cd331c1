using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Chains;
using Contracts;
using Postgres;
using ServiceDefaults;
using Services.Portfolio.Valuing;
using Shouldly;
using Xunit;

namespace Services.Portfolio;

/// <summary>What somebody has to look at, in one answer.</summary>
public sealed class FindWhatIsWrong(PortfolioService portfolio) : IClassFixture<PortfolioService>
{
    private const string Path = "/api/v1/issues";
    private const string Token = "eip155:1/erc20:0x1111111111111111111111111111111111111111";
    private static readonly DateTimeOffset Since = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task where_all_is_well_each_kind_is_there_with_nothing()
    {
        var world = await Priced();
        var found = await Lists.Get(world.Client, Path);
        ((long)found["count"]!, found["data"]!.AsArray().Sum(kind => (long)kind!["count"]!)).ShouldBe((0, 0));
        found["data"]!.AsArray().Select(kind => (string)kind!["kind"]!)
            .ShouldBe(["mismatch", "gap", "stale", "unpriced", "basis", "spam", "price-source"], "of webhooks who may see them is told");
    }

    [Fact]
    public async Task balances_that_differ_are_told_with_both_sides_and_once_however_many_wallets_have_the_address()
    {
        var world = await Priced();
        var second = new WalletCreated(Guid.CreateVersion7(), world.Owner, "the same again", Since);
        var same = new AddressImported(second.WalletId, Guid.CreateVersion7(), "bitcoin", $"bc1q{world.Ledger:N}", null, Since);
        await portfolio.FromWallets(second, same);
        await portfolio.FromSync(
            new LedgerTracked(world.Ledger, second.WalletId, same.AddressId, "bitcoin", same.Address, Since),
            Verdict(world, "mismatch", 7, new BalanceDifference("balance", 2, 0)));

        var one = Only(await Lists.Get(world.Client, Path), "mismatch");
        ((Guid)one["walletId"]!, (string)one["wallet"]!, (string)one["label"]!, (string)one["network"]!, (string)one["symbol"]!)
            .ShouldBe((world.Wallet, "savings", "cold", "bitcoin", "BTC"));
        ((string)one["reported"]!["amount"]!, (string)one["derived"]!["amount"]!, (DateTimeOffset)one["since"]!).ShouldBe(("7", "5", Since));
        Of(await Lists.Get(world.Client, Path), "gap").ShouldBe(0);

        using var elsewhere = portfolio.As(world.Owner, new HashSet<Guid> { Guid.CreateVersion7() });
        ((long)(await Lists.Get(elsewhere, Path))["count"]!).ShouldBe(0);
        using var stranger = portfolio.As(Guid.CreateVersion7());
        ((long)(await Lists.Get(stranger, Path))["count"]!).ShouldBe(0);
    }

    [Fact]
    public async Task gaps_are_counted_with_a_reason_and_addresses_that_nobody_answers_for_by_wallet()
    {
        var world = await Priced();
        await portfolio.FromSync(
            Verdict(world, "explained", 7, new("gap", 2, 1, "tx at 9: one: it cannot be read"), new("gap", 0, 3)),
            new LedgerFellBehind(world.Ledger, Since, "nobody answers", Since));
        var found = await Lists.Get(world.Client, Path);
        var gap = Only(found, "gap");
        ((long)gap["of"]!, (string)gap["reason"]!, (Guid)gap["addressId"]!).ShouldBe((4, "tx at 9: one: it cannot be read", world.Address));
        var stale = Only(found, "stale");
        ((string)stale["wallet"]!, (string)stale["network"]!, (long)stale["of"]!, (DateTimeOffset)stale["since"]!)
            .ShouldBe(("savings", "bitcoin", 1, Since));
        ((long)found["count"]!).ShouldBe(2);
    }

    [Fact]
    public async Task what_has_no_price_no_basis_or_came_unasked_is_told_by_its_symbol()
    {
        var world = await SmallWorld.Create(portfolio);
        var account = new AddressImported(world.Wallet, Guid.CreateVersion7(), "ethereum", $"0x{world.Ledger:N}00000000", null, Since);
        var tracked = new LedgerTracked(Guid.CreateVersion7(), world.Wallet, account.AddressId, "ethereum", account.Address, Since);
        await portfolio.FromWallets(account);
        var today = DateTimeOffset.UtcNow;
        await portfolio.FromSync(
            world.WalkCompleted(100), tracked, new AssetDescribed("ethereum", Token, "TKN", 2, "test", Since),
            new TransactionsObserved(
                world.Ledger, [Paid(today.AddHours(-2), RandomHistory.Asset, 5), Paid(today.AddHours(-1), RandomHistory.Asset, -2)]),
            new TransactionsObserved(tracked.LedgerId, [Paid(today.AddHours(-3), Token, 700)]),
            new LedgerWalkCompleted(tracked.LedgerId, "first", 100, "h", Since));
        await portfolio.Database.ExecuteAsync("truncate daily_prices, latest_prices", null, Cancellation);

        var found = await Lists.Get(world.Client, Path);
        ((string)Only(found, "unpriced")["symbol"]!, (string)Only(found, "unpriced")["asset"]!).ShouldBe(("BTC", RandomHistory.Asset));
        var basis = Only(found, "basis");
        ((string)basis["symbol"]!, (int)basis["year"]!).ShouldBe(("BTC", today.AddHours(-1).Year));
        ((long)basis["of"]!).ShouldBePositive();
        var spam = Only(found, "spam");
        ((string)spam["symbol"]!, (string)spam["asset"]!, (string)spam["reason"]!)
            .ShouldBe(("TKN", Token, "spam: it is on no list and came unasked"));

        // What one has judged is none of them any more.
        using var writer = portfolio.As(world.Owner, scope: Scopes.WalletsWrite);
        (await writer.PutAsJsonAsync("/api/v1/assets/verdicts", new { asset = Token, verdict = "spam" }, Cancellation)).EnsureSuccessStatusCode();
        Of(await Lists.Get(world.Client, Path), "spam").ShouldBe(0);
        (await Lists.Ask(world.Client, $"{Path}?currency=nonsense")).Status.ShouldBe(System.Net.HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task webhooks_that_fail_are_told_to_whoever_may_see_them()
    {
        var world = await Priced();
        await portfolio.Database.ExecuteAsync("""
            insert into webhooks (webhook_id, user_id, url, label, secret, created_at, after_seq, reached_seq, failing_since, last_status, last_error,
                disabled_at, disabled_because)
            values (@a, @owner, 'https://a.test', 'Bookkeeping', '', @since, 0, 0, @since, 500, null, null, null),
                   (@b, @owner, 'https://b.test', null, '', @since, 0, 0, null, null, null, @since, 'answered 410'),
                   (@c, @owner, 'https://c.test', null, '', @since, 0, 0, null, 200, null, null, null)
            """, new
        {
            a = Guid.CreateVersion7(), b = Guid.CreateVersion7(), c = Guid.CreateVersion7(), owner = world.Owner, since = Since,
        }, Cancellation);
        using var admin = portfolio.As(world.Owner, scope: Scopes.Admin);
        var kind = Kind(await Lists.Get(admin, Path), "webhook");
        kind["first"]!.AsArray().Select(hook => ((string?)hook!["label"], (string)hook["target"]!, (bool)hook["enabled"]!, (string)hook["reason"]!))
            .ShouldBe([("Bookkeeping", "https://a.test", true, "answered 500"), (null, "https://b.test", false, "answered 410")]);
    }

    private async Task<SmallWorld> Priced()
    {
        var world = await SmallWorld.Create(portfolio);
        await portfolio.FromSync(
            new TransactionsObserved(world.Ledger, [Paid(DateTimeOffset.UtcNow.AddDays(-3), RandomHistory.Asset, 5)]), world.WalkCompleted(100),
            Verdict(world, "verified", 5));
        await new DayPriceRows(portfolio.Database).Set(RandomHistory.Asset, DateOnly.FromDateTime(DateTime.UtcNow), 1000);
        return world;
    }

    private static BalanceReconciled Verdict(SmallWorld world, string verdict, long reported, params BalanceDifference[] differences) =>
        new(world.Ledger, verdict, RandomHistory.Asset, reported, 5, 1, 1, 100, "h", "test", differences, Since);

    private static ObservedTransaction Paid(DateTimeOffset at, string asset, long amount) => RandomHistory.Transaction(new Random(), 90, 0) with
    {
        BlockTime = at,
        Movements = [new Movement("native", asset, amount)],
        Fee = 0,
        From = [new("bc1qfrom", Amount.Parse($"{Math.Abs(amount)}"))],
        To = [new("bc1qto", Amount.Parse($"{Math.Abs(amount)}"))],
    };

    private static JsonNode Kind(JsonNode found, string kind) => found["data"]!.AsArray().Single(each => (string)each!["kind"]! == kind)!;

    private static long Of(JsonNode found, string kind) => (long)Kind(found, kind)["count"]!;

    private static JsonNode Only(JsonNode found, string kind)
    {
        Of(found, kind).ShouldBe(1, found.ToJsonString());
        return Kind(found, kind)["first"]!.AsArray().Single()!;
    }
}
