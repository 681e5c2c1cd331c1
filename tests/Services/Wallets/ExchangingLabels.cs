using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Wallets;

[Collection(nameof(WalletsService))]
public sealed class ExchangingLabels(WalletsService service)
{
    private static readonly string Txid = new('d', 64);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task labels_that_are_exported_and_imported_again_change_nothing_and_are_exported_alike()
    {
        using var client = service.As(TestIdentity.Someone());
        var (one, two) = (await client.NewWallet("One"), await client.NewWallet("Two"));
        await client.Post($"/api/v1/wallets/{one}/addresses", new { network = "bitcoin", address = Api.Genesis, label = "Ge\"ne\\sis \u00e4" });
        await client.Post($"/api/v1/wallets/{two}/addresses", new { network = "bitcoin", address = Api.Genesis, label = "Other" });
        await client.Post($"/api/v1/wallets/{two}/addresses", new { network = "bitcoin", address = Api.Segwit });
        var file = $$"""
            {"type":"tx","ref":"{{Txid}}","label":"Rent","origin":"wpkh([d34db33f/84'/0'/0'])"}
            {"type":"addr","ref":"{{Api.Segwit.ToUpperInvariant()}}","label":"Savings"}
            """;
        Counts(await Imported(client, file)).ShouldBe((2, 0, 0));
        await client.Send(HttpMethod.Put, $"/api/v1/labels/transactions/bitcoin/{new string('e', 64)}",
            new { note = "Only\nthis", tags = new[] { "x" } }, HttpStatusCode.OK);

        var exported = await Exported(client);
        exported.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldBe(
        [
            $$"""{"type":"addr","ref":"{{Api.Genesis}}","label":"Ge\"ne\\sis ä"}""",
            $$"""{"type":"addr","ref":"{{Api.Genesis}}","label":"Other"}""",
            $$"""{"type":"addr","ref":"{{Api.Segwit}}","label":"Savings"}""",
            $$"""{"type":"tx","ref":"{{Txid}}","label":"Rent","origin":"wpkh([d34db33f/84'/0'/0'])"}""",
            $$"""{"type":"tx","ref":"{{new string('e', 64)}}","tags":["x"],"note":"Only\nthis"}""",
        ], ignoreOrder: true);

        Counts(await Imported(client, exported)).ShouldBe((0, 5, 0));
        (await Exported(client)).ShouldBe(exported);
    }

    [Fact]
    public async Task what_is_not_kept_is_answered_with_the_reason_line_by_line()
    {
        const string key = "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi";
        using var client = service.As(TestIdentity.Someone());
        var import = await Imported(client, $$"""
            {"type":"xpub","ref":"{{key}}","label":"mine"}
            {"type":"output","ref":"{{Txid}}:1","label":"change","spendable":false}

            {"type":"addr","ref":"{{Api.Genesis}}","label":"nobody's"}
            {"type":"addr","ref":"nonsense","label":"x"}
            {"type":"tx","ref":"12","label":"x"}
            {"type":"tx","ref":"{{Txid}}"}
            {"type":"tx","ref":"{{Txid}}","label":7}
            {"type":"tx","ref":"{{Txid}}","label":"\ud800"}
            {"type":"tx","ref":"{{Txid}}","label":"x","origin":"{{key}}"}
            not json
            """);

        Counts(import).ShouldBe((0, 0, 10));
        var rows = (await client.GetOk($"/api/v1/imports/{import.Id()}/rows"))["data"]!.AsArray();
        rows.Select(row => (row!["row"]!.GetValue<int>(), row["code"]!.GetValue<string>())).ShouldBe(
        [
            (1, "not-kept"), (2, "not-kept"), (4, "not-held"), (5, rows[3]!["code"]!.GetValue<string>()), (6, "transaction-id"), (7, "label-empty"),
            (8, "wrong-kind"), (9, "characters"), (10, "origin"), (11, "malformed"),
        ]);
        (await DatabaseText.Contains(service.Database.DataSource, key)).ShouldBeFalse();
    }

    [Fact]
    public async Task a_deleted_wallets_lines_go_with_it_and_those_of_transactions_stay()
    {
        using var client = service.As(TestIdentity.Someone());
        var wallet = await client.NewWallet("Gone");
        await client.Post($"/api/v1/wallets/{wallet}/addresses", new { network = "bitcoin", address = Api.AddressNumber(79_001) });
        var import = await Imported(client, $$"""
            {"type":"addr","ref":"{{Api.AddressNumber(79_001)}}","label":"Cold"}
            {"type":"tx","ref":"{{Txid}}","label":"Rent"}
            """);
        Counts(import).ShouldBe((2, 0, 0));
        await client.Send(HttpMethod.Delete, $"/api/v1/wallets/{wallet}", null, HttpStatusCode.NoContent);
        (await client.GetOk($"/api/v1/imports/{import.Id()}/rows"))["data"]!.AsArray().ShouldHaveSingleItem()!["address"]!.GetValue<string>()
            .ShouldBe(Txid);
    }

    [Fact]
    public async Task a_dry_run_sets_nothing_and_a_key_for_certain_wallets_opens_none()
    {
        var caller = TestIdentity.Someone();
        using var client = service.As(caller);
        Counts(await Imported(client, $$"""{"type":"tx","ref":"{{Txid}}","label":"x"}""", "?dryRun=true")).ShouldBe((1, 0, 0));
        (await Exported(client)).ShouldBeEmpty();
        using var narrow = service.As(caller with { Wallets = new HashSet<Guid> { await client.NewWallet() } });
        await narrow.SendForProblem(HttpMethod.Get, "/api/v1/labels", null, "forbidden");
        await narrow.SendForProblem(HttpMethod.Post, "/api/v1/labels/import", new StringContent("{}", null, "application/x-ndjson"), "forbidden");
        await client.SendForProblem(HttpMethod.Get, "/api/v1/labels?network=nowhere", null, "unknown-network");
    }

    private static async Task<string> Exported(HttpClient client)
    {
        using var response = await client.GetAsync("/api/v1/labels", Token);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/x-ndjson");
        return await response.Content.ReadAsStringAsync(Token);
    }

    private static async Task<JsonNode> Imported(HttpClient client, string file, string query = "")
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(file));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        using var response = await client.PostAsync($"/api/v1/labels/import{query}", content, Token);
        var text = await response.Content.ReadAsStringAsync(Token);
        response.StatusCode.ShouldBe(HttpStatusCode.Accepted, text);
        var import = JsonNode.Parse(text)!;
        await Eventually.Is(
            async () => (import = await client.GetOk($"/api/v1/imports/{import.Id()}"))["state"]!.GetValue<string>() == "finished",
            "the import is finished", TimeSpan.FromMinutes(1));
        return import;
    }

    private static (int Imported, int Present, int Refused) Counts(JsonNode import) =>
        (import["imported"]!.GetValue<int>(), import["present"]!.GetValue<int>(), import["refused"]!.GetValue<int>());
}
