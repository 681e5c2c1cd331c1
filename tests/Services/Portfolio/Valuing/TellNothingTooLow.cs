using System.Net;
using System.Text.Json.Nodes;
using Contracts;
using ServiceDefaults;
using Shouldly;
using Xunit;

namespace Services.Portfolio.Valuing;

public sealed class TellNothingTooLow(PortfolioService portfolio) : IClassFixture<PortfolioService>
{
    private static readonly string Bitcoin = RandomHistory.Asset;

    [Fact]
    public async Task what_nobody_has_told_yet_leaves_the_whole_without_a_value()
    {
        var world = await World();
        Shown((await Lists.Get(world.Client, "/api/v1/portfolio"))["value"]).ShouldBe(("500.00", "500.00", 0));
        await portfolio.FromWallets(new AddressImported(world.Wallet, Guid.CreateVersion7(), "bitcoin", "bc1qlater", null, world.At),
            new WalletTagged(world.Wallet, ["all"], world.At));
        foreach (var at in new[] { "", "?at=2026-01-05" })
        {
            var shown = await Lists.Get(world.Client, $"/api/v1/portfolio{at}");
            var worth = at is "" ? "500.00" : "250.00";
            foreach (var sum in new[] { shown, shown["byNetwork"]![0], shown["byCoin"]![0], shown["byWallet"]![0], shown["byTag"]![0] })
                Shown(sum!["value"]).ShouldBe((null, worth, 1), sum["value"]!.ToJsonString());
            shown["totals"]![0]!["value"].ShouldBeNull();
            Shown((await Lists.Get(world.Client, $"{world.Path}/balances{at}"))["value"]).ShouldBe((null, worth, 1));
        }
    }

    [Fact]
    public async Task a_token_that_nobody_described_has_no_value_whatever_its_price()
    {
        var (owner, wallet, address, ledger) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        const string own = "0x52908400098527886E0F7030069857D2E4169EE7";
        const string usdc = "eip155:1/erc20:0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48";
        var at = new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero);
        await portfolio.FromWallets(new WalletCreated(wallet, owner, "main", at), new AddressImported(wallet, address, "ethereum", own, null, at));
        await portfolio.FromSync(
            new LedgerTracked(ledger, wallet, address, "ethereum", own, at), new LedgerWalkStarted(ledger, "first", at),
            new TransactionsObserved(ledger, [new ObservedTransaction("t", 1, "b", at, null, 5, [new Movement("log:1", usdc, 1_000_000)],
                [new Party("0x0000000000000000000000000000000000000001", 1_000_000, usdc)], [new Party(own, 1_000_000, usdc)], false, 0, "test")]),
            new LedgerWalkCompleted(ledger, "first", 100, "h", at));
        await new DayPriceRows(portfolio.Database).Set(usdc, DateOnly.FromDateTime(DateTime.UtcNow), 1);
        using var client = portfolio.As(owner);
        var shown = await Lists.Get(client, "/api/v1/portfolio");
        Shown(shown["value"]).Value.ShouldBeNull();
        shown["unpriced"]!.AsArray().Select(asset => (string)asset!).ShouldBe([usdc]);

        await portfolio.FromSync(new AssetDescribed("ethereum", usdc, "USDC", 6, "test", at));
        Shown((await Lists.Get(client, "/api/v1/portfolio"))["value"]).ShouldBe(("1.00", "1.00", 0));
    }

    [Fact]
    public async Task a_page_that_ended_with_what_is_no_more_is_said_to_be_invalid_and_not_the_end()
    {
        var world = await World();
        var page = await Lists.Get(world.Client, "/api/v1/portfolio/explain?from=2025-12-31&limit=1");
        var txid = (string)page["data"]![0]!["txid"]!;
        await portfolio.FromSync(new TransactionsOrphaned(world.Ledger, [new OrphanedTransaction(txid, "b1", 1, 0)], world.At));
        var answer = await Lists.Ask(world.Client, $"/api/v1/portfolio/explain?from=2025-12-31&limit=1&cursor={page["next"]}");
        (answer.Status, (string)JsonNode.Parse(answer.Body)!["type"]!).ShouldBe((HttpStatusCode.BadRequest, "/problems/cursor-invalid"));
    }

    [Fact]
    public async Task a_key_for_some_wallets_says_nothing_that_counts_in_all()
    {
        var world = await World();
        using var narrow = portfolio.As(world.Owner, new HashSet<Guid> { world.Wallet }, Scopes.WalletsWrite);
        using var content = new StringContent($$"""{"asset": "{{Bitcoin}}", "verdict": "spam"}""", System.Text.Encoding.UTF8, "application/json");
        var answer = await narrow.PutAsync("/api/v1/assets/verdicts", content, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        using var reader = portfolio.As(world.Owner, new HashSet<Guid> { world.Wallet });
        (await Lists.Ask(reader, "/api/v1/prices/manual")).Status.ShouldBe(HttpStatusCode.Forbidden);
    }

    // One coin at 500 today, half of it since the first of January 2026 at 500 that day.
    private async Task<SmallWorld> World()
    {
        await portfolio.Clear();
        var world = await SmallWorld.Create(portfolio);
        await portfolio.FromSync(
            new TransactionsObserved(world.Ledger, [Transaction("t1", 1, world.At), Transaction("t2", 2, world.At.AddDays(30))]),
            world.WalkCompleted(100));
        var prices = new DayPriceRows(portfolio.Database);
        foreach (var day in new[] { DateOnly.FromDateTime(DateTime.UtcNow), new(2026, 1, 5), new(2025, 12, 31), new(2026, 1, 1), new(2026, 1, 31) })
            await prices.Set(Bitcoin, day, 500);
        return world;
    }

    private static ObservedTransaction Transaction(string txid, long height, DateTimeOffset at) => new(
        txid, height, $"b{height}", at, null, 5, [new Movement("native", Bitcoin, 50_000_000)], [new Party("bc1qfrom", 50_000_000)],
        [new Party("bc1qto", 50_000_000)], false, 0, "test");

    private static (string? Value, string Priced, long Unknown) Shown(JsonNode? sum) =>
        ((string?)sum!["value"]?["amount"], (string)sum["priced"]!["amount"]!, (long)sum["unknown"]!);
}
