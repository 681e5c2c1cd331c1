using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Wallets;

[Collection(nameof(WalletsService))]
public sealed class ImportingTables(WalletsService service)
{
    private const string Xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_spreadsheet_of_5000_rows_with_200_bad_ones_imports_4800_and_sent_again_changes_nothing()
    {
        using var client = service.As(TestIdentity.Someone());
        var rows = Enumerable.Range(0, 5000).Select(number => number % 25 == 7
            ? new[] { "Bulk", "bitcoin", Api.AddressNumber(number)[..^1] + "1", $"bad {number}", "" }
            : ["Bulk", "bitcoin", Api.AddressNumber(number), $"good {number}", "bulk; y2026"]);
        var file = Spreadsheet.Of(rows.Prepend(["Wallet", "Network", "Address", "Label", "Tags"]));

        var first = await Finished(client, await Sent(client, file, Xlsx));
        Counts(first).ShouldBe((4800, 0, 200));
        var wallet = (await client.GetOk("/api/v1/wallets"))["data"]!.AsArray().ShouldHaveSingleItem()!;
        (wallet["label"]!.GetValue<string>(), wallet["addressCount"]!.GetValue<int>()).ShouldBe(("Bulk", 4800));
        var address = (await client.GetOk($"/api/v1/wallets/{wallet.Id()}/addresses?limit=1"))["data"]![0]!;
        address["tags"]!.AsArray().Select(tag => tag!.GetValue<string>()).ShouldBe(["bulk", "y2026"]);

        var refused = await Rows(client, first, "refused");
        refused.Count.ShouldBe(200);
        refused.Select(row => row["row"]!.GetValue<int>()).ShouldBe(Enumerable.Range(0, 5000).Where(number => number % 25 == 7).Select(n => n + 2));
        refused.ShouldAllBe(row => row["code"] != null && row["pointer"]!.GetValue<string>() == "/address" && row["address"] == null);

        using var sync = service.AsService("sync");
        var head = (await sync.GetOk("/internal/feed?after=0&limit=1"))["head"]!.GetValue<long>();
        Counts(await Finished(client, await Sent(client, file, Xlsx))).ShouldBe((0, 4800, 200));
        (await client.GetOk($"/api/v1/wallets/{wallet.Id()}")).ToJsonString().ShouldBe(wallet.ToJsonString());
        (await sync.GetOk($"/internal/feed?after={head}&limit=500")).ToJsonString().ShouldNotContain(wallet.Id());
    }

    [Fact]
    public async Task a_dry_run_says_what_would_be_and_changes_nothing()
    {
        using var client = service.As(TestIdentity.Someone());
        var known = await client.NewWallet("Known");
        await client.Post($"/api/v1/wallets/{known}/addresses", new { network = "bitcoin", address = Api.Genesis });
        var table = Csv("wallet,address", $"Known,{Api.Genesis}", $"Known,{Api.Segwit}", $"New,{Api.Segwit}", $"New,{Api.Segwit}", "New,nonsense");

        Counts(await Finished(client, await Sent(client, table, "text/csv", "?dryRun=true"))).ShouldBe((2, 2, 1));
        (await client.GetOk("/api/v1/wallets"))["data"]!.AsArray().ShouldHaveSingleItem()!["addressCount"]!.GetValue<int>().ShouldBe(1);
        Counts(await Finished(client, await Sent(client, table, "text/csv"))).ShouldBe((2, 2, 1), "it was right");
        (await client.GetOk("/api/v1/wallets"))["data"]!.AsArray().Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(',', "utf-8")]
    [InlineData(';', "utf-8 with mark")]
    [InlineData('\t', "utf-16")]
    [InlineData(',', "utf-16BE")]
    public async Task tables_are_read_whatever_separates_them_and_in_each_encoding_that_says_which_it_is(char separator, string encoding)
    {
        using var client = service.As(TestIdentity.Someone());
        var wallet = await client.NewWallet();
        // A tab inside a label would be refused as the control character that it is.
        var inside = separator == '\t' ? ';' : separator;
        var text = $"Chain{separator}PUBLIC address{separator}Name\r\nbitcoin{separator}{Api.Genesis}{separator}\"Größe{inside} \"\"1\"\"\"\r\n\r\n";
        Encoding coding = encoding switch
        {
            "utf-8" => new UTF8Encoding(false),
            "utf-8 with mark" => new UTF8Encoding(true),
            "utf-16" => new UnicodeEncoding(false, true),
            _ => new UnicodeEncoding(true, true),
        };
        byte[] file = [.. coding.GetPreamble(), .. coding.GetBytes(text)];
        var import = await Finished(client, await Sent(client, file, "text/csv", $"?walletId={wallet}"));
        Counts(import).ShouldBe((1, 0, 0));
        var label = (await client.GetOk($"/api/v1/wallets/{wallet}/addresses"))["data"]![0]!["label"]!.GetValue<string>();
        label.ShouldBe($"Größe{inside} \"1\"", "what is quoted is one cell");
    }

