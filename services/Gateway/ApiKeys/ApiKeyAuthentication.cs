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
    ApiKeyLookUp lookUp, OidcTokens tokens, FailedKeys failed, TimeProvider time)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "ApiKey";
    private (string Code, string? Detail, TimeSpan? RetryAfter) why = ("unauthorized", null, null);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        // What is open to all must answer even when keys cannot be checked.
        if (Context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null || ApiKey.Presented(Request.Headers) is not { } presented)
            return AuthenticateResult.NoResult();
        var key = ApiKey.Parse(presented);
        if (key is null && !tokens.Takes(presented))
            return No("unauthorized", "This is not an API key; keys look like wt_live_….");
        // Whose key was good before is looked up whatever others at the same address do.
        var name = key?.Hash ?? $"{Question.Token}{Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(presented)))}";
        var (address, isCharged) = (Context.Connection.RemoteIpAddress, !lookUp.WasGood(name));
        if (isCharged && failed.Charge(address) is { } wait)
            return No("too-many-failed-keys", "Too many keys that are not good came from this IP address.", wait);
        (Caller? Caller, string Refusal, string? Detail) found;
        try
        {
            found = key is not null ? await OfKeyAsync(key) : await tokens.FindAsync(Context);
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
        var principal = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, good.UserId.ToString())], SchemeName));
        return AuthenticateResult.Success(new AuthenticationTicket(principal, SchemeName));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (why.RetryAfter is null) Response.Headers.WWWAuthenticate = "Bearer";
        return Context.WriteProblemAsync(why.Code, why.Detail, why.RetryAfter);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Context.WriteProblemAsync("forbidden", Access.WhyForbidden(Context));

    private async Task<(Caller? Caller, string Refusal, string? Detail)> OfKeyAsync(ApiKey key)
    {
        var (found, refusal) = await lookUp.FindAsync(Question.OfKey(key), Context.RequestAborted);
        if (found is null) return (null, refusal, refusal == "unauthorized" ? "There is no such API key." : null);
        if (found.ExpiresAt <= time.GetUtcNow()) return (null, "key-expired", null);
        return (new(found.UserId, found.KeyId, found.Scopes.Intersect(Scopes.All).ToHashSet(), found.WalletIds?.ToHashSet()), "", null);
    }

    private AuthenticateResult Failed(string name, string code, string? detail)
    {
        lookUp.NoteBad(name);
        FailedKeys.Count();
        return No(code, detail);
    }

    private AuthenticateResult No(string code, string? detail, TimeSpan? retryAfter = null)
    {
        why = (code, detail, retryAfter);
        return AuthenticateResult.Fail(detail ?? code);
    }
}
