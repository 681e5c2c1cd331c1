using ChainSimulator.Script;
using Microsoft.Playwright;
using Shouldly;
using Testing;
using Xunit;

namespace Whole.Web;

/// <summary>What somebody does who has just got a key: gives an address, sees it verified, sees a deposit arrive, takes it all home.</summary>
[Collection(nameof(SyncingSystem))]
public sealed class FirstTenMinutes(SyncingSystem syncing, Browser browser)
{
    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task an_address_is_given_verified_paid_and_exported()
    {
        using var user = await syncing.System.NewUser();
        await using var visitor = await browser.Visit(syncing.System.AddressOf("gateway"));
        var page = visitor.Page;
        var address = (await syncing.Script.CreateAsync(new CreateAddresses(SyncingSystem.Bitcoin, 80), cancellation))[0];

        await visitor.LogIn(user);
        await visitor.Heading("What do you hold?").WaitForAsync();
        await page.GetByLabel("Address, extended key or descriptor").FillAsync(address);
        await page.GetByText("Bitcoin").First.WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Add", Exact = true }).ClickAsync();
        await page.GetByText("Everything was read and compared.").WaitForAsync(new() { Timeout = 60_000 });

        await visitor.Go("Deposits");
        var before = await Deposits(user);
        await Pay(address);
        var row = page.GetByText("0.00060000 BTC").Or(page.GetByText("0.0006 BTC"));
        await row.First.WaitForAsync();
        (await Deposits(user)).ShouldBe(before + 1);

        await visitor.Go("Reports");
        await page.GetByRole(AriaRole.Link, new() { Name = "Export" }).ClickAsync();
        var csv = page.GetByRole(AriaRole.Link, new() { Name = "Download: CSV" });
        var download = await page.RunAndWaitForDownloadAsync(() => csv.ClickAsync());
        var file = await File.ReadAllTextAsync((await download.PathAsync())!, cancellation);
        (await Txids(user)).ShouldAllBe(txid => file.Contains(txid, StringComparison.Ordinal));

        visitor.ShouldHaveNoComplaints();
        await Forget(user);
    }

    [Fact]
    public async Task all_of_it_works_without_a_mouse()
    {
        using var user = await syncing.System.NewUser();
        await using var visitor = await browser.Visit(syncing.System.AddressOf("gateway"));
        var page = visitor.Page;
        var address = (await syncing.Script.CreateAsync(new CreateAddresses(SyncingSystem.Bitcoin, 30), cancellation))[0];

        await page.GotoAsync("/");
        await visitor.TabTo(page.GetByLabel("API key"));
        await page.Keyboard.TypeAsync(user.Key);
        await page.Keyboard.PressAsync("Enter");
        await visitor.Heading("What do you hold?").WaitForAsync();
        await visitor.TabTo(page.GetByLabel("Address, extended key or descriptor"));
        await page.Keyboard.InsertTextAsync(address);
        await page.GetByText("Bitcoin").First.WaitForAsync();
        await visitor.TabTo(page.GetByRole(AriaRole.Button, new() { Name = "Add", Exact = true }));
        await page.Keyboard.PressAsync("Enter");
        await page.GetByText("Everything was read and compared.").WaitForAsync(new() { Timeout = 60_000 });

        await visitor.TabTo(page.GetByRole(AriaRole.Link, new() { Name = "Deposits" }));
        await page.Keyboard.PressAsync("Enter");
        await visitor.Heading("Deposits").WaitForAsync();
        // Who comes by keyboard is told where they are.
        (await page.EvaluateAsync<string>("() => document.activeElement.textContent")).ShouldBe("Deposits");
        await Pay(address);
        await page.GetByText("0.0006 BTC").First.WaitForAsync();

        await visitor.TabTo(page.GetByRole(AriaRole.Link, new() { Name = "Reports" }));
        await page.Keyboard.PressAsync("Enter");
        await visitor.Heading("Reports").WaitForAsync();
        await visitor.TabTo(page.GetByRole(AriaRole.Link, new() { Name = "Export" }));
        await page.Keyboard.PressAsync("Enter");
        await visitor.TabTo(page.GetByRole(AriaRole.Link, new() { Name = "Download: CSV" }));
        var download = await page.RunAndWaitForDownloadAsync(() => page.Keyboard.PressAsync("Enter"));
        new FileInfo((await download.PathAsync())!).Length.ShouldBeGreaterThan(100);

        visitor.ShouldHaveNoComplaints();
        await Forget(user);
    }