    [Fact]
    public async Task a_file_may_come_in_a_form()
    {
        using var client = service.As(TestIdentity.Someone());
        using var form = new MultipartFormDataContent
        {
            { new StringContent("x"), "other" }, { new ByteArrayContent(Csv("wallet,address", $"A,{Api.Genesis}")), "file", "../../etc/passwd" },
        };
        using var response = await client.PostAsync("/api/v1/wallets/import", form, Token);
        response.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        Counts(await Finished(client, JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!)).ShouldBe((1, 0, 0));
    }

    [Fact]
    public async Task each_row_has_its_own_verdict_and_a_secret_is_kept_nowhere()
    {
        const string seed = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
        using var client = service.As(TestIdentity.Someone());
        var long101 = new string('x', 101);
        var table = Csv("wallet,network,address,label,tags",
            $"A,,{Api.Genesis},,",              // 2
            $"A,nowhere,{Api.Genesis},,",       // 3
            $"A,,{seed},,",                     // 4
            $"A,,\"=HYPERLINK(\"\"x\"\")\",,",  // 5
            "A,,,only a label,",                // 6
            $",,{Api.Segwit},,",                // 7
            $"A,,{Api.Segwit},{long101},",      // 8
            $"{Guid.CreateVersion7()},,{Api.Segwit},,", // 9
            $"A,,{Api.Segwit},{new string('y', 1500)},");
        var import = await Finished(client, await Sent(client, table, "text/csv"));

        Counts(import).ShouldBe((1, 0, 8));
        (await Rows(client, import, "refused"))
            .Select(row => (row["row"]!.GetValue<int>(), row["code"]!.GetValue<string>(), row["pointer"]!.GetValue<string>()))
            .ShouldBe(
            [
                (3, "unknown-network", "/network"), (4, "seed-phrase", "/address"), (5, "formula", "/address"), (6, "address-missing", "/address"),
                (7, "wallet-missing", "/wallet"), (8, "label-too-long", "/label"), (9, "wallet-not-found", "/wallet"),
                (10, "cell-too-long", "/label"),
            ]);
        (await DatabaseText.Contains(service.Database.DataSource, "abandon abandon")).ShouldBeFalse();
    }

    [Fact]
    public async Task a_key_for_certain_wallets_imports_into_those_only_and_makes_none()
    {
        var caller = TestIdentity.Someone();
        using var owner = service.As(caller);
        var (mine, other) = (await owner.NewWallet("Mine"), await owner.NewWallet("Other"));
        using var narrow = service.As(caller with { Wallets = new HashSet<Guid> { mine } });
        var table = Csv("wallet,address", $"Mine,{Api.Genesis}", $"Other,{Api.Genesis}", $"{other},{Api.Segwit}", $"New,{Api.Genesis}");
        var import = await Finished(narrow, await Sent(narrow, table, "text/csv"));

        Counts(import).ShouldBe((1, 0, 3));
        (await owner.GetOk("/api/v1/wallets"))["data"]!.AsArray().Count.ShouldBe(2);
        (await owner.GetOk($"/api/v1/imports/{import.Id()}")).Id().ShouldBe(import.Id());
        using var stranger = service.As(TestIdentity.Someone());
        await stranger.SendForProblem(HttpMethod.Get, $"/api/v1/imports/{import.Id()}", null, "import-not-found");
        await stranger.SendForProblem(HttpMethod.Get, $"/api/v1/imports/{import.Id()}/rows", null, "import-not-found");
        (await stranger.GetOk("/api/v1/imports"))["data"]!.AsArray().ShouldBeEmpty();
        using var elsewhere = service.As(caller with { Wallets = new HashSet<Guid> { other } });
        await elsewhere.SendForProblem(HttpMethod.Get, $"/api/v1/imports/{import.Id()}", null, "import-not-found");
    }

    [Fact]
    public async Task they_are_listed_from_the_first_or_from_the_last_and_a_cursor_is_of_one_order()
    {
        using var client = service.As(TestIdentity.Someone());
        var sent = new List<string>();
        for (var i = 0; i < 5; i++)
            sent.Add((await Finished(client, await Sent(client, Csv("wallet,address", $"W{i},{Api.Genesis}"), "text/csv"))).Id());

        (await Listed("")).ShouldBe(sent);
        (await Listed("&order=oldest")).ShouldBe(sent);
        (await Listed("&order=newest")).ShouldBe(sent.AsEnumerable().Reverse());
        var newest = await client.GetOk("/api/v1/imports?limit=2&order=newest");
        var second = await client.GetOk($"/api/v1/imports?limit=2&order=newest&cursor={newest["next"]}");
        (await client.GetOk($"/api/v1/imports?limit=2&order=newest&cursor={second["prev"]}"))["data"]!.ToJsonString()
            .ShouldBe(newest["data"]!.ToJsonString());
        await client.SendForProblem(HttpMethod.Get, $"/api/v1/imports?cursor={newest["next"]}", null, "cursor-invalid");
        await client.SendForProblem(HttpMethod.Get, "/api/v1/imports?order=best", null, "invalid-parameter");

        async Task<List<string>> Listed(string order)
        {
            var all = new List<string>();
            for (var page = await client.GetOk($"/api/v1/imports?limit=2{order}"); ;
                page = await client.GetOk($"/api/v1/imports?limit=2{order}&cursor={page["next"]}"))
            {
                all.AddRange(page["data"]!.AsArray().Select(import => import!.Id()));
                if (page["next"] is null) return all;
            }
        }
    }

