using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using ServiceDefaults;

namespace Gateway;

/// <summary>The scheme "ApiKey": the person whose key it is, or nobody.</summary>
internal sealed class ApiKeyAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, ApiKeyLookUp lookUp, TimeProvider time)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "ApiKey";
    private (string Code, string? Detail) why = ("unauthorized", null);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        // What is open to all must answer even when keys cannot be checked.
        if (Context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null || ApiKey.Presented(Request.Headers) is not { } presented)
            return AuthenticateResult.NoResult();
        if (ApiKey.Parse(presented) is not { } key)
            return No("unauthorized", "This is not an API key; keys look like wt_live_….");
        if (await lookUp.FindAsync(key, Context.RequestAborted) is not { } grant)
            return No("unauthorized", "There is no such API key, or it was revoked.");
        if (grant.ExpiresAt <= time.GetUtcNow())
            return No("key-revoked", "This API key has expired.");

        Context.Features.Set(new Caller(
            grant.UserId, grant.KeyId, grant.Scopes.Intersect(Scopes.All).ToHashSet(), grant.WalletIds?.ToHashSet()));
        var principal = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, grant.UserId.ToString())], SchemeName));
        return AuthenticateResult.Success(new AuthenticationTicket(principal, SchemeName));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        return Context.WriteProblemAsync(why.Code, why.Detail);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => Context.WriteProblemAsync("forbidden");

    private AuthenticateResult No(string code, string detail)
    {
        why = (code, detail);
        return AuthenticateResult.Fail(detail);
    }
}
