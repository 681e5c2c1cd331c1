using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Text;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace Providers;

/// <summary>
/// Asks one provider over HTTP. Status first, then size, then content type; what is in the body is the dialect's to
/// check. Each request has a time-out, a place in the budget, two quick retries where a retry can help, and a breaker; each
/// answer, retries included, a longest time.
/// A provider that asks for patience is left alone by every process until then.
/// </summary>
public sealed class ProviderClient : IDisposable
{
    private const int MaxBody = 64 * 1024 * 1024;
    private const int MaxRefusal = 1024;
    private const int FirstBuffer = 256 * 1024;

    // Bytes of long answers that all providers of this process may be sending at once, so that slow ones cannot fill the memory.
    private const long MostReading = 256L * 1024 * 1024;
    private const string Json = "application/json";
    private const string Xml = "text/xml";

    // Kinds of requests whose answers are as long as an address's history.
    private static readonly HashSet<string> Histories = ["page", "list", "logs", "mempool"];

    // Kinds of requests that a provider works off to their end, whether anybody waits or not.
    private static readonly HashSet<string> WorkedOff = ["scan"];

    // Whoever asks for more has made a mistake.
    private static readonly TimeSpan LongestPatience = TimeSpan.FromDays(30);

    private static long reading;

    private readonly HttpClient http;
    private readonly string network;
    private readonly ProviderSettings options;
    private readonly RequestBudget? budget;
    private readonly ProviderPauses pauses;
    private readonly ProviderUsage usage;
    private readonly TimeProvider clock;
    private readonly ProviderMetrics metrics;
    private readonly bool sendsKey;
    private readonly ResiliencePipeline<Answer> tries;
    private readonly ResiliencePipeline<Answer> once;
    private bool circuitIsOpen;

    public ProviderClient(
        HttpClient http, string network, ProviderSettings options, RequestBudget? budget, ProviderPauses pauses, ProviderUsage usage,
        TimeProvider clock, ProviderMetrics metrics, bool sendsKey = true)
    {
        this.http = http;
        this.network = network;
        this.options = options;
        this.budget = budget;
        this.pauses = pauses;
        this.usage = usage;
        this.clock = clock;
        this.metrics = metrics;
        this.sendsKey = sendsKey;
        Key = budget?.Name ?? $"{network}/{options.Name}";
        tries = Tries();
        once = new ResiliencePipelineBuilder<Answer> { TimeProvider = clock }.AddTimeout(TimeSpan.FromSeconds(options.TimeoutSeconds)).Build();
    }

    public string Name => options.Name;

    private string Key { get; }

    private KeyValuePair<string, object?> ProviderLabel => new("provider", Name);

    /// <summary>The body of a 200 of the wanted content type, or null for a 404.</summary>
    /// <exception cref="ProviderException">There is no usable answer.</exception>
    public Task<Body?> GetAsync(string path, string kind, string contentType, CancellationToken ct) =>
        FetchAsync(path, null, kind, contentType, 1, ct);

    /// <summary>The same for questions of JSON, posted to the address itself. Each of them counts.</summary>
    public Task<Body?> PostAsync(ReadOnlyMemory<byte> json, string kind, int questions, CancellationToken ct) =>
        FetchAsync("", json, kind, Json, questions, ct);

    private async Task<Body?> FetchAsync(string path, ReadOnlyMemory<byte>? json, string kind, string contentType, int questions,
        CancellationToken ct)
    {
        if (await pauses.OfAsync(Key, atThisMoment: false, ct) is { } pause)
            throw new ProviderException(ProviderFailure.RateLimited, Name, pause.Reason, pause.Left);

        try
        {
            var answer = await tries.ExecuteAsync(
                async trying =>
                {
                    // Waiting for a place is no silence of the provider's, so its time-out begins after that.
                    var permit = budget is null ? null : await budget.TakeAsync(Name, questions, trying);
                    try
                    {
                        return await once.ExecuteAsync(
                            async token => await AskAsync(path, json, kind, contentType, questions, permit, token), trying);
                    }
                    catch (TimeoutRejectedException e)
                    {
                        throw Silent(kind, e);
                    }
                },
                ct);
            return answer.Body;
        }
        catch (BrokenCircuitException e)
        {
            throw new ProviderException(ProviderFailure.Unavailable, Name, "circuit open", e.RetryAfter ?? TimeSpan.FromSeconds(15), e);
        }
        catch (TimeoutRejectedException e)
        {
            throw Silent(kind, e);
        }
        catch (HttpRequestException e)
        {
            throw new ProviderException(ProviderFailure.Unavailable, Name, $"no connection ({e.HttpRequestError})", inner: e);
        }
        catch (IOException e)
        {
            throw new ProviderException(ProviderFailure.Unavailable, Name, "the answer broke off", inner: e);
        }
    }

