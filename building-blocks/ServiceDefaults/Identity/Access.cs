using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace ServiceDefaults;

/// <summary>Who may use an endpoint. Without any of these a signed-in person may, and nobody else.</summary>
public static class Access
{
    /// <summary>The policy of what is for shares and for no key.</summary>
    public const string ForShares = "shares";

    /// <summary>Only people whose key has the scope (or <c>admin</c>) may.</summary>
    public static TBuilder RequireScope<TBuilder>(this TBuilder endpoint, string scope) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new RequiredScope(scope)).RequireAuthorization(policy => policy.AddRequirements(new RequiredScope(scope)));

    /// <summary>Only whoever has the link of a share may, and no key.</summary>
    public static TBuilder RequireShare<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new ShareOnly()).RequireAuthorization(ForShares);

    /// <summary>Only these services of ours may.</summary>
    public static TBuilder InternalOnly<TBuilder>(this TBuilder endpoint, params string[] services) where TBuilder : IEndpointConventionBuilder =>
        endpoint.RequireAuthorization(policy => policy.AddRequirements(new ServiceOnly(services))).ExcludeFromDescription();

    internal static void AddIdentity(this IServiceCollection services, string service)
    {
        services.AddValidatedOptions<IdentityOptions>(IdentityOptions.Section);
        services.AddSingleton(new ServiceName(service));
        services.AddSingleton(provider => new TokenSigner(
            service, provider.GetRequiredService<IOptions<IdentityOptions>>().Value.PrivateKey, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<TokenVerifier>();
        services.AddHttpClient(nameof(TokenVerifier), client => client.Timeout = TimeSpan.FromSeconds(5))
            .UseSocketsHttpHandler((handler, _) => handler.PooledConnectionLifetime = ServiceClients.ConnectionLifetime)
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan);
        // The core only: the full registration also makes data protection keys and stores them in the home folder.
        services.TryAddSingleton(UrlEncoder.Default);
        services.AddTransient<ServiceAuthentication>();
        services.AddAuthenticationCore(schemes =>
        {
            schemes.DefaultScheme = ServiceAuthentication.SchemeName;
            schemes.AddScheme<ServiceAuthentication>(ServiceAuthentication.SchemeName, null);
        });
        services.AddSingleton<IAuthorizationHandler, Judge>();
        services.AddAuthorizationBuilder()
            .AddPolicy(ForShares, policy => policy.AddRequirements(new ShareOnly()).RequireAuthenticatedUser())
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().AddRequirements(new AnyPerson()).RequireAuthenticatedUser().Build());
    }

    /// <summary>Which scope the caller lacks for the endpoint at hand.</summary>
    public static string WhyForbidden(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetOrderedMetadata<RequiredScope>() is { Count: > 0 } scopes && context.Features.Get<Caller>() is { } caller
            && scopes.FirstOrDefault(required => !caller.Has(required.Scope)) is { } missing
            ? $"The key lacks the scope '{missing.Scope}'."
            : context.GetEndpoint()?.Metadata.GetMetadata<ShareOnly>() is not null ? "This is for the token of a share."
            : "This is not open to this caller.";

    internal sealed record RequiredScope(string Scope) : IAuthorizationRequirement;

    internal sealed record ShareOnly : IAuthorizationRequirement;

    private sealed record ServiceOnly(IReadOnlyList<string> Services) : IAuthorizationRequirement;

    private sealed record AnyPerson : IAuthorizationRequirement;

    private sealed class Judge(IHttpContextAccessor requests) : IAuthorizationHandler
    {
        public Task HandleAsync(AuthorizationHandlerContext context)
        {
            if (requests.HttpContext?.Features is not { } features)
                return Task.CompletedTask;
            var caller = features.Get<Caller>();
            foreach (var requirement in context.PendingRequirements.ToArray())
                if (requirement switch
                {
                    RequiredScope required => caller is { Share: null } && caller.Has(required.Scope),
                    ShareOnly => caller is { Share: not null },
                    ServiceOnly only => features.Get<Identity>() is { IsService: true } service && only.Services.Contains(service.Issuer),
                    AnyPerson => caller is { Share: null },
                    _ => false,
                })
                    context.Succeed(requirement);
            return Task.CompletedTask;
        }
    }
}
