using System.Net;
using Shouldly;
using Xunit;

namespace Whole.Web;

/// <summary>What a browser is given before it shows anything, as small as was promised.</summary>
[Collection(nameof(SyncingSystem))]
public sealed class LoadThePage(SyncingSystem syncing, Browser browser)
{
    private const int MostBytes = 60 * 1024;

    [Fact]
    public async Task the_first_load_is_sixty_kilobytes_at_most_and_asks_nobody_else()
    {
        await using var visitor = await browser.Visit(syncing.System.AddressOf("gateway"));
        using var user = await syncing.System.NewUser();
        var loaded = new System.Collections.Concurrent.ConcurrentDictionary<string, byte>();
        visitor.Page.Response += (_, response) =>
        {
            if (new Uri(response.Url).AbsolutePath is var path && !path.StartsWith("/api/", StringComparison.Ordinal)) loaded[path] = 0;
        };
        // Where it goes from the overview depends on figures, which are not told here.
        await visitor.Page.RouteAsync("**/api/v1/portfolio*", _ => Task.CompletedTask);
        await visitor.LogIn(user);
        await visitor.Heading("Overview").WaitForAsync();

        // What the first page needs, counted as it goes over the line.
        using var http = new HttpClient(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.None })
        {
            BaseAddress = syncing.System.AddressOf("gateway"),
        };
        http.DefaultRequestHeaders.AcceptEncoding.ParseAdd("gzip");
        var sizes = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var path in loaded.Keys)
        {
            using var answer = await http.GetAsync(path, TestContext.Current.CancellationToken);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, path);
            var bytes = await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
            if (bytes.Length > 1500) answer.Content.Headers.ContentEncoding.ShouldBe(["gzip"], $"{path} is compressed");
            sizes[path] = bytes.Length;
        }

        Tell.Figures($"first load: {sizes.Values.Sum()} bytes in {sizes.Count} files");
        sizes.Values.Sum().ShouldBeLessThanOrEqualTo(MostBytes, string.Join(", ", sizes));
        visitor.ShouldHaveNoComplaints();
    }
}
