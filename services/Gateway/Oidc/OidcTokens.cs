using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using ServiceDefaults;

namespace Gateway;

/// <summary>Whose token of the identity provider it is: one of Wallets' users, who may do what both the token and Wallets allow.</summary>
internal sealed class OidcTokens(IOptions<OidcOptions> options, IOptionsMonitor<JwtBearerOptions> bearer, ApiKeyLookUp lookUp)
{
    private const string SchemeName = "Oidc";
    private const string EmailClaim = "email";

    // Nothing that the provider's public key could be taken for (RFC 8725 section 3.1).
    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    public static void Add(WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddValidatedOptions<OidcOptions>(OidcOptions.Section);
        services.AddSingleton<OidcTokens>();
        services.AddOptions<JwtBearerOptions>(SchemeName).Configure<IOptions<OidcOptions>>((options, oidc) => Configure(options, oidc.Value));
        if ((builder.Configuration.GetSection(OidcOptions.Section).Get<OidcOptions>() ?? new()).IsOn())
            services.AddAuthentication().AddJwtBearer(SchemeName, _ => { });
    }

    /// <summary>Whether this may be such a token: three parts, and there is a provider.</summary>
    public bool Takes(string presented) => options.Value.IsOn() && presented.AsSpan().Count('.') == 2;

    /// <summary>The caller, or which problem the token's holder is answered with.</summary>
    /// <exception cref="DomainException">upstream-unavailable: the provider's keys have never been read, or Wallets cannot be asked.</exception>
    public async Task<ApiKeyAuthentication.Found> FindAsync(HttpContext context)
    {
        await RequireKeysAsync(context.RequestAborted);
        if (await context.AuthenticateAsync(SchemeName) is not { Succeeded: true, Principal: var principal, Properties: var properties })
            return new(null, "unauthorized", "The token is not one of the identity provider's for this system, or not of now.");
        if (NameIn(principal) is not { } name)
            return new(null, "unauthorized", $"The token does not say by '{options.Value.UserClaim}' whose it is, or not for certain.");

        var question = Question.OfUser(name);
        var (found, refusal) = await lookUp.FindAsync(question, context.RequestAborted);
        if (found is null) return new(null, refusal, refusal == "unauthorized" ? "The token's holder is no user here." : null);
        return new(new(found.UserId, found.KeyId, ScopesIn(principal).Intersect(found.Scopes).ToHashSet(), null), "", null,
            new(question, properties?.ExpiresUtc), found.Name);
    }

    private string? NameIn(ClaimsPrincipal principal)
    {
        var isCertain = options.Value.UserClaim != EmailClaim
            || principal.FindAll("email_verified").ToList() is [{ Value: var verified }] && bool.TryParse(verified, out var yes) && yes;
        return isCertain && principal.FindAll(options.Value.UserClaim).ToList() is [{ Value: { Length: > 0 and < 255 } name }] ? name : null;
    }

    private IEnumerable<string> ScopesIn(ClaimsPrincipal principal) => principal.FindAll(options.Value.ScopeClaim)
        .SelectMany(claim => claim.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Select(word => options.Value.ScopeNames.GetValueOrDefault(word, word));

    // The handler would call every token bad while nobody can say which are.
    private async Task RequireKeysAsync(CancellationToken ct)
    {
        try
        {
            await bearer.Get(SchemeName).ConfigurationManager!.GetConfigurationAsync(ct);
        }
        catch (Exception exception) when (exception is InvalidOperationException or IOException or HttpRequestException)
        {
            throw new DomainException("upstream-unavailable", "The identity provider cannot be reached just now, so tokens cannot be checked.")
            {
                RetryAfter = TimeSpan.FromSeconds(2),
            };
        }
    }

    private static void Configure(JwtBearerOptions options, OidcOptions oidc)
    {
        options.Authority = oidc.Authority;
        // Also what a discovery document names; http is for this machine only.
        options.RequireHttpsMetadata = (oidc.Authority ?? oidc.JwksUri)?.StartsWith(Uri.UriSchemeHttps, StringComparison.OrdinalIgnoreCase) != false;
        options.BackchannelTimeout = TimeSpan.FromSeconds(5);
        // Asked again for a key that is not known, as after a rotation, this often at most.
        options.RefreshInterval = TimeSpan.FromSeconds(30);
        options.MapInboundClaims = false;
        options.TokenValidationParameters = new TokenValidationParameters
        {
            ValidAlgorithms = Algorithms,
            ValidAudience = oidc.Audience,
            ValidIssuer = oidc.Issuer,
            ClockSkew = TimeSpan.FromSeconds(60),
        };
        options.Events = new JwtBearerEvents
        {
            OnMessageReceived = context =>
            {
                context.Token = ApiKey.Presented(context.Request.Headers);
                return Task.CompletedTask;
            },
        };
        if (oidc is { JwksUri: { } address, Issuer: { } issuer })
        {
            var retriever = new HttpDocumentRetriever(new HttpClient { Timeout = options.BackchannelTimeout })
            {
                RequireHttps = options.RequireHttpsMetadata,
            };
            options.ConfigurationManager = new ConfigurationManager<OpenIdConnectConfiguration>(address, new KeysOnly(issuer), retriever)
            {
                RefreshInterval = options.RefreshInterval,
            };
        }
    }

    private sealed class KeysOnly(string issuer) : IConfigurationRetriever<OpenIdConnectConfiguration>
    {
        public async Task<OpenIdConnectConfiguration> GetConfigurationAsync(string address, IDocumentRetriever retriever, CancellationToken cancel)
        {
            var keys = new JsonWebKeySet(await retriever.GetDocumentAsync(address, cancel));
            var configuration = new OpenIdConnectConfiguration { Issuer = issuer, JsonWebKeySet = keys };
            foreach (var key in keys.GetSigningKeys()) configuration.SigningKeys.Add(key);
            return configuration;
        }
    }
}