    [Fact]
    public async Task a_page_goes_on_when_the_gateway_was_away()
    {
        using var user = await syncing.System.NewUser();
        var wallet = await user.CreateWallet("Savings");
        var address = (await syncing.Script.CreateAsync(new CreateAddresses(SyncingSystem.Bitcoin, 30), cancellation))[0];
        await user.Import(wallet, address);
        await user.UntilVerified(wallet);
        await using var visitor = await browser.Visit(syncing.System.AddressOf("gateway"));
        await visitor.LogIn(user);
        await visitor.Go("Deposits");

        await syncing.System.Gateway.Kill();
        // It says so by itself, and what arrived meanwhile is there when the gateway is.
        await visitor.Page.GetByText("does not answer").Or(visitor.Page.GetByText("Live updates are interrupted")).First.WaitForAsync();
        await Pay(address);
        await syncing.System.Gateway.Start();
        await visitor.Page.GetByText("0.0006 BTC").First.WaitForAsync(new() { Timeout = 60_000 });
        await visitor.Page.GetByText("does not answer").WaitForAsync(new() { State = WaitForSelectorState.Hidden });
        await syncing.Forget(user, wallet);
    }

    [Fact]
    public async Task who_logs_out_or_whose_key_is_revoked_sees_nothing_any_more()
    {
        using var user = await syncing.System.NewUser();
        var wallet = await user.CreateWallet("Savings");
        await using var visitor = await browser.Visit(syncing.System.AddressOf("gateway"));
        await visitor.LogIn(user);
        await visitor.Go("Wallets");
        await visitor.Page.GetByText("Savings").First.WaitForAsync();

        await visitor.Page.GetByText("Your view").First.ClickAsync(new() { Force = true });
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Log out" }).ClickAsync();
        await visitor.Heading("Log in").WaitForAsync();
        await visitor.Page.GotoAsync("/wallets");
        await visitor.Heading("Log in").WaitForAsync();
        (await visitor.Page.GetByText("Savings").CountAsync()).ShouldBe(0);

        await visitor.LogIn(user);
        var key = (await user.Get("/api/v1/api-keys/current")).GetProperty("id").GetGuid();
        await syncing.System.Admin.Delete($"/api/v1/api-keys/{key}");
        await visitor.Page.GotoAsync("/deposits");
        await visitor.Heading("Log in").WaitForAsync();
    }

    [Fact]
    public async Task who_logs_out_is_gone_from_every_window_and_leaves_nothing_to_whoever_comes_next()
    {
        using var user = await syncing.System.NewUser();
        using var next = await syncing.System.NewUser();
        var address = (await syncing.Script.CreateAsync(new CreateAddresses(SyncingSystem.Bitcoin, 10), cancellation))[0];
        await using var visitor = await browser.Visit(syncing.System.AddressOf("gateway"));
        await visitor.LogIn(user);
        var other = await visitor.Page.Context.NewPageAsync();
        await other.GotoAsync("/wallets");
        await other.GetByRole(AriaRole.Navigation).WaitForAsync();
        var told = visitor.Page.EvaluateAsync<string>("""
            async () => {
              const { onEvent } = await import('/web/lib/stream.js');
              return await new Promise(tell => onEvent(['*'], event => tell(event.type)));
            }
            """);
        var wallet = await user.CreateWallet("Savings");
        await user.Import(wallet, address);
        await user.UntilVerified(wallet);
        await told;

        await visitor.Page.GetByText("Your view").First.ClickAsync(new() { Force = true });
        // The page begins anew, and asks who is here.
        await visitor.Page.RunAndWaitForResponseAsync(
            () => visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Log out" }).ClickAsync(),
            answer => answer.Request.Method == "GET" && answer.Url.EndsWith("/api/v1/session", StringComparison.Ordinal));
        await visitor.Heading("Log in").WaitForAsync();
        // The other window hears of it when its stream ends.
        await other.GetByRole(AriaRole.Heading, new() { Name = "Log in", Level = 1 }).WaitForAsync(new() { Timeout = 60_000 });

        var stream = visitor.Page.WaitForRequestAsync(request => request.Url.Contains("/api/v1/events", StringComparison.Ordinal));
        await visitor.Page.GetByLabel("API key").FillAsync(next.Key);
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
        (await stream).Url.ShouldNotContain("after=", Case.Sensitive, "where somebody else was in a feed of their own");
        visitor.ShouldHaveNoComplaints();
        await syncing.Forget(user, wallet);
    }

