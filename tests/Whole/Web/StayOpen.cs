using System.Text.RegularExpressions;
using ChainSimulator.Script;
using Microsoft.Playwright;
using Shouldly;
using Testing;
using Xunit;

namespace Whole.Web;

/// <summary>Pages that stay open: for long, in many tabs, while answers are lost, and in browsers that keep nothing.</summary>
[Collection(nameof(SyncingSystem))]
public sealed partial class StayOpen(SyncingSystem syncing, Browser browser)
{
    // What a browser tells a page whose tab is not the one in front.
    private const string Hide = """
        hidden => {
          Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
          document.dispatchEvent(new Event('visibilitychange'));
        }
        """;

    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task what_happens_while_the_stream_is_refused_is_shown_afterwards()
    {
        using var user = await syncing.System.NewUser();
        var (wallet, address) = await Verified(user);
        await using var visitor = await browser.Visit(syncing.System.AddressOf("gateway"));
        var page = visitor.Page;
        await visitor.LogIn(user);
        await visitor.Go("Deposits");
        await Live(page);

        // The gateway is there again, and what is behind it is not yet.
        await page.RouteAsync("**/api/v1/events*", route => route.FulfillAsync(new() { Status = 503, Body = "" }));
        await syncing.System.Gateway.Kill();
        await page.GetByText("does not answer").Or(page.GetByText("Live updates are interrupted")).First.WaitForAsync();
        await syncing.System.Gateway.Start();
        await page.GetByText("does not answer").WaitForAsync(new() { State = WaitForSelectorState.Hidden });
        await page.GetByText("Live updates are interrupted").WaitForAsync();
        await Pay(address);
        await Eventually.Is(async () => (await user.Get("/api/v1/deposits")).GetProperty("data").EnumerateArray()
            .Any(deposit => deposit.GetProperty("amount").GetProperty("amount").GetString() == "60000"), "it is told");
        await page.UnrouteAsync("**/api/v1/events*");

        await page.GetByText("0.0006 BTC").First.WaitForAsync(new() { Timeout = 60_000 });
        await syncing.Forget(user, wallet);
    }

    [Fact]
    public async Task who_has_no_session_any_more_is_asked_to_log_in_though_nothing_happens()
    {
        using var user = await syncing.System.NewUser();
        await user.CreateWallet("Savings");
        await using var visitor = await browser.Visit(syncing.System.AddressOf("gateway"));
        await visitor.LogIn(user);
        await visitor.Go("Deposits");
        await Live(visitor.Page);

        var key = (await user.Get("/api/v1/api-keys/current")).GetProperty("id").GetGuid();
        await syncing.System.Admin.Delete($"/api/v1/api-keys/{key}");

        await visitor.Heading("Log in").WaitForAsync(new() { Timeout = 60_000 });
    }

    [Fact]
    public async Task a_browser_has_more_tabs_than_connections()
    {
        using var user = await syncing.System.NewUser();
        var (wallet, address) = await Verified(user);
        await using var visitor = await browser.Visit(syncing.System.AddressOf("gateway"));
        await visitor.LogIn(user);
        await visitor.Go("Deposits");
        await Live(visitor.Page);
        for (var tab = visitor.Page; visitor.Page.Context.Pages.Count < 8; await Live(tab))
        {
            await tab.EvaluateAsync(Hide, true);
            tab = await visitor.AnotherTab();
            await tab.GotoAsync("/deposits");
        }

        // Who comes back to the first has what happened meanwhile.
        await Pay(address);
        await visitor.Page.Context.Pages[^1].GetByText("0.0006 BTC").First.WaitForAsync();
        await visitor.Page.EvaluateAsync(Hide, false);
        await visitor.Page.GetByText("0.0006 BTC").First.WaitForAsync();
        visitor.ShouldHaveNoComplaints();
        await syncing.Forget(user, wallet);
    }

