using System.Net;
using System.Text.Json.Nodes;
using Contracts;
using ServiceDefaults;
using Services.Portfolio.Valuing;
using Shouldly;
using Xunit;

namespace Services.Portfolio.Sharing;

/// <summary>What whoever has a share's link sees, and what they cannot find out.</summary>
public sealed class ShowShares(PortfolioService portfolio) : IClassFixture<PortfolioService>
{
    private const string Dollar = "eip155:1/erc20:0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48";
    private const string Account = "0x52908400098527886E0F7030069857D2E4169EE7";
    private static readonly string Bitcoin = RandomHistory.Asset;
    private static readonly DateTimeOffset At = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateOnly Today = DateOnly.FromDateTime(DateTime.UtcNow);

    [Fact]
    public async Task amounts_are_what_the_portfolio_itself_says()
    {
        var (owner, _, _) = await HoldAsync(10_000_000);
        var expiresAt = DateTimeOffset.UtcNow.AddDays(1);
        using var visitor = portfolio.AsVisitor(owner, showsAmounts: true, expiresAt: expiresAt);
        using var self = portfolio.As(owner);

        var shown = await Lists.Get(visitor, "/api/v1/shared");

        // 0.7 coins at 500 and 250 dollars.
        shown["value"]!.ToJsonString().ShouldBe("""{"amount":"600.00","currency":"USD"}""");
        ((string)shown["label"]!, (string)shown["shows"]!, (int)shown["unpriced"]!).ShouldBe(("For the family", "amounts", 0));
        shown["expiresAt"]!.GetValue<DateTimeOffset>().ShouldBe(expiresAt);
        shown["coins"]!.AsArray().Select(coin => $"{coin!["symbol"]} {coin["network"]} {coin["amount"]!["display"]} {coin["value"]!["amount"]} " +
            $"{coin["percent"]}").ShouldBe(["BTC bitcoin 0.7 350.00 58.33", "USDC ethereum 250 250.00 41.67"]);
        shown["wallets"]!.AsArray().Select(wallet => $"{wallet!["label"]} {wallet["value"]!["amount"]} {wallet["percent"]}")
            .ShouldBe(["cold 350.00 58.33", "warm 250.00 41.67"], ignoreOrder: true);
        var history = (await Lists.Get(self, "/api/v1/portfolio/history"))["points"]!.AsArray();
        shown["history"]!.AsArray().Select(point => $"{point!["start"]} {point["value"]?["amount"]}")
            .ShouldBe(history.Select(point => $"{point!["start"]} {point["value"]?["amount"]}"));
        // 0.3 coins at 500, then 0.7 of them and 250 dollars.
        shown["history"]!.AsArray().First(point => point!["index"] is not null)!.ToJsonString()
            .ShouldBe("""{"start":"2026-01-01","value":{"amount":"150.00","currency":"USD"},"index":"100.00"}""");
        ((string)shown["history"]!.AsArray()[^1]!["index"]!).ShouldBe("400.00");
    }

