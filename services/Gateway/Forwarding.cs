using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Options;
using ServiceDefaults;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms;

namespace Gateway;

/// <summary>Passes requests on, with a signed token in place of the API key.</summary>
internal static class Forwarding
{
    private static readonly string[] NeverForwarded = ["X-Api-Key", "Cookie", "Forwarded", "Proxy-Authorization"];
    // Services believe no plain header; these must not even look as if they did.
    private static readonly string[] Impersonations = ["X-User", "X-Identity", "X-Scope", "X-Wallet", "X-Caller"];

    public static void AddForwarding(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddReverseProxy().ConfigureHttpClient((_, handler) =>
        {
            // Names are looked up again now and then, so new replicas get their share, and one that is gone is soon passed by.
            handler.PooledConnectionLifetime = TimeSpan.FromMinutes(2);
            handler.ConnectTimeout = TimeSpan.FromSeconds(3);
        }).AddTransforms(transforms => transforms.AddRequestTransform(context =>
        {
            var headers = context.ProxyRequest.Headers;
            foreach (var name in headers.NonValidated.Select(header => header.Key).Where(IsStripped).ToArray())
                headers.Remove(name);
            var signer = context.HttpContext.RequestServices.GetRequiredService<TokenSigner>();
            headers.Authorization = context.HttpContext.Features.Get<Caller>() is { } caller
                ? new AuthenticationHeaderValue("Bearer", signer.ForUser(caller))
                : null;
            return ValueTask.CompletedTask;
        }));
        services.AddSingleton<IProxyConfigProvider>(provider => new InMemoryConfigProvider(
            Routes.Configuration,
            [.. Routes.Services.Select(service => Cluster(service, configuration, provider.GetRequiredService<IOptions<GatewayOptions>>().Value))]));
    }

    private static bool IsStripped(string header) =>
        NeverForwarded.Contains(header, StringComparer.OrdinalIgnoreCase)
        || Impersonations.Any(prefix => header.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    private static ClusterConfig Cluster(string service, IConfiguration configuration, GatewayOptions options) => new()
    {
        ClusterId = service,
        Destinations = new Dictionary<string, DestinationConfig> { [service] = new() { Address = configuration[$"Services:{service}"]! } },
        HttpRequest = new ForwarderRequestConfig
        {
            ActivityTimeout = TimeSpan.FromSeconds(options.TimeoutSeconds),
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        },
    };
}
