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
    private const string ServiceKey = "service";
    private static readonly TimeSpan SoonEnough = TimeSpan.FromSeconds(5);
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
            // What proved who it is has done so; nobody behind needs to see it.
            if (Routes.IsStream(context.HttpContext.GetEndpoint()) && context.HttpContext.Request.Query.ContainsKey(StreamTickets.Parameter))
                context.Query.Collection.Remove(StreamTickets.Parameter);
            var service = ServiceOf(context.HttpContext);
            headers.Authorization = context.HttpContext.Features.Get<Caller>() is { } caller
                ? new AuthenticationHeaderValue("Bearer", signer.ForUser(caller, service))
                : null;
            return ValueTask.CompletedTask;
        }));
        services.AddSingleton<IProxyConfigProvider>(provider => new InMemoryConfigProvider(
            Routes.Configuration,
            [.. Routes.Services.SelectMany(service =>
                Clusters(service, configuration, provider.GetRequiredService<IOptions<GatewayOptions>>().Value))]));
    }

    /// <summary>Says which service did not answer, in place of the proxy's bare status.</summary>
    public static void MapForwarding(this WebApplication app) => app.MapReverseProxy(proxy => proxy.Use(async (context, next) =>
    {
        await next();
        if (context.GetForwarderErrorFeature() is not { } error || context.Response.HasStarted) return;
        var service = ServiceOf(context);
        if (error.Error is not (ForwarderError.RequestBodyClient or ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled))
        {
            app.Logger.LogWarning("{Service} did not answer {Method} {Path}: {Error}, {Reason}", service, context.Request.Method,
                context.Request.Path, error.Error, error.Exception?.GetBaseException().Message);
        }

        switch (error.Error)
        {
            // Also where the connection broke before an answer came.
            case ForwarderError.Request or ForwarderError.RequestBodyDestination or ForwarderError.NoAvailableDestinations:
                await context.WriteProblemAsync("upstream-unavailable", $"The service '{service}' cannot be reached just now.", SoonEnough);
                break;
            case ForwarderError.RequestTimedOut:
                await context.WriteProblemAsync("timeout", $"The service '{service}' did not answer in time.", SoonEnough);
                break;
        }
    }));

    private static string ServiceOf(HttpContext context) => context.GetReverseProxyFeature().Cluster.Config.Metadata![ServiceKey];

    private static bool IsStripped(string header) =>
        NeverForwarded.Contains(header, StringComparer.OrdinalIgnoreCase)
        || Impersonations.Any(prefix => header.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<ClusterConfig> Clusters(string service, IConfiguration configuration, GatewayOptions options) =>
    [
        Cluster(service, service, options.TimeoutSeconds, configuration),
        Cluster(Routes.StreamsOf(service), service, options.StreamTimeoutSeconds, configuration),
    ];

    private static ClusterConfig Cluster(string id, string service, int timeoutSeconds, IConfiguration configuration) => new()
    {
        ClusterId = id,
        Metadata = new Dictionary<string, string> { [ServiceKey] = service },
        Destinations = new Dictionary<string, DestinationConfig> { [service] = new() { Address = configuration[$"Services:{service}"]! } },
        // As Kestrel reads them; the client would take no more than ASCII.
        HttpClient = new HttpClientConfig { RequestHeaderEncoding = "utf-8" },
        HttpRequest = new ForwarderRequestConfig
        {
            ActivityTimeout = TimeSpan.FromSeconds(timeoutSeconds),
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        },
    };
}