    [Fact]
    public async Task what_a_stopped_process_had_not_done_the_next_one_does_and_nothing_twice()
    {
        var caller = TestIdentity.Someone();
        using var client = service.As(caller);
        var file = Csv([.. Enumerable.Range(0, 3000).Select(number => $"Restarted,{Api.AddressNumber(number)}").Prepend("wallet,address")]);
        var sent = await Sent(client, file, "text/csv");
        await service.RestartAsync();
        using var same = service.As(caller);
        Counts(await Finished(same, sent)).ShouldBe((3000, 0, 0));
        (await same.GetOk("/api/v1/wallets"))["data"]!.AsArray().ShouldHaveSingleItem()!["addressCount"]!.GetValue<int>().ShouldBe(3000);
    }

    [Fact]
    public async Task of_a_refused_row_nothing_is_kept_and_nobody_learns_of_anothers_wallet()
    {
        using var other = service.As(TestIdentity.Someone());
        var theirs = await other.NewWallet("Theirs");
        using var client = service.As(TestIdentity.Someone());
        var import = await Finished(client, await Sent(client, Csv("wallet,address,label,tags",
            $"{theirs},{Api.AddressNumber(78_001)},kept-nowhere,t1", $"Kept,{Api.AddressNumber(78_002)},label-of-a-row,t2"), "text/csv"));

        Counts(import).ShouldBe((1, 0, 1));
        var refused = (await Rows(client, import, "refused")).ShouldHaveSingleItem();
        (refused["address"], refused["network"], refused["walletId"]).ShouldBe((null, null, null));
        await using var command = service.Database.DataSource.CreateCommand(
            "select string_agg(r::text, '|') from import_rows r where import_id = $1");
        command.Parameters.Add(new() { Value = Guid.Parse(import.Id()) });
        var text = (string)(await command.ExecuteScalarAsync(Token))!;
        foreach (var gone in new[] { "kept-nowhere", "label-of-a-row", Api.AddressNumber(78_001), $"{theirs}" }) text.ShouldNotContain(gone);

        await other.Send(HttpMethod.Delete, $"/api/v1/wallets/{theirs}", null, HttpStatusCode.NoContent);
        (await client.GetOk($"/api/v1/imports/{import.Id()}/rows"))["data"]!.AsArray().Count.ShouldBe(2, "another's wallet takes nothing along");
    }

    [Fact]
    public async Task a_deleted_wallets_rows_go_with_it()
    {
        using var client = service.As(TestIdentity.Someone());
        var import = await Finished(client, await Sent(client, Csv("wallet,address", $"Gone,{Api.AddressNumber(77_001)}"), "text/csv"));
        var wallet = (await client.GetOk("/api/v1/wallets"))["data"]![0]!.Id();
        await client.Send(HttpMethod.Delete, $"/api/v1/wallets/{wallet}", null, HttpStatusCode.NoContent);
        (await client.GetOk($"/api/v1/imports/{import.Id()}/rows"))["data"]!.AsArray().ShouldBeEmpty();
    }

    internal static byte[] Csv(params string[] lines) => Encoding.UTF8.GetBytes(string.Join('\n', lines));

    private static async Task<JsonNode> Sent(HttpClient client, byte[] file, string type, string query = "")
    {
        using var content = new ByteArrayContent(file) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };
        using var response = await client.PostAsync($"/api/v1/wallets/import{query}", content, Token);
        var text = await response.Content.ReadAsStringAsync(Token);
        response.StatusCode.ShouldBe(HttpStatusCode.Accepted, text);
        var import = JsonNode.Parse(text)!;
        response.Headers.Location!.ToString().ShouldBe($"/api/v1/imports/{import.Id()}");
        return import;
    }

    private static async Task<JsonNode> Finished(HttpClient client, JsonNode import)
    {
        await Eventually.Is(
            async () => (import = await client.GetOk($"/api/v1/imports/{import.Id()}"))["state"]!.GetValue<string>() == "finished",
            "the import is finished", TimeSpan.FromMinutes(2));
        return import;
    }

    private static (int Imported, int Present, int Refused) Counts(JsonNode import)
    {
        import["done"]!.GetValue<int>().ShouldBe(import["total"]!.GetValue<int>());
        return (import["imported"]!.GetValue<int>(), import["present"]!.GetValue<int>(), import["refused"]!.GetValue<int>());
    }

    private static async Task<List<JsonNode>> Rows(HttpClient client, JsonNode import, string verdict)
    {
        var rows = new List<JsonNode>();
        string? cursor = null;
        do
        {
            var behind = cursor is null ? "" : $"&cursor={cursor}";
            var page = await client.GetOk($"/api/v1/imports/{import.Id()}/rows?verdict={verdict}&limit=150{behind}");
            rows.AddRange(page["data"]!.AsArray()!);
            cursor = page["next"]?.GetValue<string>();
        }
        while (cursor is not null);
        return rows;
    }
}
