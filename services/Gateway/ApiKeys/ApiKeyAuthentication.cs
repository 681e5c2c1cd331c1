using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using ServiceDefaults;

namespace Gateway;

/// <summary>The scheme "ApiKey": the person whose key it is, or nobody.</summary>
internal sealed class ApiKeyAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder,
    ApiKeyLookUp lookUp, FailedKeys failed, TimeProvider time)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "ApiKey";
    private (string Code, string? Detail, TimeSpan? RetryAfter) why = ("unauthorized", null, null);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        // What is open to all must answer even when keys cannot be checked.
        if (Context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null || ApiKey.Presented(Request.Headers) is not { } presented)
            return AuthenticateResult.NoResult();
        if (ApiKey.Parse(presented) is not { } key)
            return No("unauthorized", "This is not an API key; keys look like wt_live_….");
        // Whose key was good before is looked up whatever others at the same address do.
        var (address, isCharged) = (Context.Connection.RemoteIpAddress, !lookUp.WasGood(key));
        if (isCharged && failed.Charge(address) is { } wait)
            return No("too-many-failed-keys", "Too many keys that are not good came from this IP address.", wait);
        var isBad = false;
        ApiKeyGrant grant;
        try
        {
            var (found, refusal) = await lookUp.FindAsync(key, Context.RequestAborted);
            isBad = found is null || found.ExpiresAt <= time.GetUtcNow();
            if (found is null) return Failed(refusal, refusal == "unauthorized" ? "There is no such API key." : null);
            if (isBad) return Failed("key-expired");
            grant = found;
        }
        finally
        {
            if (isCharged && !isBad) failed.GiveBack(address);
        }

        Context.Features.Set(new Caller(
            grant.UserId, grant.KeyId, grant.Scopes.Intersect(Scopes.All).ToHashSet(), grant.WalletIds?.ToHashSet()));
        var principal = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, grant.UserId.ToString())], SchemeName));
        return AuthenticateResult.Success(new AuthenticationTicket(principal, SchemeName));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (why.RetryAfter is null) Response.Headers.WWWAuthenticate = "Bearer";
        return Context.WriteProblemAsync(why.Code, why.Detail, why.RetryAfter);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Context.WriteProblemAsync("forbidden", Access.WhyForbidden(Context));

    private AuthenticateResult Failed(string code, string? detail = null)
    {
        FailedKeys.Count();
        return No(code, detail);
    }

    private AuthenticateResult No(string code, string? detail, TimeSpan? retryAfter = null)
    {
        why = (code, detail, retryAfter);
        return AuthenticateResult.Fail(detail ?? code);
    }
}
