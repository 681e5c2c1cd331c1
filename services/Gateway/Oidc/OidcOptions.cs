using ServiceDefaults;

namespace Gateway;

/// <summary>An identity provider (OpenID Connect) whose tokens are taken beside API keys; none unless something of it is set.</summary>
internal sealed class OidcOptions : IValidated
{
    public const string Section = "Oidc";

    /// <summary>The provider's address, where its discovery document names its issuer and keys.</summary>
    public string? Authority { get; init; }

    /// <summary>Without a discovery document: what tokens name as their issuer,</summary>
    public string? Issuer { get; init; }

    /// <summary>and where its public keys are.</summary>
    public string? JwksUri { get; init; }

    /// <summary>What tokens that are meant for this system name as their audience.</summary>
    public string? Audience { get; init; }

    /// <summary>The claim with the e-mail address, or the id, of the user here.</summary>
    public string UserClaim { get; init; } = "email";

    /// <summary>The claim with what the token is for: words with blanks between them, or a list.</summary>
    public string ScopeClaim { get; init; } = "scope";

    /// <summary>What the provider's words mean here; a word that is not named means itself.</summary>
    public Dictionary<string, string> ScopeNames { get; init; } = [];

    public bool IsOn() => (Authority ?? Issuer ?? JwksUri ?? Audience) is not null;

    public IEnumerable<string> Errors()
    {
        if (!IsOn()) yield break;
        if (Authority is null && (Issuer is null || JwksUri is null))
            yield return "Authority is required, or Issuer and JwksUri together.";
        if (Authority is not null && (Issuer ?? JwksUri) is not null)
            yield return "Authority names issuer and keys by itself; leave Issuer and JwksUri out.";
        if (string.IsNullOrWhiteSpace(Audience))
            yield return "Audience is required: without it a token for any other application would be good here.";
        foreach (var (name, address) in new[] { (nameof(Authority), Authority), (nameof(JwksUri), JwksUri) })
            // Keys that came over an open line could be anybody's.
            if (address is not null && !(Uri.TryCreate(address, UriKind.Absolute, out var uri)
                && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback))))
                yield return $"{name} must be an absolute https address (http on this machine only).";
        if (string.IsNullOrWhiteSpace(UserClaim))
            yield return "UserClaim must name a claim.";
        if (string.IsNullOrWhiteSpace(ScopeClaim))
            yield return "ScopeClaim must name a claim.";
        foreach (var (word, scope) in ScopeNames)
            if (!Scopes.All.Contains(scope))
                yield return $"ScopeNames:{word}: '{scope}' is not one of {string.Join(", ", Scopes.All)}.";
    }
}