    [Fact]
    public async Task a_write_whose_answer_is_lost_is_not_done_twice()
    {
        using var user = await syncing.System.NewUser();
        await using var visitor = await browser.Visit(syncing.System.AddressOf("gateway"));
        var page = visitor.Page;
        var address = (await syncing.Script.CreateAsync(new CreateAddresses(SyncingSystem.Bitcoin, 5), cancellation))[0];
        await visitor.LogIn(user);
        await page.GetByLabel("Address, extended key or descriptor").FillAsync(address);
        await page.GetByText("Bitcoin").First.WaitForAsync();
        var lost = 0;
        await page.RouteAsync(url => new Uri(url).AbsolutePath == "/api/v1/wallets", async route =>
        {
            if (route.Request.Method != "POST" || lost++ > 0)
            {
                await route.ContinueAsync();
                return;
            }

            await route.FetchAsync();
            await route.AbortAsync();
        });

        var add = page.GetByRole(AriaRole.Button, new() { Name = "Add", Exact = true });
        await add.ClickAsync();
        await page.GetByText("Nothing answers just now.").First.WaitForAsync();
        await add.ClickAsync();
        await page.GetByText("Everything was read and compared.").WaitForAsync(new() { Timeout = 60_000 });

        lost.ShouldBe(2);
        var wallets = (await user.Get("/api/v1/wallets")).GetProperty("data").EnumerateArray().ToList();
        wallets.Count.ShouldBe(1);
        await syncing.Forget(user, wallets[0].GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task how_long_ago_something_was_is_said_anew_as_time_passes()
    {
        using var user = await syncing.System.NewUser();
        var (wallet, address) = await Verified(user);
        await using var visitor = await browser.Visit(syncing.System.AddressOf("gateway"));
        await visitor.Page.Clock.InstallAsync();
        await visitor.LogIn(user);
        await visitor.Go("Deposits");
        await Live(visitor.Page);
        await Pay(address);
        await Shown(visitor.Page.GetByText("just now"));

        await visitor.Page.Clock.FastForwardAsync("10:00");

        await Shown(visitor.Page.GetByText(TenMinutesAgo()));
        await syncing.Forget(user, wallet);
    }

    [Fact]
    public async Task a_page_that_could_not_be_had_is_had_when_it_is_asked_for_again()
    {
        using var user = await syncing.System.NewUser();
        await user.CreateWallet("Savings");
        await using var visitor = await browser.Visit(syncing.System.AddressOf("gateway"));
        await visitor.LogIn(user);
        await visitor.Page.RouteAsync("**/web/pages/deposits.js", route => route.AbortAsync());
        await visitor.Page.GetByRole(AriaRole.Navigation, new() { Name = "Pages" })
            .GetByRole(AriaRole.Link, new() { Name = "Deposits" }).ClickAsync();
        await visitor.Page.GetByText("This page could not be had just now.").WaitForAsync();
        await visitor.Page.UnrouteAsync("**/web/pages/deposits.js");

        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Try again" }).ClickAsync();

        await visitor.Heading("Deposits").WaitForAsync();
    }

    [Fact]
    public async Task a_browser_that_keeps_nothing_shows_a_share_all_the_same()
    {
        using var user = await syncing.System.NewUser();
        var wallet = await user.CreateWallet("For all to see");
        var share = await user.Post("/api/v1/shares", new { label = "for my accountant", shows = "percentages", walletIds = new[] { wallet } });
        await using var stranger = await browser.Visit(syncing.System.AddressOf("gateway"));
        await stranger.Page.AddInitScriptAsync("""
            Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('Access is denied.', 'SecurityError'); } });
            """);

        await stranger.Page.GotoAsync($"/shared#{share.GetProperty("token").GetString()}");

        await stranger.Heading("for my accountant").WaitForAsync();
        stranger.ShouldHaveNoComplaints();
        await user.Delete($"/api/v1/wallets/{wallet}");
    }

    // A narrow page says some things elsewhere.
    private static Task Shown(ILocator text) => text.Filter(new() { Visible = true }).First.WaitForAsync();

    private static Task Live(IPage page) => page.GetByText("● live").WaitForAsync();

    private async Task<(Guid Wallet, string Address)> Verified(TestUser user)
    {
        var wallet = await user.CreateWallet("Savings");
        var address = (await syncing.Script.CreateAsync(new CreateAddresses(SyncingSystem.Bitcoin, 5), cancellation))[0];
        await user.Import(wallet, address);
        await user.UntilVerified(wallet);
        return (wallet, address);
    }

    private Task<string> Pay(string address) => syncing.Script.AddAsync(
        new ExactTransaction(SyncingSystem.Bitcoin, [new("1BoatSLRHtKNngkdXEeobR76b53LETtpyT", 70_000)], [new(address, 60_000)]), cancellation);

    [GeneratedRegex("1[0-2] minutes ago")]
    private static partial Regex TenMinutesAgo();
}
