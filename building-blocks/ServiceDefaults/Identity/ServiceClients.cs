using System.Net.Http.Headers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace ServiceDefaults;

/// <summary>HTTP clients between our services.</summary>
public static class ServiceClients
{
    /// <summary>
    /// Names are looked up again now and then, so a replaced service is found. Handlers stay, then: one that is replaced as well keeps the
    /// whole service in memory by its timer for minutes after the service has ended, which a process of many tests has no room for.
    /// </summary>
    internal static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Adds the named client of another service: its address from <c>Services:{name}</c>, every call signed by this
    /// service, given up after 10 s.
    /// </summary>
    public static IHttpClientBuilder AddServiceClient(this IServiceCollection services, string name)
    {
        var key = $"Services:{name}";
        services.AddSingleton(new OptionKey(key));
        services.AddSingleton(new StartCheck(provider =>
            Uri.TryCreate(provider.GetRequiredService<IConfiguration>()[key], UriKind.Absolute, out _)
                ? []
                : [$"{key} is required: the base address of the service '{name}'."]));
        return services
            .AddHttpClient(name, (provider, client) =>
            {
                client.BaseAddress = new Uri(provider.GetRequiredService<IConfiguration>()[key]!);
                client.Timeout = TimeSpan.FromSeconds(10);
            })
            .AddHttpMessageHandler(provider => new Signing(provider.GetRequiredService<TokenSigner>(), name))
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                PooledConnectionLifetime = ConnectionLifetime,
                ConnectTimeout = TimeSpan.FromSeconds(3),
                UseCookies = false,
                AllowAutoRedirect = false,
            })
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan);
    }

    private sealed class Signing(TokenSigner signer, string name) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", signer.ForService(name));
            return base.SendAsync(request, cancellationToken);
        }
    }
}