    [Fact]
    public async Task a_share_shows_what_it_may_and_nothing_else()
    {
        using var user = await syncing.System.NewUser();
        var (shown, also) = (await user.CreateWallet("For all to see"), await user.CreateWallet("This one as well"));
        var other = await user.CreateWallet("Mine alone");
        Guid[] wallets = [shown, also, other];
        foreach (var wallet in wallets)
            await user.Import(wallet, (await syncing.Script.CreateAsync(new CreateAddresses(SyncingSystem.Bitcoin, 25), cancellation))[0]);
        foreach (var wallet in wallets) await user.UntilVerified(wallet);
        var share = await user.Post("/api/v1/shares", new { label = "for my accountant", shows = "percentages", walletIds = new[] { shown, also } });

        await using var stranger = await browser.Visit(syncing.System.AddressOf("gateway"));
        await stranger.Page.GotoAsync($"/shared#{share.GetProperty("token").GetString()}");
        await stranger.Page.GetByText("for my accountant").First.WaitForAsync();
        await stranger.Page.GetByText("For all to see").First.WaitForAsync();
        await stranger.Page.GetByText("This one as well").First.WaitForAsync();
        var text = await stranger.Page.InnerTextAsync("body");
        text.ShouldNotContain("Mine alone");
        text.ShouldNotContain("$");
        text.ShouldNotContain($"{shown}");
        stranger.ShouldHaveNoComplaints();

        await user.Delete($"/api/v1/shares/{share.GetProperty("id").GetGuid()}");
        await stranger.Page.ReloadAsync();
        await stranger.Page.GetByText("for my accountant").First.WaitForAsync(new() { State = WaitForSelectorState.Hidden });
        (await stranger.Page.InnerTextAsync("body")).ShouldNotContain("For all to see");
        foreach (var wallet in wallets) await user.Delete($"/api/v1/wallets/{wallet}");
    }

    private Task<string> Pay(string address) => syncing.Script.AddAsync(
        new ExactTransaction(SyncingSystem.Bitcoin, [new("1BoatSLRHtKNngkdXEeobR76b53LETtpyT", 70_000)], [new(address, 60_000)]), cancellation);

    private static async Task<int> Deposits(TestUser user) => (await user.Get("/api/v1/deposits?limit=200")).GetProperty("data").GetArrayLength();

    private static async Task<List<string>> Txids(TestUser user)
    {
        var wallet = (await user.Get("/api/v1/wallets")).GetProperty("data")[0].GetProperty("id").GetGuid();
        var txids = new List<string>();
        await foreach (var line in user.All($"/api/v1/wallets/{wallet}/transactions")) txids.Add(line.GetProperty("txid").GetString()!);
        return txids;
    }

    private async Task Forget(TestUser user)
    {
        foreach (var wallet in (await user.Get("/api/v1/wallets")).GetProperty("data").EnumerateArray().ToList())
            await user.Delete($"/api/v1/wallets/{wallet.GetProperty("id").GetGuid()}");
        await syncing.Script.ClearFaultsAsync(cancellation);
    }
}