    public void Dispose() => http.Dispose();

    private async Task<Answer> AskAsync(string path, ReadOnlyMemory<byte>? json, string kind, string contentType, int questions, Permit? permit,
        CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        var outcome = "failed";
        try
        {
            using var request = new HttpRequestMessage(json is null ? HttpMethod.Get : HttpMethod.Post, UriOf(path));
            if (json is { } content) request.Content = new ReadOnlyMemoryContent(content) { Headers = { ContentType = new("application/json") } };
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            outcome = ((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture);
            if (response.StatusCode is HttpStatusCode.NotFound) return new Answer(null);
            var answered = outcome;
            Task SuspendEverywhere(ProviderException refusal, CancellationToken token) =>
                LeaveAloneAsync(refusal, kind, answered, questions, permit, token);
            if (Refusals.Of((int)response.StatusCode) is var (limit, wait))
                throw await LeaveAloneAsync(limit, Patience(response) ?? wait, permit, ct);
            if (response.StatusCode is HttpStatusCode.ServiceUnavailable && Patience(response) is { } patience)
                throw await LeaveAloneAsync("asks for patience (503)", patience, permit, ct);
            if ((int)response.StatusCode >= 500)
                throw new ProviderException(ProviderFailure.Unavailable, Name, $"status {(int)response.StatusCode}")
                {
                    MayBeTooMuch = true, MayBeOfOneAddress = Histories.Contains(kind),
                };
            if (response.StatusCode is HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.RequestUriTooLong)
                throw new ProviderException(ProviderFailure.OutOfReach, Name, $"does not take so much at once ({(int)response.StatusCode})")
                {
                    MayBeTooMuch = true,
                };
            if (response.StatusCode is HttpStatusCode.BadRequest || (options.ExplainsRefusals && (int)response.StatusCode is 401 or 403 or 422))
                throw new ProviderException(ProviderFailure.BadAnswer, Name,
                    $"status {(int)response.StatusCode} to a {kind} request")
                { Refusal = await BeginningAsync(response, ct), SuspendEverywhere = SuspendEverywhere };
            if (response.StatusCode is not HttpStatusCode.OK)
                throw new ProviderException(ProviderFailure.BadAnswer, Name, $"status {(int)response.StatusCode} to a {kind} request");
            if (response.Content.Headers.ContentLength > MaxBody)
                throw new ProviderException(ProviderFailure.BadAnswer, Name, $"an answer of {response.Content.Headers.ContentLength} bytes");

            var type = response.Content.Headers.ContentType?.MediaType;
            if (type == "application/xml") type = Xml;
            if (type != contentType && contentType != Json)
                throw new ProviderException(ProviderFailure.BadAnswer, Name, $"answered {type ?? "something unnamed"} where {contentType} is due");

            var body = await ReadAsync(response, SuspendEverywhere, ct);
            // Some call their JSON a text. Whether it is what was asked the dialect finds; a page of HTML is no such thing.
            if (type != contentType && body.Bytes.TrimStart(" \t\r\n\uFEFF"u8) is not [(byte)'{' or (byte)'[', ..])
            {
                body.Dispose();
                throw new ProviderException(ProviderFailure.BadAnswer, Name, $"answered {type ?? "something unnamed"} where {contentType} is due");
            }

            metrics.Bytes.Add(body.Length, ProviderLabel);
            return new Answer(body);
        }
        finally
        {
            metrics.Calls.Add(questions, metrics.Of(network, Name, new KeyValuePair<string, object?>("outcome", CameBack(outcome))));
            usage.Count(Key, Name, network, kind, outcome, questions);
            metrics.Latency.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, ProviderLabel);
        }
    }

    private async Task<ProviderException> LeaveAloneAsync(string reason, TimeSpan wait, Permit? permit, CancellationToken ct)
    {
        metrics.Refusals.Add(1, metrics.Of(network, Name));
        await pauses.SetAsync(Key, wait, reason, permit, ct);
        return new ProviderException(ProviderFailure.RateLimited, Name, reason, wait);
    }

    // The answer was counted by its status, 200 or 400; it was a refusal.
    private async Task LeaveAloneAsync(ProviderException refusal, string kind, string counted, int questions, Permit? permit, CancellationToken ct)
    {
        usage.Count(Key, Name, network, kind, counted, -questions);
        usage.Count(Key, Name, network, kind, "429", questions);
        metrics.Refusals.Add(1, metrics.Of(network, Name));
        await pauses.SetAsync(Key, refusal.RetryAfter!.Value, refusal.Reason, permit, ct);
    }

    // Statuses are the provider's choice; these four are all that a metric may be told apart by.
    private static string CameBack(string outcome) => outcome switch
    {
        "failed" => "silent",
        "200" or "404" => "answered",
        _ => Refusals.Outcomes.Contains(outcome) ? "refused" : "error",
    };

