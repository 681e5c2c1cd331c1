using System.Net.Http.Headers;
using System.Text.Json;
using System.Web;
using Messaging;

namespace Benchmarks.CatchingUp;

/// <summary>Answers for the service whose feed it is: the same JSON, without a socket.</summary>
internal sealed class FeedHandler(Feed feed) : HttpMessageHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var query = HttpUtility.ParseQueryString(request.RequestUri!.Query);
        var page = await feed.ReadAsync(
            long.Parse(query["after"]!, null), int.Parse(query["limit"]!, null), query["upTo"] is { } last ? long.Parse(last, null) : null,
            cancellationToken);
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(page, JsonSerializerOptions.Web));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return new HttpResponseMessage { Content = content };
    }
}
