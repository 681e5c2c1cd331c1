using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Playwright;
using Shouldly;
using Testing;
using Xunit;

[assembly: AssemblyFixture(typeof(Whole.Web.Browser))]

namespace Whole.Web;

/// <summary>Debian's Chromium, started when the first test wants a page.</summary>
public sealed class Browser : IAsyncDisposable
{
    // Without these a browser looks for its maker's hosts at every start.
    private static readonly string[] Quiet =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--disable-sync", "--no-default-browser-check", "--disable-dev-shm-usage",
    ];

    private readonly SemaphoreSlim gate = new(1);
    private IPlaywright? playwright;
    private IBrowser? browser;

    /// <summary>Somebody at a browser of their own: no cookies, nothing kept.</summary>
    public async Task<Visitor> Visit(
        Uri gateway, ColorScheme colours = ColorScheme.Light, int width = 1280, int height = 900, string timeZone = "Europe/Berlin")
    {
        await gate.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            browser ??= await Start();
        }
        finally
        {
            gate.Release();
        }

        var context = await browser.NewContextAsync(new()
        {
            BaseURL = gateway.ToString(), ColorScheme = colours, ViewportSize = new() { Width = width, Height = height },
            TimezoneId = timeZone,
            AcceptDownloads = true, ReducedMotion = ReducedMotion.Reduce, Locale = "en-GB",
        });
        return new Visitor(context, await context.NewPageAsync(), gateway);
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null) await browser.DisposeAsync();
        playwright?.Dispose();
        gate.Dispose();
    }

    private async Task<IBrowser> Start()
    {
        using (var install = Process.Start("/bin/bash", [Path.Combine(Repository.Root, "deploy", "local", "install.sh"), "chromium"]))
        {
            await install.WaitForExitAsync(TestContext.Current.CancellationToken);
            install.ExitCode.ShouldBe(0, "a browser is installed");
        }

        playwright = await Playwright.CreateAsync();
        return await playwright.Chromium.LaunchAsync(new() { ExecutablePath = "/usr/bin/chromium", Args = Quiet });
    }
}

/// <summary>One browser window, and everything in it that should not have happened.</summary>
public sealed class Visitor : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> complaints = [];
    private readonly IBrowserContext context;

    internal Visitor(IBrowserContext context, IPage page, Uri gateway)
    {
        (this.context, Page) = (context, page);
        page.SetDefaultTimeout(30_000);
        page.Console += (_, message) =>
        {
            // A browser says so itself of each answer that is a refusal; the page says it in its own words.
            if (message.Type is "error" or "warning" && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
                complaints.Enqueue($"{message.Type}: {message.Text}");
        };
        page.PageError += (_, error) => complaints.Enqueue(error);
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(gateway.ToString(), StringComparison.Ordinal) && !request.Url.StartsWith("blob:", StringComparison.Ordinal)
                && !request.Url.StartsWith("data:", StringComparison.Ordinal))
                complaints.Enqueue($"asks somebody else: {request.Url}");
        };
    }

    public IPage Page { get; }

    /// <summary>Another tab of the same browser.</summary>
    public Task<IPage> AnotherTab() => context.NewPageAsync();

    /// <summary>Gives the key as a person does.</summary>
    public async Task LogIn(TestUser user)
    {
        await Page.GotoAsync("/");
        await Page.GetByLabel("API key").FillAsync(user.Key);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
        await Page.GetByRole(AriaRole.Navigation).WaitForAsync();
    }

    /// <summary>To another page, by its name in the head.</summary>
    public async Task Go(string title)
    {
        await Page.GetByRole(AriaRole.Navigation, new() { Name = "Pages" }).GetByRole(AriaRole.Link, new() { Name = title }).ClickAsync();
        await Heading(title).WaitForAsync();
    }

    /// <summary>Presses the tabulator until it is there.</summary>
    public async Task TabTo(ILocator control)
    {
        await control.WaitForAsync();
        for (var presses = 0; presses < 120; presses++)
        {
            await Page.Keyboard.PressAsync("Tab");
            if (await control.EvaluateAsync<bool>("element => element === document.activeElement")) return;
        }

        throw new ShouldAssertException($"Nobody gets to {control} by keyboard.");
    }

    /// <summary>The page's heading, when it is there.</summary>
    public ILocator Heading(string title) => Page.GetByRole(AriaRole.Heading, new() { Name = title, Level = 1 });

    /// <summary>No error was told, and nobody but the gateway was asked.</summary>
    public void ShouldHaveNoComplaints() => complaints.ShouldBeEmpty();

    public async ValueTask DisposeAsync() => await context.DisposeAsync();
}
