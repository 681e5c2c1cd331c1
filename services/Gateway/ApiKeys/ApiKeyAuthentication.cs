using System.Buffers.Text;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using ServiceDefaults;

namespace Gateway;

/// <summary>The scheme "ApiKey": the person whose key or token it is, or nobody.</summary>
internal sealed class ApiKeyAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder,
    ApiKeyLookUp lookUp, OidcTokens tokens, Tickets tickets, OwnPage ownPage, FailedKeys failed, TimeProvider time)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "ApiKey";
    private (string Code, string? Detail, TimeSpan? RetryAfter) why = ("unauthorized", null, null);
    private bool isBySession;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        // What is open to all must answer even when keys cannot be checked.
        if (Context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null) return AuthenticateResult.NoResult();
        // In an address, which others see, nothing but a ticket is taken, and that by streams only. A header says it on purpose, and so
        // comes before a cookie, which comes by itself.
        var inHeader = ApiKey.Presented(Request.Headers);
        var ticket = inHeader is null && Routes.IsStream(Context.GetEndpoint()) && Request.Query[StreamTickets.Parameter] is [{ } one] ? one : null;
        var (isTicket, session) = (ticket is not null, inHeader is null && ticket is null ? SessionCookie.Read(Request) : null);
        if ((inHeader ?? ticket ?? session) is not { } presented) return AuthenticateResult.NoResult();
        isBySession = session is not null;
        if (isBySession && ownPage.WhyNot(Request) is { } reason) return No("csrf", reason);
        var key = isTicket ? null : ApiKey.Parse(presented);
        if (key is null && !isTicket && !tokens.Takes(presented))
            return No("unauthorized", "This is not an API key; keys look like wt_live_….");
        // Whose key was good before is looked up whatever others at the same address do.
        var name = key?.Hash ?? $"{Question.Token}{Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(presented)))}";
        var (address, isCharged) = (Context.Connection.RemoteIpAddress, !lookUp.WasGood(name));
        if (isCharged && failed.Charge(address) is { } wait)
            return No("too-many-failed-keys", "Too many keys that are not good came from this IP address.", wait);
        Found found;
        try
        {
            found = isTicket ? await OfTicketAsync(presented) : key is not null ? await OfKeyAsync(key) : await tokens.FindAsync(Context);
        }
        catch (DomainException) when (isCharged)
        {
            // Nobody could say. Who only hangs up pays: it was looked up all the same.
            failed.GiveBack(address);
            throw;
        }

        if (found.Caller is not { } good) return Failed(name, found.Refusal, found.Detail);
        if (isCharged) failed.GiveBack(address);
        lookUp.NoteGood(name);
        Context.Features.Set(good);
        Context.Features.Set(found.StillGood);
        Context.Features.Set(new Holder(found.Name, found.SessionOf ?? good.KeyId));
        var principal = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, good.UserId.ToString())], SchemeName));
        return AuthenticateResult.Success(new AuthenticationTicket(principal, SchemeName));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        // Sent again and again it would count as a failed key each time.
        if (isBySession && Problems.Get(why.Code).Status == StatusCodes.Status401Unauthorized) SessionCookie.Clear(Context);
        return Context.WriteProblemAsync(why.Code, why.Detail, why.RetryAfter);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Context.WriteProblemAsync("forbidden", Access.WhyForbidden(Context));

    private Task<Found> OfKeyAsync(ApiKey key) =>
        AskAsync(Question.OfKey(key), Scopes.All, key.IsShare ? "There is no such share." : "There is no such API key.");

    // As the key is now: it may have been revoked since, and the wallets that it is for stand in it alone.
    private async Task<Found> OfTicketAsync(string presented)
    {
        if (await tickets.ReadAsync(presented) is not var (holder, until))
            return new(null, "unauthorized", "This is no ticket of POST /api/v1/events/tickets, or not one of the last minute.");
        // Of a token of the identity provider no key is behind it but the user's own id; and it ends when the token does.
        return await AskAsync(holder.KeyId == holder.UserId ? Question.OfUser($"{holder.UserId}") : Question.OfKeyId(holder.KeyId), holder.Scopes,
            "The ticket's key is not there any more.", until);
    }

    private async Task<Found> AskAsync(Question question, IEnumerable<string> scopes, string unknown, DateTimeOffset? until = null)
    {
        var (found, refusal) = await lookUp.FindAsync(question, Context.RequestAborted);
        if (found is null) return new(null, refusal, refusal == "unauthorized" ? unknown : null);
        if (found.ExpiresAt <= time.GetUtcNow()) return new(null, "key-expired", null);
        return new(new(found.UserId, found.KeyId, found.Scopes.Intersect(scopes).ToHashSet(), found.WalletIds?.ToHashSet(), found.Share), "", null,
            new(question, until ?? found.ExpiresAt), found.Name, found.SessionOf);
    }

    private AuthenticateResult Failed(string name, string code, string? detail)
    {
        lookUp.NoteBad(name);
        FailedKeys.Count();
        return No(code, detail);
    }

    /// <summary>Who it is, or which problem the holder is answered with.</summary>
    internal sealed record Found(
        Caller? Caller, string Refusal, string? Detail, StillGood? StillGood = null, string? Name = null, Guid? SessionOf = null);

    private AuthenticateResult No(string code, string? detail, TimeSpan? retryAfter = null)
    {
        why = (code, detail, retryAfter);
        return AuthenticateResult.Fail(detail ?? code);
    }
}
