using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Numerics;
using System.Text;
using System.Text.Json.Nodes;
using Chains;
using Contracts;
using CsvHelper;
using ExcelDataReader;
using ServiceDefaults;
using Shouldly;
using Xunit;

namespace Services.Portfolio;

public sealed class ExportHistories(PortfolioService portfolio) : IClassFixture<PortfolioService>
{
    private const string All = "/api/v1/export/transactions";

    private static readonly DateTimeOffset At = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task every_transaction_is_there_once_oldest_first_with_the_balance_that_the_list_tells()
    {
        var random = new RandomHistory(11);
        await portfolio.FromWallets(random.WalletsLog);
        foreach (var piece in RandomHistory.Pieces(random.SyncLog, new Random(1), 20)) await portfolio.FromSync(piece);
        foreach (var user in random.Users)
        {
            using var client = portfolio.As(user);
            var wallets = random.WalletsLog.OfType<WalletCreated>().Where(wallet => wallet.OwnerId == user).Select(wallet => wallet.WalletId)
                .Except(random.WalletsLog.OfType<WalletDeleted>().Select(wallet => wallet.WalletId)).ToList();
            var listed = new List<(string Txid, string Address, string Amount, string Balance)>();
            foreach (var wallet in wallets)
            {
                var list = await Lists.All(client, $"/api/v1/wallets/{wallet}/transactions", new Random(5));
                list.Reverse();
                var expected = list.Select(Line).ToList();
                listed.AddRange(expected);
                foreach (var query in new[] { "", "?network=bitcoin" })
                    (await Csv(client, $"/api/v1/wallets/{wallet}/transactions.csv{query}")).Select(Line).ShouldBe(expected, query);

                // What a filter leaves out changes no balance.
                var middle = list.Count == 0 ? "2026-01-03" : (string)list[list.Count / 2]["time"]!;
                (await Csv(client, $"/api/v1/wallets/{wallet}/transactions.csv?from={Uri.EscapeDataString(middle)}")).Select(Line).ShouldBe(
                    list.Where(one => (DateTimeOffset)one["time"]! >= DateTimeOffset.Parse(middle, CultureInfo.InvariantCulture)).Select(Line));
            }

            (await Csv(client, All)).Select(Line).ShouldBe(listed.Distinct(), ignoreOrder: true, "an address in two wallets is there once");
        }
    }

    [Fact]
    public async Task an_export_that_broke_off_goes_on_behind_any_row_as_if_it_had_not()
    {
        var (client, _) = await TwoNetworks();
        foreach (var query in new[] { "", "&from=2026-01-01T05:00:00Z", "&format=csv" })
        {
            var whole = await Csv(client, $"{All}?{query.TrimStart('&')}");
            whole.Count.ShouldBeGreaterThan(20);
            whole.Select(row => row["network"]).Distinct().Count().ShouldBe(2);
            for (var at = 0; at < whole.Count; at++)
                (await Csv(client, $"{All}?after={whole[at]["cursor"]}{query}")).Select(row => row["cursor"])
                    .ShouldBe(whole.Skip(at + 1).Select(row => row["cursor"]), $"behind row {at}, {query}");
        }
    }

    [Fact]
    public async Task of_two_networks_the_one_with_the_earlier_next_block_comes_first()
    {
        var (client, _) = await TwoNetworks();
        var rows = await Csv(client, All);
        foreach (var network in rows.GroupBy(row => row["network"]))
            network.Select(row => long.Parse(row["height"], CultureInfo.InvariantCulture)).ShouldBeInOrder();
        // Blocks an hour apart, their times at most 90 minutes off.
        var hours = rows.Select(row => DateTimeOffset.Parse(row["time"], CultureInfo.InvariantCulture)).ToList();
        hours.Zip(hours.Skip(1)).ShouldAllBe(pair => pair.Second - pair.First > TimeSpan.FromHours(-2));
    }

