using System.Collections.Concurrent;
using System.Text;
using ChainSimulator.Script;
using Microsoft.Playwright;
using NBitcoin;
using NBitcoin.DataEncoders;
using Shouldly;
using Testing;
using Xunit;

namespace Whole.Web;

/// <summary>What the one field of the first run takes beside an address: whole wallets, samples, tables; and what it never lets out.</summary>
[Collection(nameof(SyncingSystem))]
public sealed class AddInEveryWay(SyncingSystem syncing, Browser browser)
{
    private const string Field = "Address, extended key or descriptor";
    private const string IsRead = "Everything was read and compared.";

    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("zpub")]
    [InlineData("descriptor")]
    public async Task a_whole_wallet_is_previewed_saved_derived_and_verified(string form)
    {
        var account = new ExtKey().Derive(new KeyPath("84'/0'/0'")).Neuter();
        int[] used = [0, 3, 21];
        await syncing.Script.CreateAsync(
            new CreateAddresses(SyncingSystem.Bitcoin, 2, Addresses: [.. used.Select(index => AddressOf(account, index))], Blocks: 10), cancellation);
        using var user = await syncing.System.NewUser();
        await using var visitor = await browser.Visit(syncing.System.AddressOf("gateway"));
        var page = visitor.Page;
        await visitor.LogIn(user);
        await visitor.Heading("What do you hold?").WaitForAsync();

        await page.GetByLabel(Field).FillAsync(form is "zpub" ? Zpub(account) : $"wpkh({account.ToString(Network.Main)}/<0;1>/*)");
        // Other chains' keys begin alike, so the kind alone stands there; of what, says the sentence behind it.
        await page.GetByText(form is "zpub" ? "An extended key" : "A descriptor", new() { Exact = false }).First.WaitForAsync();
        await page.GetByText("A whole wallet of Bitcoin, 2 branches of wpkh addresses.").WaitForAsync();
        var preview = page.GetByRole(AriaRole.Region, new() { Name = "Do you know these addresses?" });
        (await preview.GetByRole(AriaRole.Listitem).AllInnerTextsAsync()).Take(10).Select(text => text.Trim())
            .ShouldBe(Enumerable.Range(0, 10).Select(index => AddressOf(account, index)));
        (await user.Get("/api/v1/wallets")).GetProperty("data").GetArrayLength().ShouldBe(0, "nothing is stored before one says so");

        await page.GetByLabel("Name of the wallet").FillAsync("All of it");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add", Exact = true }).ClickAsync();
        await visitor.Heading("Reading All of it").Or(visitor.Heading("All of it is here")).WaitForAsync();
        await page.GetByText(IsRead).WaitForAsync(new() { Timeout = 180_000 });
        await page.GetByRole(AriaRole.Link, new() { Name = "See the wallet" }).ClickAsync();
        await visitor.Heading("All of it").WaitForAsync();
        // The last used one and twenty behind it, and twenty for change.
        await page.GetByText("3 used of 42 addresses").WaitForAsync(new() { Timeout = 180_000 });
        await page.GetByText("0 used of 20 addresses").WaitForAsync();

        var wallet = await OnlyWallet(user);
        await user.UntilVerified(wallet, TimeSpan.FromMinutes(3));
        var derived = new List<string>();
        await foreach (var address in user.All($"/api/v1/wallets/{wallet}/addresses")) derived.Add(address.GetProperty("address").GetString()!);
        derived.Count.ShouldBe(62);
        used.ShouldAllBe(index => derived.Contains(AddressOf(account, index)));
        await visitor.Go("Transactions");
        await page.GetByText("6 transactions").WaitForAsync();
        visitor.ShouldHaveNoComplaints();
        await syncing.Forget(user, wallet);
    }

    [Fact]
    public async Task a_private_key_leaves_the_field_at_once_and_nobody_is_sent_it()
    {
        using var user = await syncing.System.NewUser();
        await using var visitor = await browser.Visit(syncing.System.AddressOf("gateway"));
        var page = visitor.Page;
        await visitor.LogIn(user);
        await visitor.Heading("What do you hold?").WaitForAsync();
        var sent = new ConcurrentQueue<string>();
        page.Request += (_, request) => sent.Enqueue($"{request.Url} {request.PostData}");

        foreach (var secret in new[] { new ExtKey().ToString(Network.Main), new Key().GetWif(Network.Main).ToString() })
        {
            await page.GetByLabel(Field).FillAsync(secret);
            await page.GetByText("That is a secret. It is gone from this page.").WaitForAsync();
            (await page.GetByLabel(Field).InputValueAsync()).ShouldBe("");
            // Whatever is public is taken afterwards as ever.
            await page.GetByLabel(Field).FillAsync("1BoatSLRHtKNngkdXEeobR76b53LETtpyT");
            await page.GetByText("An address of Bitcoin").WaitForAsync();
            sent.ShouldAllBe(request => !request.Contains(secret, StringComparison.Ordinal));
        }

        sent.ShouldContain(request => request.Contains("/inspect", StringComparison.Ordinal));
        visitor.ShouldHaveNoComplaints();
    }

    [Fact]
    public async Task sample_data_are_there_at_one_click()
    {
        using var user = await syncing.System.NewUser();
        await using var visitor = await browser.Visit(syncing.System.AddressOf("gateway"));
        var page = visitor.Page;
        await syncing.Script.CreateAsync(
            new CreateAddresses(SyncingSystem.Bitcoin, 12, Addresses: [SyncingSystem.SampleAddress], Blocks: 10), cancellation);
        await visitor.LogIn(user);
        await page.GetByRole(AriaRole.Button, new() { Name = "Try with sample data" }).ClickAsync();
        await page.GetByText(IsRead).WaitForAsync(new() { Timeout = 60_000 });
        await visitor.Heading("Sample is here").WaitForAsync();

        var wallet = await OnlyWallet(user);
        var address = (await user.Get($"/api/v1/wallets/{wallet}/addresses")).GetProperty("data").EnumerateArray().Single();
        (address.GetProperty("address").GetString(), address.GetProperty("label").GetString()).ShouldBe((SyncingSystem.SampleAddress, "A sample"));
        await visitor.Go("Transactions");
        await page.GetByText("12 transactions").WaitForAsync();
        await page.GetByText("A sample").First.WaitForAsync();
        visitor.ShouldHaveNoComplaints();
        await syncing.Forget(user, wallet);
    }

    [Fact]
    public async Task a_table_is_tried_imported_and_each_row_has_its_verdict_and_labels_come_in_by_a_file()
    {
        using var user = await syncing.System.NewUser();
        await using var visitor = await browser.Visit(syncing.System.AddressOf("gateway"));
        var page = visitor.Page;
        var addresses = await syncing.Script.CreateAsync(new CreateAddresses(SyncingSystem.Bitcoin, 8, 3), cancellation);
        var table = string.Join('\n',
            "wallet,network,address,label", $"From a table,bitcoin,{addresses[0]},first", $"From a table,bitcoin,{addresses[1]},second",
            $"From a table,bitcoin,{addresses[2]},", "From a table,bitcoin,1BoatSLRHtKNngkdXEeobR76b53LETtpyX,broken",
            "From a table,nowhere,1BoatSLRHtKNngkdXEeobR76b53LETtpyT,elsewhere");
        await visitor.LogIn(user);
        await visitor.Heading("What do you hold?").WaitForAsync();

        await page.GetByLabel("Choose a file (CSV, XLSX)").SetInputFilesAsync(File("table.csv", table));
        await page.GetByText("table.csv: 5 rows were checked").WaitForAsync();
        await page.GetByText("3 will be added").WaitForAsync();
        await page.GetByText("2 cannot be taken").WaitForAsync();
        var rows = page.GetByRole(AriaRole.Table, new() { Name = "What cannot be taken, and why" }).Locator("tbody tr");
        (await rows.Locator("th").AllInnerTextsAsync()).ShouldBe(["5", "6"]);
        (await user.Get("/api/v1/wallets")).GetProperty("data").GetArrayLength().ShouldBe(0, "it was only tried");
        await page.GetByRole(AriaRole.Button, new() { Name = "Import 3 addresses" }).ClickAsync();
        await page.GetByText("3 added").WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "See how it is read" }).ClickAsync();
        await page.GetByText(IsRead).WaitForAsync(new() { Timeout = 60_000 });

        // The newest first: what was done, then what was tried.
        await page.GotoAsync("/settings?part=imports");
        var imports = page.GetByRole(AriaRole.Table, new() { Name = "Imports" }).Locator("tbody tr");
        await imports.Nth(1).WaitForAsync();
        (await imports.CountAsync()).ShouldBe(2);
        (await imports.Nth(0).InnerTextAsync()).ShouldNotContain("trial");
        (await imports.Nth(1).InnerTextAsync()).ShouldContain("trial");
        await imports.Nth(0).GetByRole(AriaRole.Button).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await dialog.GetByText("refused").Nth(1).WaitForAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "All", Exact = true }).ClickAsync();
        await dialog.GetByText("taken", new() { Exact = true }).Nth(3).WaitForAsync();
        (await dialog.Locator("tbody tr").CountAsync()).ShouldBe(5);
        await page.Keyboard.PressAsync("Escape");

        var labels = $$"""{"type":"addr","ref":"{{addresses[2]}}","label":"from a file"}""" + "\n";
        await page.GetByLabel("A file of labels").SetInputFilesAsync(File("labels.jsonl", labels));
        await page.GetByRole(AriaRole.Button, new() { Name = "Send", Exact = true }).ClickAsync();
        await page.GetByText("Sent; it stands in the list above.").WaitForAsync();
        await imports.Nth(2).WaitForAsync();
        (await imports.Nth(0).InnerTextAsync()).ShouldContain("Labels");
        var wallet = await OnlyWallet(user);
        await Eventually.Is(async () => await Labels(user, wallet) is ["first", "from a file", "second"], "the label is there");
        await visitor.Go("Transactions");
        await page.GetByText("from a file").First.WaitForAsync();
        visitor.ShouldHaveNoComplaints();
        await syncing.Forget(user, wallet);
    }

    private static FilePayload File(string name, string text) => new()
    {
        Name = name, MimeType = "text/plain", Buffer = Encoding.UTF8.GetBytes(text),
    };

    private static async Task<List<string?>> Labels(TestUser user, Guid wallet) =>
    [
        .. (await user.Get($"/api/v1/wallets/{wallet}/addresses")).GetProperty("data").EnumerateArray()
            .Select(address => address.GetProperty("label").GetString()).Order(StringComparer.Ordinal),
    ];

    private static async Task<Guid> OnlyWallet(TestUser user) =>
        (await user.Get("/api/v1/wallets")).GetProperty("data").EnumerateArray().Single().GetProperty("id").GetGuid();

    private static string AddressOf(ExtPubKey account, int index) =>
        account.Derive(0).Derive((uint)index).PubKey.GetAddress(ScriptPubKeyType.Segwit, Network.Main).ToString();

    // SLIP-132: the same key, whose first bytes say that its addresses are SegWit's.
    private static string Zpub(ExtPubKey account)
    {
        var bytes = Encoders.Base58Check.DecodeData(account.ToString(Network.Main));
        new byte[] { 0x04, 0xb2, 0x47, 0x46 }.CopyTo(bytes, 0);
        return Encoders.Base58Check.EncodeData(bytes);
    }
}
