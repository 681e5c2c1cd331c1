using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Shouldly;
using Testing;
using Xunit;

namespace Whole.Web;

/// <summary>Who has a key and wants to try the API opens its document, gives the key and sends what is filled in, as it stands.</summary>
[Collection(nameof(SyncingSystem))]
public sealed partial class TryItOut(SyncingSystem syncing, Browser browser)
{
    // By the tag and id under which the page has them. The second makes what the later ones list.
    private static readonly string[] Tried =
    [
        "networks-getNetworks", "wallets-postWallets", "wallets-getWallets", "portfolio-getPortfolio", "transactions-listAllTransactions",
        "deposits-listDeposits", "api-keys-getApiKeysCurrent",
    ];

    [Fact]
    public async Task what_is_filled_in_is_taken_as_it_stands()
    {
        await using var visitor = await browser.Visit(syncing.System.AddressOf("gateway"));
        using var user = await syncing.System.NewUser();
        var page = visitor.Page;
        var refused = new ConcurrentQueue<string>();
        page.Response += (_, answer) =>
        {
            if (answer.Status >= 400) refused.Enqueue($"{answer.Request.Method} {answer.Url} {answer.Status}");
        };

        // Served once every service has told its part, which the first ones after a start wait for.
        using (var reader = new HttpClient { BaseAddress = syncing.System.AddressOf("gateway") })
            await Eventually.Is(async () =>
            {
                using var document = await reader.GetAsync("/openapi/v1.json", TestContext.Current.CancellationToken);
                return document.IsSuccessStatusCode;
            }, "the document is whole");
        await page.GotoAsync("/docs");
        await page.Locator("button.authorize").First.ClickAsync();
        await page.Locator(".auth-container input").First.FillAsync(user.Key);
        await page.Locator(".auth-btn-wrapper button.authorize").First.ClickAsync();
        await page.Locator(".auth-btn-wrapper button.btn-done").First.ClickAsync();

        foreach (var operation in Tried)
        {
            var block = page.Locator($"#operations-{operation}");
            await block.Locator(".opblock-summary-control").ClickAsync();
            await block.Locator(".try-out__btn").ClickAsync();
            await block.Locator("button.execute").ClickAsync();
            var status = block.Locator(".live-responses-table .response-col_status").Last;
            await Assertions.Expect(status).ToContainTextAsync(Success(), new() { Timeout = 30_000 });
        }

        refused.ShouldBeEmpty();
        visitor.ShouldHaveNoComplaints();
    }

    [GeneratedRegex("2[0-9][0-9]")]
    private static partial Regex Success();
}