    [Fact]
    public async Task no_cell_begins_a_formula_and_what_was_said_is_there()
    {
        var world = await SmallWorld.Create(portfolio);
        var transaction = RandomHistory.Transaction(new Random(4), 90, -500);
        await portfolio.FromSync(
            new TransactionsObserved(world.Ledger, [RandomHistory.Transaction(new Random(3), 80, 700), transaction]), world.Report(200, 100),
            world.WalkCompleted(100));
        await portfolio.FromWallets(
            new WalletRenamed(world.Wallet, "=cmd|' /C calc'!A0", At), new AddressLabelled(world.Wallet, world.Address, "@SUM(1)", At),
            new WalletTagged(world.Wallet, ["family"], At), new AddressTagged(world.Wallet, world.Address, ["Cold", "rent"], At),
            new TransactionLabelled(world.Owner, "bitcoin", transaction.Txid, "-2+3", ["+rent", "RENT"], "two\nlines, \"quoted\"", At));

        var row = (await Csv(world.Client, All))[1];
        row["wallet"].ShouldBe("'=cmd|' /C calc'!A0");
        row["label"].ShouldBe("'@SUM(1)");
        row["transactionLabel"].ShouldBe("'-2+3");
        row["tags"].ShouldBe("'+rent; RENT; Cold; family");
        row["note"].ShouldBe("two\nlines, \"quoted\"");
        row["amount"].ShouldBe("-0.000005", "a number stays one");
        (row["amountBaseUnits"], row["direction"], row["symbol"], row["status"], row["height"]).ShouldBe(("-500", "out", "BTC", "confirmed", "90"));
        (row["counterparties"], row["value"], row["price"], row["currency"]).ShouldBe(("bc1qto", "", "", ""));
        row["fee"].ShouldNotBeEmpty();
        (await Csv(world.Client, All))[0]["fee"].ShouldBeEmpty("whoever got something did not pay for it");

        var sheet = Sheets(await Bytes(world.Client, $"{All}?format=xlsx")).ShouldHaveSingleItem();
        sheet[0].ShouldBe((await Rows(world.Client, All))[0]);
        sheet[2].ShouldBe((await Rows(world.Client, All))[2]);
        var line = JsonNode.Parse((await Text(world.Client, $"{All}?format=jsonl")).Split('\n')[1])!;
        ((string)line["transactionLabel"]!, (string)line["amount"]!).ShouldBe(("-2+3", "-0.000005"), "no spreadsheet reads it");
        line["value"].ShouldBeNull();
        (await Csv(world.Client, $"{All}?tag=RENT")).Count.ShouldBe(2);
        (await Csv(world.Client, $"{All}?tag=%2Brent")).Count.ShouldBe(1);
        (await Csv(world.Client, $"{All}?tag=nothing")).ShouldBeEmpty();
    }

    [Fact]
    public async Task a_tax_tools_layout_has_a_line_for_what_a_transaction_did_to_all_wallets_together()
    {
        // One's own two addresses: 1,000 in, 300 from one to the other for a fee of 10, 400 out to somebody for 20.
        var (owner, wallet) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var (first, second) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await portfolio.FromWallets(new WalletCreated(wallet, owner, "w", At),
            new AddressImported(wallet, first, "bitcoin", $"bc1q{first:N}", null, At),
            new AddressImported(wallet, second, "bitcoin", $"bc1q{second:N}", null, At));
        foreach (var id in new[] { first, second })
            await portfolio.FromSync(new LedgerTracked(id, wallet, id, "bitcoin", $"bc1q{id:N}", At), new LedgerWalkStarted(id, "first", At));
        var spent = new[] { new Party($"bc1q{first:N}", 1000) };
        var (come, own, gone) =
            (Moved(80, 1000, 5), Moved(90, -310, 10) with { From = spent }, Moved(100, -420, 20) with { From = spent });
        await portfolio.FromSync(
            new TransactionsObserved(first, [gone, own, come]),
            new BalanceReported(first, RandomHistory.Asset, 270, 0, 3, 100, "hash 100", "test", At),
            new LedgerWalkCompleted(first, "first", 100, "hash 100", At));
        await portfolio.FromSync(
            new TransactionsObserved(second, [own with { Movements = [new Movement("native", RandomHistory.Asset, 300)] }]),
            new BalanceReported(second, RandomHistory.Asset, 300, 0, 1, 100, "hash 100", "test", At),
            new LedgerWalkCompleted(second, "first", 100, "hash 100", At));
        await portfolio.FromWallets(new TransactionLabelled(owner, "bitcoin", gone.Txid, "Rent", [], "May", At));
        using var client = portfolio.As(owner);

        (await Csv(client, $"{All}?format=koinly")).Select(row => string.Join('|', row["Sent Amount"], row["Sent Currency"], row["Received Amount"],
            row["Received Currency"], row["Fee Amount"], row["Fee Currency"], row["Label"], row["Description"], row["TxHash"])).ShouldBe(
        [
            $"||0.00001|BTC|||||{come.Txid}", $"0.0000001|BTC|||||cost||{own.Txid}", $"0.000004|BTC|||0.0000002|BTC||Rent: May|{gone.Txid}",
        ]);
        (await Csv(client, $"{All}?format=cointracking"))
            .Select(row => string.Join('|', row["Type"], row["Buy Amount"], row["Sell Amount"], row["Fee"]))
            .ShouldBe(["Deposit|0.00001||", "Other Fee||0.0000001|", "Withdrawal||0.000004|0.0000002"]);
    }

