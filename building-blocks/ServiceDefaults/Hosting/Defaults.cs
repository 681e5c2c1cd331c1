using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace ServiceDefaults;

/// <summary>What every service of ours does alike.</summary>
public static class Defaults
{
    /// <summary>Logs, metrics, traces, problem details, identity, health, limits and JSON for a service of that name.</summary>
    public static WebApplicationBuilder AddServiceDefaults(this WebApplicationBuilder builder, string service)
    {
        InvalidConfigurationException.EndProcessReadably();
        JsonLogs.Use(builder.Logging);
        var services = builder.Services;
        services.AddSecretFiles(builder.Configuration);
        services.TryAddSingleton(TimeProvider.System);
        services.AddHttpContextAccessor();
        services.AddTelemetry(builder.Configuration, service);
        services.AddIdentity(service);
        services.AddHealth();
        services.AddApiDescription();
        services.AddSingleton(new StartCheck(_ => KillPoint.Refusal() is { } refusal ? [refusal] : []));
        services.ConfigureHttpJsonOptions(json => ApiJson.Strict(json.SerializerOptions));
        // Bad requests are thrown, so that the problem can say where the body is wrong.
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(30));
        services.Configure<KestrelServerOptions>(Limit);
        return builder;
    }

    /// <summary>
    /// Failure answers, authentication, and the endpoints every service has: health, metrics, public keys, OpenAPI.
    /// Call it before mapping endpoints.
    /// </summary>
    /// <exception cref="InvalidConfigurationException">The configuration has errors; all of them are listed.</exception>
    public static WebApplication MapServiceDefaults(this WebApplication app, bool facesOutside = false)
    {
        ValidatedOptions.ThrowIfInvalid(app.Services);
        app.UseMiddleware<ProblemMiddleware>();
        app.UseRouting();
        app.Use(UnannouncedBody.Limit);
        // What does not exist is answered so without a key.
        app.Use((context, next) => context.GetEndpoint() is null ? context.WriteProblemAsync("not-found") : next(context));
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseApiConventions(facesOutside);

        app.MapHealth();
        app.MapTelemetry(facesOutside);
        app.MapOpenApi().AllowAnonymous();
        app.MapGet("/internal/keys", (TokenSigner signer) => Results.Json(new PublicKeys([signer.PublicKey])))
            .AllowAnonymous()
            .ExcludeFromDescription();
        return app;
    }

    private static void Limit(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = 1024 * 1024;
        kestrel.Limits.MaxRequestHeaderCount = 64;
        kestrel.Limits.MaxRequestHeadersTotalSize = 32 * 1024;
        kestrel.Limits.MaxRequestLineSize = 8 * 1024;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
    }
}
