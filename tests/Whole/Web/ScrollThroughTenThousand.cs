using ChainSimulator.Script;
using Shouldly;
using Testing;
using Xunit;

namespace Whole.Web;

/// <summary>A long history in a browser: read to its end by scrolling. How smooth that was is told, not judged: machines differ.</summary>
[Collection(nameof(SyncingSystem))]
public sealed class ScrollThroughTenThousand(SyncingSystem syncing, Browser browser)
{
    private static readonly int Transactions = SyncingSystem.IsFull ? 10_000 : 600;

    [Fact]
    public async Task every_row_is_there_and_only_those_in_sight_are_drawn()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var user = await syncing.System.NewUser();
        var wallet = await user.CreateWallet("A long one");
        var address = (await syncing.Script.CreateAsync(new CreateAddresses(SyncingSystem.Bitcoin, Transactions), cancellation))[0];
        await user.Import(wallet, address);
        await user.UntilVerified(wallet, TimeSpan.FromMinutes(5));

        await using var visitor = await browser.Visit(syncing.System.AddressOf("gateway"));
        var page = visitor.Page;
        await page.AddInitScriptAsync("""
            globalThis.longTasks = [];
            new PerformanceObserver(list => longTasks.push(...list.getEntries().map(each => Math.round(each.duration)))).observe({ type: 'longtask', buffered: true });
            """);
        await visitor.LogIn(user);
        await page.GotoAsync($"/transactions?wallet={wallet}");
        await page.WaitForFunctionAsync("() => document.querySelectorAll('.rows tbody tr').length > 5");
        await page.EvaluateAsync("() => { longTasks.length = 0; }");
        var drawn = 0;
        // Down by a screen at a time, as fast as frames come, until the last row is told.
        await Eventually.Is(async () =>
        {
            drawn = Math.Max(drawn, await page.EvaluateAsync<int>("""
                async () => {
                  const box = document.querySelector('.rows');
                  for (let i = 0; i < 40; i++) {
                    box.scrollTop += box.clientHeight;
                    await new Promise(requestAnimationFrame);
                  }
                  return document.querySelectorAll('.rows tbody tr').length;
                }
                """));
            return await page.EvaluateAsync<bool>($$"""
                () => [...document.querySelectorAll('.rows tbody tr')].some(row => Number(row.getAttribute('aria-rowindex')) === {{Transactions + 1}})
                """);
        }, "the last row is in sight", TimeSpan.FromMinutes(5));

        drawn.ShouldBeLessThan(120, "only what is in sight is drawn");
        var tasks = await page.EvaluateAsync<int[]>("() => longTasks");
        Tell.Figures($"scrolled through {Transactions} rows: {tasks.Length} tasks above 50 ms, the longest {tasks.DefaultIfEmpty().Max()} ms");
        visitor.ShouldHaveNoComplaints();
        await syncing.Forget(user, wallet);
    }
}
