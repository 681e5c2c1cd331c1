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
        if (!lookUp.WasGood(key) && failed.MustWait(Context.Connection.RemoteIpAddress) is { } wait)
            return No("too-many-failed-keys", "Too many keys that are not good came from this IP address.", wait);
        var (found, refusal) = await lookUp.FindAsync(key, Context.RequestAborted);
        if (found is not { } grant)
            return Failed(refusal, refusal == "unauthorized" ? "There is no such API key." : null);
        if (grant.ExpiresAt <= time.GetUtcNow())
            return Failed("key-expired");

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
        failed.Note(Context.Connection.RemoteIpAddress);
        return No(code, detail);
    }

    private AuthenticateResult No(string code, string? detail, TimeSpan? retryAfter = null)
    {
        why = (code, detail, retryAfter);
        return AuthenticateResult.Fail(detail ?? code);
    }
}