    [Fact]
    public async Task an_address_in_two_wallets_has_the_tags_of_both_and_a_row_says_that_it_may_still_change()
    {
        var world = await SmallWorld.Create(portfolio);
        var (second, copy) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await portfolio.FromWallets(
            new WalletCreated(second, world.Owner, "second", At),
            new AddressImported(second, copy, "bitcoin", $"bc1q{world.Ledger:N}", null, At), new WalletTagged(second, ["family"], At));
        await portfolio.FromSync(
            new LedgerTracked(world.Ledger, second, copy, "bitcoin", $"bc1q{world.Ledger:N}", At),
            new TransactionsObserved(world.Ledger, [RandomHistory.Transaction(new Random(6), 80, 700)]), world.Report(700, 100));

        var row = (await Csv(world.Client, $"{All}?tag=FAMILY")).ShouldHaveSingleItem();
        (row["wallet"], row["tags"], row["provisional"]).ShouldBe(("second", "family", "true"));
        (await Csv(world.Client, All)).ShouldHaveSingleItem()["wallet"].ShouldBe("savings");
        await portfolio.FromSync(world.WalkCompleted(100));
        (await Csv(world.Client, $"{All}?tag=family")).ShouldHaveSingleItem()["provisional"].ShouldBe("false");
        (await Rows(world.Client, $"{All}?format=koinly"))[0].ShouldNotContain("provisional");
    }

    [Fact]
    public async Task what_has_a_price_on_its_day_has_its_value_and_nothing_else_has_one()
    {
        var world = await SmallWorld.Create(portfolio);
        await portfolio.FromSync(
            new TransactionsObserved(world.Ledger, [Moved(300, -150_000_000, 10), Moved(30, 400_000_000, 10)]), world.Report(250_000_000, 400),
            world.WalkCompleted(400));
        using var writing = portfolio.As(world.Owner, scope: Scopes.WalletsWrite);
        var price = new { asset = RandomHistory.Asset, value = "65432.105", from = "2026-01-02", to = "2026-01-02", currency = "USD" };
        (await writing.PutAsJsonAsync($"/api/v1/prices/manual/{Guid.CreateVersion7()}", price, TestContext.Current.CancellationToken)).StatusCode
            .ShouldBe(HttpStatusCode.OK);

        var rows = await Csv(world.Client, All);
        rows.Select(row => (row["amount"], row["value"], row["currency"], row["price"], row["priceSource"])).ShouldBe(
            [("4", "261728.42", "USD", "65432.105", "manual"), ("-1.5", "", "", "", "")]);
        (await Csv(world.Client, $"{All}?format=koinly")).Select(row => (row["Received Amount"], row["Net Worth Amount"], row["Net Worth Currency"]))
            .ShouldBe([("4", "261728.42", "USD"), ("", "", "")]);
    }

    [Fact]
    public async Task nobody_elses_transactions_are_exported_and_a_key_for_some_wallets_exports_those()
    {
        var world = await SmallWorld.Create(portfolio);
        await portfolio.FromSync(new TransactionsObserved(world.Ledger, [RandomHistory.Transaction(new Random(9), 80, 700)]), world.Report(700, 100));
        var cursor = (await Csv(world.Client, All)).ShouldHaveSingleItem()["cursor"];
        var stranger = await SmallWorld.Create(portfolio);

        (await Csv(stranger.Client, All)).ShouldBeEmpty();
        (await Lists.Ask(stranger.Client, $"{All}?wallet={world.Wallet}")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await Lists.Ask(stranger.Client, $"{world.Path}/transactions.csv")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await Lists.Ask(stranger.Client, $"{All}?after={cursor}")).Status.ShouldBe(HttpStatusCode.BadRequest);
        using var narrow = portfolio.As(world.Owner, new HashSet<Guid> { Guid.CreateVersion7() });
        (await Csv(narrow, All)).ShouldBeEmpty();
        (await Lists.Ask(narrow, $"{All}?wallet={world.Wallet}")).Status.ShouldBe(HttpStatusCode.NotFound);
        using var scopeless = portfolio.As(world.Owner, scope: Scopes.WalletsRead);
        (await Lists.Ask(scopeless, All)).Status.ShouldBe(HttpStatusCode.Forbidden);
        foreach (var wrong in new[] { "format=pdf", "after=abc", $"after={cursor}&format=koinly", "from=yesterday", "currency=doubloons", "page=1" })
            (await Lists.Ask(world.Client, $"{All}?{wrong}")).Status.ShouldBe(HttpStatusCode.BadRequest, wrong);
    }