    // The key is added last, so that nothing that is told, counted or kept of a request by its path holds it.
    private Uri UriOf(string path) => new(http.BaseAddress!, sendsKey && options is { Key: { Length: > 0 } key, KeyParameter: { } parameter }
        ? $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{parameter}={Uri.EscapeDataString(key)}"
        : path);

    private async Task<Body> ReadAsync(HttpResponseMessage response, Func<ProviderException, CancellationToken, Task> leaveAlone,
        CancellationToken ct)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        // Memory follows what has come, whatever length is named; one more byte tells that all of a named length is there.
        var named = (int?)response.Content.Headers.ContentLength;
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Min(named + 1 ?? FirstBuffer, FirstBuffer));
        var (length, taken) = (0, 0);
        try
        {
            int read;
            while ((read = await stream.ReadAsync(buffer.AsMemory(length), ct)) > 0)
            {
                length += read;
                if (length > MaxBody) throw new ProviderException(ProviderFailure.BadAnswer, Name, $"an answer of more than {MaxBody} bytes");
                if (length < buffer.Length) continue;

                var size = Math.Clamp(2 * length, length + 1, Math.Max(length + 1, named + 1 ?? int.MaxValue));
                var more = size - taken;
                taken = size;
                // A limit of ours: others' answers say nothing of this provider, and asked for again at once it only takes more.
                if (Interlocked.Add(ref reading, more) > MostReading)
                    throw new ProviderException(ProviderFailure.RateLimited, Name, "too many long answers are being read", TimeSpan.FromSeconds(5));
                var larger = ArrayPool<byte>.Shared.Rent(size);
                buffer.AsSpan(0, length).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = larger;
            }

            return new Body(buffer, length) { SuspendEverywhere = leaveAlone };
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
        finally
        {
            Interlocked.Add(ref reading, -taken);
        }
    }

    private static async Task<string> BeginningAsync(HttpResponseMessage response, CancellationToken ct)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        var beginning = new byte[MaxRefusal];
        return Encoding.UTF8.GetString(beginning, 0, await stream.ReadAtLeastAsync(beginning, MaxRefusal, throwOnEndOfStream: false, ct));
    }

    private ProviderException Silent(string kind, TimeoutRejectedException e) =>
        new(ProviderFailure.Unavailable, Name, $"no answer within {e.Timeout.TotalSeconds:0} s", inner: e)
        {
            MayBeTooMuch = true, MayBeOfOneAddress = Histories.Contains(kind), MayGoOn = WorkedOff.Contains(kind),
        };

    private TimeSpan? Patience(HttpResponseMessage response)
    {
        var asked = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            // By the clock of who names it, where that is told.
            { Date: { } date } => date - (response.Headers.Date ?? clock.GetUtcNow()),
            _ => (TimeSpan?)null,
        };
        return asked is { } wait ? TimeSpan.FromSeconds(Math.Clamp(Math.Ceiling(wait.TotalSeconds), 1, LongestPatience.TotalSeconds)) : null;
    }

    private ResiliencePipeline<Answer> Tries()
    {
        var passing = new PredicateBuilder<Answer>()
            .Handle<HttpRequestException>()
            .Handle<IOException>()
            .Handle<ProviderException>(e => e is { Failure: ProviderFailure.Unavailable, MayGoOn: false });
        // Who tells the tip and balances is not out because some address has too long a history for it.
        var general = new PredicateBuilder<Answer>()
            .Handle<HttpRequestException>()
            .Handle<IOException>()
            .Handle<ProviderException>(e => e is { Failure: ProviderFailure.Unavailable, MayBeOfOneAddress: false });
        return new ResiliencePipelineBuilder<Answer> { TimeProvider = clock }
            .AddTimeout(options.LongestAnswer)
            .AddRetry(new RetryStrategyOptions<Answer>
            {
                ShouldHandle = passing, MaxRetryAttempts = 2, Delay = TimeSpan.FromMilliseconds(250), BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
            })
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<Answer>
            {
                ShouldHandle = general, FailureRatio = 0.5, MinimumThroughput = 10, SamplingDuration = TimeSpan.FromSeconds(30),
                BreakDuration = TimeSpan.FromSeconds(15), OnOpened = _ => Circuit(isOpen: true), OnClosed = _ => Circuit(isOpen: false),
            })
            .Build();
    }

    // Opened anew after a try in between it was open all the time.
    private ValueTask Circuit(bool isOpen)
    {
        if (Interlocked.Exchange(ref circuitIsOpen, isOpen) != isOpen)
            metrics.CircuitsOpen.Add(isOpen ? 1 : -1, metrics.Of(network, Name));
        return ValueTask.CompletedTask;
    }

    private readonly record struct Answer(Body? Body);
}