    [Theory]
    [InlineData("")]
    [InlineData("?currency=BTC")]
    public async Task percentages_are_the_same_however_much_it_is(string query)
    {
        List<string> bodies = [], tags = [];
        foreach (var factor in new long[] { 1, 7, 13, 10_000_000, 123_456_789_012 })
        {
            var (owner, _, _) = await HoldAsync(factor);
            using var visitor = portfolio.AsVisitor(owner, showsAmounts: false);
            using var answer = await visitor.GetAsync($"/api/v1/shared{query}", TestContext.Current.CancellationToken);
            var body = (await JsonNode.ParseAsync(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken),
                cancellationToken: TestContext.Current.CancellationToken))!.AsObject();
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, body.ToJsonString());
            answer.Headers.GetValues("X-Robots-Tag").ShouldBe(["noindex"]);
            var headers = answer.Headers.Concat(answer.Content.Headers).Where(header => header.Key != "ETag")
                .Select(header => $"{header.Key}: {string.Join(',', header.Value)}");
            body["asOf"]!.GetValue<DateTimeOffset>().Second.ShouldBe(0);
            body.Remove("asOf");
            bodies.Add($"{string.Join('\n', headers)}\n{body.ToJsonString()}");
        }

        bodies.Distinct().ShouldHaveSingleItem();
        bodies[0].ShouldContain("\"58.33\"");
        bodies[0].ShouldNotContain("\"amount\":{");
        var shown = JsonNode.Parse(bodies[0].Split('\n')[^1])!;
        shown["value"].ShouldBeNull();
        shown["coins"]!.AsArray().ShouldAllBe(coin => coin!["amount"] == null && coin["value"] == null);
        shown["wallets"]!.AsArray().ShouldAllBe(wallet => wallet!["value"] == null);
        shown["history"]!.AsArray().ShouldAllBe(point => point!["value"] == null);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task neither_ids_nor_addresses_nor_transactions_are_shown(bool showsAmounts)
    {
        var (owner, cold, warm) = await HoldAsync(10_000_000, isDescribed: false);
        using var visitor = portfolio.AsVisitor(owner, showsAmounts);

        var (status, body) = await Lists.Ask(visitor, "/api/v1/shared");

        status.ShouldBe(HttpStatusCode.OK, body);
        foreach (var secret in new[] { $"{owner}", $"{cold}", $"{warm}", $"{owner:N}", "bc1q", "0x", "eip155", "bip122", "txid", "erc20", Account })
            body.ShouldNotContain(secret, Case.Insensitive);
        var token = JsonNode.Parse(body)!["coins"]!.AsArray().Single(coin => (string)coin!["network"]! == "ethereum")!;
        ((string)token["symbol"]!, (string?)token["percent"]).ShouldBe(("token", null));
        JsonNode.Parse(body)!["value"].ShouldBeNull();
        ((int)JsonNode.Parse(body)!["unpriced"]!).ShouldBe(1);
    }

    [Fact]
    public async Task only_the_wallets_that_are_shared_and_are_there_are_shown()
    {
        var (owner, cold, warm) = await HoldAsync(10_000_000);
        var stranger = (await HoldAsync(10_000_000)).Cold;
        using var one = portfolio.AsVisitor(owner, showsAmounts: false, new HashSet<Guid> { cold, stranger });
        using var all = portfolio.AsVisitor(owner, showsAmounts: false);
        (await Labels(one)).ShouldBe(["cold 100.00"]);
        (await Labels(all)).ShouldBe(["cold 58.33", "warm 41.67"]);

        await portfolio.FromWallets(new WalletDeleted(cold, At), new WalletCreated(Guid.CreateVersion7(), owner, "later", At));

        (await Labels(one)).ShouldBeEmpty();
        var nothing = await Lists.Get(one, "/api/v1/shared");
        nothing["coins"]!.AsArray().ShouldBeEmpty();
        nothing["history"]!.AsArray().ShouldAllBe(point => point!["index"] == null);
        (await Labels(all)).ShouldBe(["later 0.00", "warm 100.00"]);
    }

    [Fact]
    public async Task a_share_opens_nothing_else_and_nothing_else_opens_it()
    {
        var (owner, cold, _) = await HoldAsync(1);
        using var visitor = portfolio.AsVisitor(owner, showsAmounts: true);
        foreach (var path in new[] { "/api/v1/portfolio", $"/api/v1/wallets/{cold}/balances", "/api/v1/events/history", "/api/v1/statement-keys" })
            (await Lists.Ask(visitor, path)).Status.ShouldBe(HttpStatusCode.Forbidden, path);

        using var self = portfolio.As(owner);
        using var admin = portfolio.As(owner, scope: Scopes.Admin);
        using var service = portfolio.AsService("gateway");
        foreach (var client in new[] { self, admin, service })
            (await Lists.Ask(client, "/api/v1/shared")).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await Lists.Ask(visitor, "/api/v1/shared?currency=XXX")).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await Lists.Ask(visitor, $"/api/v1/shared?wallet={cold}")).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    private static async Task<List<string>> Labels(HttpClient visitor) =>
        [.. (await Lists.Get(visitor, "/api/v1/shared"))["wallets"]!.AsArray().Select(wallet => $"{wallet!["label"]} {wallet["percent"] ?? "0.00"}")
            .Order(StringComparer.Ordinal)];

    // Three parts of a coin from the first of January, four more a month later, and in another wallet 25 of dollars then: 7 by 500, and 2.5.
    private async Task<(Guid Owner, Guid Cold, Guid Warm)> HoldAsync(long factor, bool isDescribed = true)
    {
        var owner = Guid.CreateVersion7();
        var cold = await WalletAsync(owner, "cold", "bitcoin", $"bc1q{Guid.NewGuid():N}", Bitcoin, (At, 3 * factor), (At.AddDays(30), 4 * factor));
        // A dollar has two digits less than a coin.
        var warm = await WalletAsync(owner, "warm", "ethereum", Account, Dollar, (At.AddDays(30), 25 * factor));
        if (isDescribed) await portfolio.FromSync(new AssetDescribed("ethereum", Dollar, "USDC", 6, "test", At));
        else await Forget();
        var prices = new DayPriceRows(portfolio.Database);
        for (var day = DateOnly.FromDateTime(At.UtcDateTime); day <= Today; day = day.AddDays(1))
        {
            await prices.Set(Bitcoin, day, 500);
            await prices.Set(Dollar, day, 1);
        }

        return (owner, cold, warm);
    }

    private async Task Forget()
    {
        await using var command = portfolio.Database.CreateCommand("delete from assets");
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    private async Task<Guid> WalletAsync(
        Guid owner, string label, string network, string account, string asset, params IReadOnlyList<(DateTimeOffset At, long Amount)> came)
    {
        var (wallet, address, ledger) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        await portfolio.FromWallets(new WalletCreated(wallet, owner, label, At), new AddressImported(wallet, address, network, account, null, At));
        await portfolio.FromSync(
            new LedgerTracked(ledger, wallet, address, network, account, At), new LedgerWalkStarted(ledger, "first", At),
            new TransactionsObserved(ledger, [.. came.Select((each, i) => new ObservedTransaction(
                $"txid{Guid.NewGuid():N}", 1 + i, $"b{i}", each.At, null, 5,
                [new Movement(asset == Bitcoin ? "native" : "log:1", asset, each.Amount)],
                [new Party("somebody", each.Amount, asset)], [new Party(account, each.Amount, asset)], false, 0, "test"))]),
            new LedgerWalkCompleted(ledger, "first", 100, "h", At));
        return wallet;
    }
}
