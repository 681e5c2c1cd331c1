using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ServiceDefaults;

/// <summary>The scheme "Service": a signed token, or nobody.</summary>
internal sealed class ServiceAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, TokenVerifier verifier)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "Service";
    private const string Prefix = "Bearer ";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            return AuthenticateResult.NoResult();
        if (await verifier.VerifyAsync(header[Prefix.Length..], Context.RequestAborted) is not { } identity)
            return AuthenticateResult.Fail("The token is not to be believed.");

        Context.Features.Set(identity);
        Context.Features.Set(identity.Caller);
        var name = new Claim(ClaimTypes.NameIdentifier, identity.Caller?.UserId.ToString() ?? identity.Issuer);
        var principal = new ClaimsPrincipal(new ClaimsIdentity([name], SchemeName));
        return AuthenticateResult.Success(new AuthenticationTicket(principal, SchemeName));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties) => Context.WriteProblemAsync("unauthorized");

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Context.WriteProblemAsync("forbidden", Access.WhyForbidden(Context));
}
