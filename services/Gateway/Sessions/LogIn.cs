using System.ComponentModel;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using ServiceDefaults;

namespace Gateway;

/// <summary>
/// <c>POST /api/v1/session</c>: a browser gets a cookie for a key, or for a link that works once, so that neither stays with it. What is
/// not good counts as a failed key of its address.
/// </summary>
internal sealed partial class LogIn(
    WalletsSessions sessions, ApiKeyLookUp lookUp, FailedKeys failed, RateLimiter limiter, OwnPage ownPage, IOptions<GatewayOptions> options,
    TimeProvider time, ILogger<LogIn> log)
{
    // Each one is stored for good.
    private const int Cost = 20;

    public sealed record Request(
        [property: Description("An API key; or")] string? Key = null,
        [property: Description("what stands behind the # of a log-in link.")] string? Link = null);

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/api/v1/session", async Task<Created<SessionView>> (Request request, HttpContext context, LogIn logIn, CancellationToken ct) =>
                TypedResults.Created((string?)null, await logIn.BeginAsync(request, context, ct)))
            .AllowAnonymous()
            .WithProblems("unauthorized", "key-revoked", "key-expired", "user-disabled", "csrf", "rate-limited", "too-many-failed-keys",
                "upstream-unavailable")
            .WithExample(new Request("wt_live_…"))
            .AsFleeting()
            .WithName("LogIn")
            .WithSummary("Logs in, by a key or by a link that works once")
            .WithDescription($"The answer sets the cookie `{SessionCookie.Name}`, over TLS `{SessionCookie.SecureName}`, which no script can " +
                "read. It does what the key does, for twelve hours at most, and ends with the key. With it, whatever is not a GET has to carry " +
                $"`{OwnPage.Header}: 1`.");

    private async Task<SessionView> BeginAsync(Request request, HttpContext context, CancellationToken ct)
    {
        OwnAnswers.RequirePlain(context.Request);
        if (request.Key is null == request.Link is null) throw new DomainException("invalid-body", "Send either 'key' or 'link'.", "/key");
        // A page of somebody else's could log its visitors in as whom it likes.
        if (ownPage.IsOfAnother(context.Request)) throw new DomainException("csrf", "The request comes from a page of another origin.");
        var key = request.Key is { } shown && ApiKey.Parse(shown) is { IsShare: false } one ? one : null;
        // Whose key was good before logs in whatever others at the same address do.
        var (address, isCharged) = (context.Connection.RemoteIpAddress, key is null || !lookUp.WasGood(key.Hash));
        if (isCharged && failed.Charge(address) is { } wait)
            throw new DomainException("too-many-failed-keys", "Too many keys that are not good came from this IP address.") { RetryAfter = wait };

        var text = SessionCookie.NewText();
        ApiKeyAnswer answer;
        try
        {
            answer = key is not null ? await ByKeyAsync(key, text, ct)
                : request.Link is { } link && Link().IsMatch(link) ? await sessions.BeginAsync(text, null, ApiKey.HashOf(link), ct) : new(null);
        }
        catch (DomainException) when (isCharged)
        {
            // Nobody could say, or the key is good and has no allowance left.
            failed.GiveBack(address);
            throw;
        }

        GatewayMetrics.LogIns.Add(1, new KeyValuePair<string, object?>("outcome", answer.Grant is null ? "refused" : "good"));
        if (answer.Grant is not { } grant)
        {
            if (key is not null) lookUp.NoteBad(key.Hash);
            FailedKeys.Count();
            throw new DomainException(answer.Refusal, answer.Refusal != "unauthorized" ? Problems.Get(answer.Refusal).Explanation
                : request.Key is not null ? "This is no API key that is good here." : "The link was used already, or its ten minutes are over.");
        }

        if (isCharged) failed.GiveBack(address);
        if (key is not null) lookUp.NoteGood(key.Hash);
        log.LogInformation("User {User} has logged in: session {Session} of {Origin}", grant.UserId, grant.KeyId, grant.SessionOf);
        SessionCookie.Set(context, text, grant.ExpiresAt!.Value - time.GetUtcNow());
        context.Response.Headers.CacheControl = "no-store";
        return SessionView.Of(new(grant.UserId, grant.KeyId, grant.Scopes.ToHashSet(), grant.WalletIds?.ToHashSet()), grant.Name, grant.ExpiresAt,
            options.Value);
    }

    private async Task<ApiKeyAnswer> ByKeyAsync(ApiKey key, string text, CancellationToken ct)
    {
        var known = await lookUp.FindAsync(Question.OfKey(key), ct);
        if (known.Grant is not { } grant) return known;
        if (limiter.Take(grant.SessionOf ?? grant.KeyId, Cost) is { Allowed: false, RetryAfter: var wait })
        {
            GatewayMetrics.RateLimited.Add(1);
            throw new DomainException("rate-limited", "This key has used up its request allowance.") { RetryAfter = wait };
        }

        return await sessions.BeginAsync(text, key.Hash, null, ct);
    }

    [GeneratedRegex("^wl_[A-Za-z0-9_-]{43}\\z")]
    private static partial Regex Link();
}