    private static ObservedTransaction Moved(long height, long delta, int fee) =>
        RandomHistory.Transaction(new Random((int)height), height, delta) with { Fee = fee, BlockTime = At.AddHours(height) };

    private async Task<(HttpClient Client, Guid Owner)> TwoNetworks()
    {
        var (owner, wallet, random) = (Guid.CreateVersion7(), Guid.CreateVersion7(), new Random(21));
        await portfolio.FromWallets(new WalletCreated(wallet, owner, "w", At));
        foreach (var network in new[] { Networks.Bitcoin, Networks.Litecoin })
        {
            foreach (var ledger in new[] { Guid.CreateVersion7(), Guid.CreateVersion7() })
            {
                await portfolio.FromWallets(new AddressImported(wallet, ledger, network.Slug, $"a{ledger:N}", null, At));
                await portfolio.FromSync(
                    new LedgerTracked(ledger, wallet, ledger, network.Slug, $"a{ledger:N}", At), new LedgerWalkStarted(ledger, "first", At));
                var transactions = Enumerable.Range(1, 15).Select(hour => RandomHistory.Transaction(random, hour, 10 + hour) with
                {
                    Movements = [new Movement("native", network.Native.Caip19, 10 + hour)],
                    // Blocks of both chains at the same instants now and then, and their times out of order.
                    BlockTime = At.AddHours(hour).AddMinutes(-30 * random.Next(0, 4)),
                }).ToList();
                BigInteger sum = transactions.Sum(one => (long)one.Movements[0].Delta.Value);
                await portfolio.FromSync(
                    new TransactionsObserved(ledger, [.. transactions.AsEnumerable().Reverse()]),
                    new BalanceReported(ledger, network.Native.Caip19, new Amount(sum), 0, 15, 20, "hash 20", "test", At),
                    new LedgerWalkCompleted(ledger, "first", 20, "hash 20", At));
            }
        }

        return (portfolio.As(owner), owner);
    }

    private static (string, string, string, string) Line(JsonNode one) => (
        (string)one["txid"]!, (string)one["address"]!, (string)one["result"]!["amount"]!, (string?)one["balance"]?["display"] ?? "");

    private static (string, string, string, string) Line(Dictionary<string, string> row) =>
        (row["txid"], row["address"], row["amountBaseUnits"], row["balance"]);

    private static async Task<byte[]> Bytes(HttpClient client, string path)
    {
        using var response = await client.GetAsync(path);
        response.StatusCode.ShouldBe(HttpStatusCode.OK, await response.Content.ReadAsStringAsync());
        return await response.Content.ReadAsByteArrayAsync();
    }

    private static async Task<string> Text(HttpClient client, string path) => Encoding.UTF8.GetString(await Bytes(client, path));

    private static async Task<List<string[]>> Rows(HttpClient client, string path)
    {
        using var reader = CsvReader.Create(await Bytes(client, path), new() { HasHeader = false, Separator = ',' });
        var rows = new List<string[]>();
        while (reader.Read()) rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)]);
        return rows;
    }

    internal static async Task<List<Dictionary<string, string>>> Csv(HttpClient client, string path)
    {
        var rows = await Rows(client, path);
        return [.. rows.Skip(1).Select(row => rows[0].Zip(row).ToDictionary(cell => cell.First, cell => cell.Second))];
    }

    internal static List<List<string[]>> Sheets(byte[] file)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        using var reader = ExcelReaderFactory.CreateOpenXmlReader(new MemoryStream(file));
        var sheets = new List<List<string[]>>();
        do
        {
            var sheet = new List<string[]>();
            while (reader.Read())
                sheet.Add([.. Enumerable.Range(0, reader.FieldCount)
                    .Select(column => Convert.ToString(reader.GetValue(column), CultureInfo.InvariantCulture) ?? "")]);
            sheets.Add(sheet);
        }
        while (reader.NextResult());
        return sheets;
    }
}
