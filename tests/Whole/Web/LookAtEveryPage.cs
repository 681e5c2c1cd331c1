using System.Net.Http.Json;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Shouldly;
using Testing;
using Xunit;

namespace Whole.Web;

/// <summary>
/// Every page of somebody who has wallets, deposits, a webhook that fails and a share, in light and dark, wide and narrow: axe finds nothing,
/// nothing stands out of the screen, and nobody complains. With WEB_SHOTS=folder it leaves a picture of each.
/// </summary>
[Collection(nameof(SyncingSystem))]
public sealed class LookAtEveryPage(SyncingSystem syncing, Browser browser)
{
    private static readonly string[] Paths =
        ["/", "/wallets", "/wallets/{wallet}", "/transactions", "/deposits", "/issues", "/reports", "/settings", "/welcome"];

    // What stands behind the first part of a page; the short run looks at the first ones.
    private static readonly string[] Parts =
    [
        .. new[] { "gains", "explain", "statement", "exports" }.Select(part => $"/reports?part={part}"),
        .. new[] { "webhooks", "imports", "shares", "prices", "networks" }.Select(part => $"/settings?part={part}"),
    ];

    // What opens over a page: where, by which button, and what is to be folded out before.
    private static readonly (string Path, string Button, string? Before)[] Dialogs =
    [
        ("/wallets", "^Add a wallet$", null), ("/wallets", "^Remove$", null), ("/wallets/{wallet}", "^Add addresses$", null),
        ("/wallets/{wallet}", "^Details of cold store$", null), ("/wallets/{wallet}", "^Remove this wallet$", null),
        ("/transactions", "^(From|To|Received|Sent|Newly)", null), ("/deposits", "^Details of the deposit", null),
        ("/settings?part=webhooks", "^Add a webhook$", null), ("/settings?part=webhooks", "^New secret$", null),
        ("/settings?part=webhooks", "^deposit", "Log"), ("/settings?part=imports", "^Rows", null),
        ("/settings?part=shares", "^Make a link$", null), ("/settings?part=shares", "^Revoke", null),
        ("/settings?part=prices", "^Set a price of BTC$", null),
    ];

    // The same for who administers.
    private static readonly string[] OfAdministrators = ["/settings", "/settings?part=usage", "/settings?part=users"];

    private static readonly (string Path, string Button, string? Before)[] DialogsOfAdministrators =
        [("/settings", "^Make a key$", null), ("/settings", "^Revoke", null), ("/settings?part=users", "^Add a user$", null)];

    private static readonly string? Shots = Environment.GetEnvironmentVariable("WEB_SHOTS");

    private static readonly bool IsLong = SyncingSystem.IsFull || Shots is { Length: > 0 };

    // The short run looks at two of them: each colour and each width once.
    private static readonly (ColorScheme Colours, int Width)[] Looks = IsLong
        ? [(ColorScheme.Light, 1280), (ColorScheme.Dark, 1280), (ColorScheme.Light, 360), (ColorScheme.Dark, 360)]
        : [(ColorScheme.Light, 1280), (ColorScheme.Dark, 360)];

    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task every_page_is_for_everybody_in_light_and_dark_wide_and_narrow()
    {
        using var user = await syncing.System.NewUser();
        var wallet = await LetThereBeSomething(user);
        var share = await user.Post("/api/v1/shares", new { label = "for my accountant", shows = "amounts" });

        var found = new List<string>();
        foreach (var (colours, width) in Looks)
        {
            await using var visitor = await browser.Visit(syncing.System.AddressOf("gateway"), colours, width, width < 500 ? 740 : 900);
            await visitor.Page.GotoAsync("/login");
            await visitor.Heading("Log in").WaitForAsync();
            found.AddRange(await Judge(visitor, "/login", colours, width));
            await visitor.LogIn(user);
            foreach (var path in Paths.Concat(IsLong ? Parts : []).Select(path => path.Replace("{wallet}", $"{wallet}", StringComparison.Ordinal)))
            {
                await visitor.Page.GotoAsync(path);
                found.AddRange(await Judge(visitor, path, colours, width));
            }

            if (IsLong) found.AddRange(await JudgeDialogs(visitor, Dialogs, wallet, colours, width));
            await visitor.Page.GotoAsync($"/shared#{share.GetProperty("token").GetString()}");
            found.AddRange(await Judge(visitor, "/shared", colours, width));
            visitor.ShouldHaveNoComplaints();
            if (!IsLong) continue;

            await using var administrator = await browser.Visit(syncing.System.AddressOf("gateway"), colours, width, width < 500 ? 740 : 900);
            await administrator.LogIn(syncing.System.Admin);
            foreach (var path in OfAdministrators)
            {
                await administrator.Page.GotoAsync(path);
                found.AddRange(await Judge(administrator, path, colours, width));
            }

            found.AddRange(await JudgeDialogs(administrator, DialogsOfAdministrators, wallet, colours, width));
            administrator.ShouldHaveNoComplaints();
        }

        found.ShouldBeEmpty(string.Join('\n', found));
        await syncing.Forget(user, wallet);
    }

