using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Options;

namespace Portfolio.Webhooks;

/// <summary>How one attempt ended.</summary>
/// <param name="Status">The HTTP status; null where none came.</param>
/// <param name="Error">What was wrong, fit for the endpoint's owner; null where the message was taken.</param>
/// <param name="Response">The beginning of the answer's body.</param>
/// <param name="RetryAfter">How long the receiver asks to be left alone.</param>
/// <param name="Latency">How long it took.</param>
internal sealed record AttemptResult(int? Status, string? Error, string? Response, TimeSpan? RetryAfter, TimeSpan Latency);

/// <summary>Posts messages: no redirect is followed, no proxy or cookie used, and of an answer no more read than is kept.</summary>
internal sealed class WebhookClient : IDisposable
{
    private const int Kept = 1_024;
    private static readonly TimeSpan ConnectWithin = TimeSpan.FromSeconds(9);
    private readonly HttpClient client;
    private readonly TimeProvider clock;

    public WebhookClient(WebhookTargets targets, IOptions<WebhookOptions> options, TimeProvider clock)
    {
        this.clock = clock;
        client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = ConnectWithin,
            // Names are looked up, and looked at, again.
            PooledConnectionLifetime = TimeSpan.FromMinutes(1),
            MaxResponseHeadersLength = 32,
            ConnectCallback = targets.ConnectAsync,
        })
        { Timeout = options.Value.Timeout };
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("wallet-tracker-webhooks", "1"));
    }

    /// <summary>Sends a message once; whatever comes of it is a result.</summary>
    public async Task<AttemptResult> PostAsync(string url, Guid eventId, IReadOnlyList<byte[]> secrets, string body, CancellationToken ct)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            var (now, id, bytes) = (clock.GetUtcNow(), eventId.ToString(), Encoding.UTF8.GetBytes(body));
            using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(bytes) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
            request.Headers.Add("webhook-id", id);
            request.Headers.Add("webhook-timestamp", now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
            request.Headers.Add("webhook-signature", WebhookSecret.Sign(secrets, id, now, bytes));
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            var status = (int)response.StatusCode;
            return new(status, Refusal(status), await BeginningAsync(response, ct), RetryAfter(response), watch.Elapsed);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            // Whatever comes of a client's URL is the endpoint's failure; one that was none would be tried for ever.
            return new(null, WhyNot(e), null, null, watch.Elapsed);
        }
    }

    public void Dispose() => client.Dispose();

    private static string? Refusal(int status) => status switch
    {
        >= 200 and < 300 => null,
        >= 300 and < 400 => $"answered {status}: redirects are not followed",
        410 => "answered 410: it wants no more messages",
        _ => $"answered {status}",
    };

    private static string WhyNot(Exception e) => e switch
    {
        TaskCanceledException => "did not answer in time",
        HttpRequestException { InnerException: RefusedTargetException refused } => refused.Message,
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "its host name cannot be resolved",
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => "its TLS certificate is not good",
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => "it cannot be connected to",
        HttpRequestException or IOException => "its answer broke off or is no HTTP",
        _ => "it could not be sent to",
    };

    // What it says does not matter to us, so its end is not waited for.
    private static async Task<string?> BeginningAsync(HttpResponseMessage response, CancellationToken ct)
    {
        var buffer = new byte[Kept];
        var read = 0;
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(ct);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
            limit.CancelAfter(TimeSpan.FromSeconds(1));
            read = await stream.ReadAtLeastAsync(buffer, Kept, throwOnEndOfStream: false, limit.Token);
        }
        catch (Exception e) when (e is IOException or HttpRequestException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            // The status came, which is what counts.
        }

        return read == 0 ? null : Encoding.UTF8.GetString(buffer, 0, read).Replace("\0", "", StringComparison.Ordinal);
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date > clock.GetUtcNow() => date - clock.GetUtcNow(),
        _ => null,
    };
}
