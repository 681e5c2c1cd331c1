using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace ServiceDefaults;

/// <summary>
/// <c>Idempotency-Key</c> on every public POST: the same request under the same key is done once and answered alike each
/// time, for a day. Kept are successes and refusals that would be the same again; a failure leaves the key free.
/// </summary>
internal sealed class IdempotencyMiddleware(RequestDelegate next)
{
    public const string Header = "Idempotency-Key";
    public const string ReplayHeader = "Idempotent-Replayed";

    // As large as a body may be where nothing else is said: only uploads go to a file, and are not held in memory twice.
    private const int Threshold = 1024 * 1024 + 1;
    private const int UploadThreshold = 64 * 1024;
    private const int LongestKey = 255;

    // The first two may end otherwise next time; of a secret not even a fingerprint is to stay.
    private static readonly string[] NeverKept = ["conflict", "request-in-progress", "secret-pasted"];

    public async Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (!HttpMethods.IsPost(request.Method) || !request.Headers.TryGetValue(Header, out var field)
            || context.RequestServices.GetService<IIdempotencyKeys>() is not { } keys || context.Features.Get<Caller>() is not { } caller)
        {
            await next(context);
            return;
        }
        if (field is not [{ Length: >= 1 and <= LongestKey } key] || key.AsSpan().ContainsAnyExceptInRange('!', '~'))
            throw new DomainException("invalid-parameter", $"{Header} is 1 to {LongestKey} visible ASCII characters.", Header);

        switch (await keys.ClaimAsync(caller.UserId, key, await HashAsync(request, caller, context.RequestAborted), context.RequestAborted))
        {
            case KeyState.Claimed claimed:
                await RunAsync(context, keys, claimed.Request);
                break;
            case KeyState.Running:
                throw InProgress();
            case KeyState.Reused:
                throw new DomainException("idempotency-key-reused", "This Idempotency-Key was used for another request.", Header);
            case KeyState.Answered answered:
                await AnswerAgainAsync(context, answered);
                break;
        }
    }

    private static DomainException InProgress() =>
        new("request-in-progress", "A request with this Idempotency-Key is still running.") { RetryAfter = TimeSpan.FromSeconds(1) };

    private async Task RunAsync(HttpContext context, IIdempotencyKeys keys, IdempotentRequest claimed)
    {
        context.Features.Set(claimed);
        BufferedResponse body;
        try
        {
            body = await BufferedResponse.RunAsync(context, Inner);
            var response = context.Response;
            if (!claimed.IsKept && body.Whole is { } bytes && IsSettled(response.StatusCode))
            {
                Guid? wallet = Guid.TryParse(context.Request.RouteValues["walletId"] as string, out var id) ? id : null;
                await keys.KeepAsync(claimed, new(response.StatusCode, response.Headers.Location, bytes), wallet, context.RequestAborted);
                claimed.IsKept = true;
            }
        }
        catch
        {
            // What was stored meanwhile stays; only a claim without an answer is given up.
            await keys.ReleaseAsync(claimed);
            throw;
        }
        if (!claimed.IsKept) await keys.ReleaseAsync(claimed);
        await body.SendAsync(context.RequestAborted);
    }

    // A refusal by a rule is an answer like any other; what the request itself got wrong is found again each time.
    private async Task Inner(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (DomainException refusal) when (IsSettled(refusal.Problem.Status) && !NeverKept.Contains(refusal.Problem.Code))
        {
            context.Response.Headers.Clear();
            await ProblemResponse.WriteAsync(context, Failures.From(refusal, context));
        }
    }

    private static bool IsSettled(int status) => status is >= 200 and < 300 or 404 or 409 or 422;

    private static async Task AnswerAgainAsync(HttpContext context, KeyState.Answered answered)
    {
        var response = context.Response;
        response.Headers[ReplayHeader] = "true";
        response.SetVersion(answered.Version);
        if (answered.Answer is not { } answer)
        {
            await context.WriteProblemAsync("wallet-not-found", "What this request made was deleted since.");
            return;
        }
        response.StatusCode = answer.Status;
        if (answer.Location is { } location) response.Headers.Location = location;
        if (answer.Body.IsEmpty) return;
        response.ContentType = answer.Status >= 400 ? ProblemResponse.ContentType : "application/json; charset=utf-8";
        response.ContentLength = answer.Body.Length;
        await response.Body.WriteAsync(answer.Body, context.RequestAborted);
    }

    // What the key may see is part of the request: an answer is never given to a key that would not have got it.
    private static async Task<byte[]> HashAsync(HttpRequest request, Caller caller, CancellationToken ct)
    {
        var largest = request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize;
        request.EnableBuffering(largest >= Threshold ? UploadThreshold : Threshold);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var wallets = caller.Wallets is { } some ? string.Join(',', some.Order()) : "all";
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method} {request.Path}{request.QueryString}\n{wallets}\n{request.ContentType}\n"));
        var buffer = new byte[16 * 1024];
        while (await request.Body.ReadAsync(buffer, ct) is > 0 and var read) hash.AppendData(buffer, 0, read);
        request.Body.Position = 0;
        return hash.GetHashAndReset();
    }
}