    private static async Task<IReadOnlyList<string>> Judge(Visitor visitor, string path, ColorScheme colours, int width, bool isPictured = true)
    {
        var (page, where) = (visitor.Page, $"{path} {colours} {width}");
        // All that is asked for is there: the stream, which never ends, does not count.
        await page.WaitForFunctionAsync("() => document.querySelector('main h1') && !document.querySelector('.loading')");
        // What was worth something once has a line over time.
        if (path is "/" || path.StartsWith("/shared", StringComparison.Ordinal)) await page.Locator(".chart canvas").WaitForAsync();
        if (isPictured && Shots is { Length: > 0 })
        {
            var name = path.Trim('/') is "" ? "overview" : Guid.TryParse(path.Split('/')[^1], out _) ? "wallet" : path.Trim('/')
                .Replace("?part=", "-", StringComparison.Ordinal).Split('#')[0];
            var picture = Path.Combine(Shots, $"{name}-{$"{colours}".ToLowerInvariant()}-{width}.png");
            await page.ScreenshotAsync(new() { Path = picture, FullPage = width < 500 });
        }

        var found = new List<string>();
        var axe = await page.RunAxe();
        found.AddRange(axe.Violations.Select(violation =>
            $"{where}: {violation.Id}: {violation.Help}: {string.Join(" | ", violation.Nodes.Take(3).Select(node => node.Html))}"));
        var tooWide = await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");
        if (tooWide > 0) found.Add($"{where}: {tooWide} px stand out of the screen");
        return found;
    }

    private static async Task<IReadOnlyList<string>> JudgeDialogs(
        Visitor visitor, (string Path, string Button, string? Before)[] dialogs, Guid wallet, ColorScheme colours, int width)
    {
        var (page, found) = (visitor.Page, new List<string>());
        foreach (var (path, button, before) in dialogs)
        {
            await page.GotoAsync(path.Replace("{wallet}", $"{wallet}", StringComparison.Ordinal));
            await page.WaitForFunctionAsync("() => document.querySelector('main h1') && !document.querySelector('.loading')");
            if (before is not null) await Button(before).ClickAsync();
            await Button(button).ClickAsync();
            await page.GetByRole(AriaRole.Dialog).WaitForAsync();
            found.AddRange(await Judge(visitor, $"{path} {button.Trim('^', '$')}", colours, width, isPictured: false));
            // What is in it may be longer than the screen, and never wider.
            if (await page.EvaluateAsync<bool>("() => (d => d.scrollWidth > d.clientWidth)(document.querySelector('dialog[open]'))"))
                found.Add($"{path} {button} {colours} {width}: the dialogue is wider than it may be");
            await page.Keyboard.PressAsync("Escape");
            await page.GetByRole(AriaRole.Dialog).WaitForAsync(new() { State = WaitForSelectorState.Detached });
        }

        return found;

        ILocator Button(string name) => page.Locator("main").GetByRole(AriaRole.Button, new() { NameRegex = new(name) }).First;
    }

    private async Task<Guid> LetThereBeSomething(TestUser user)
    {
        var wallet = await user.CreateWallet("Savings");
        foreach (var address in await syncing.Script.CreateAsync(new(SyncingSystem.Bitcoin, 60, 2), cancellation))
            await user.Import(wallet, address, label: "cold store");
        await user.UntilVerified(wallet);
        using var hook = await user.Http.PostAsJsonAsync("/api/v1/webhooks", new { url = "https://localhost:1/hooks" }, cancellation);
        using var table = new StringContent($"wallet,address,label\n{wallet},1BoatSLRHtKNngkdXEeobR76b53LETtpyX,broken\n");
        table.Headers.ContentType = new("text/csv");
        (await user.Http.PostAsync("/api/v1/wallets/import", table, cancellation)).EnsureSuccessStatusCode();
        var address0 = (await user.Get($"/api/v1/wallets/{wallet}/addresses")).GetProperty("data")[0].GetProperty("address").GetString()!;
        await syncing.Script.MineAsync(new(SyncingSystem.Bitcoin, Addresses: [address0], Transactions: 2), cancellation);
        await Eventually.Is(async () => (await user.Get("/api/v1/deposits")).GetProperty("data").GetArrayLength() > 0, "a deposit is seen");
        return wallet;
    }
}
