using Metrics;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;
using ServiceDefaults;

namespace Gateway;

internal static class GatewayModule
{
    public static WebApplicationBuilder AddGateway(this WebApplicationBuilder builder)
    {
        builder.Logging.AddFilter(typeof(ApiKeyAuthentication).FullName, LogLevel.Warning);
        // It writes a stack for each body that is refused and each service that is away; Forwarding says what is worth saying.
        builder.Logging.AddFilter("Yarp.ReverseProxy.Forwarder", LogLevel.Error);
        var services = builder.Services;
        services.AddValidatedOptions<GatewayOptions>(GatewayOptions.Section);
        services.AddValidatedOptions<RateLimitOptions>(RateLimitOptions.Section);
        foreach (var service in Routes.Services)
            services.AddServiceClient(service);

        services.AddSingleton<ApiKeyLookUp>();
        services.AddTransient<ApiKeyAuthentication>();
        OidcTokens.Add(builder);
        services.Configure<AuthenticationOptions>(schemes =>
        {
            schemes.AddScheme<ApiKeyAuthentication>(ApiKeyAuthentication.SchemeName, null);
            schemes.DefaultScheme = ApiKeyAuthentication.SchemeName;
        });
        services.AddMetricCatalogue(GatewayMetrics.Catalogue);
        services.AddSingleton<RateLimiter>();
        services.AddSingleton<FailedKeys>();
        services.AddSingleton<SystemHealth>();
        services.AddSingleton<PublicDescription>();
        services.AddSingleton<LiveDescription>();
        services.AddSingleton<Tickets>();
        services.AddSingleton<OwnPage>();
        services.AddSingleton<WalletsSessions>();
        services.AddSingleton<LogIn>();
        services.AddForwarding(builder.Configuration);
        services.AddCompressedAnswers();
        // The proxy brings data protection with it, for cookies that are not used here; keep its keys off the disk.
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        services.AddCors();
        services.Configure<Microsoft.AspNetCore.Cors.Infrastructure.CorsOptions>(cors => cors.AddDefaultPolicy(policy => policy
            .WithOrigins(builder.Configuration.GetSection($"{GatewayOptions.Section}:AllowedOrigins").Get<string[]>() ?? [])
            .AllowAnyMethod()
            .AllowAnyHeader()
            .WithExposedHeaders("RateLimit", "RateLimit-Policy", "Retry-After", "ETag", "Location", "Version", "Idempotent-Replayed",
                Release.Header)));
        return builder;
    }

    public static WebApplication MapGateway(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<IOptions<GatewayOptions>>().Value;
        app.UseProxies(options.Proxies);
        app.UseMiddleware<RequestLog>();
        app.UseMiddleware<SecurityHeaders>();
        app.UseCompressedAnswers();
        app.UseMiddleware<HeadRequests>();
        if (options.AllowedOrigins is { Count: > 0 })
            app.UseCors();
        DescriptionPages.Use(app);
        app.MapServiceDefaults(facesOutside: true);
        app.UseMiddleware<RateLimitMiddleware>();
        app.UseMiddleware<KeyChanges>();
        app.UseMiddleware<OpenStreams>();

        SystemHealth.Map(app);
        ProblemPages.Map(app);
        PublicDescription.Map(app);
        LiveDescription.Map(app);
        StreamTickets.Map(app);
        LogIn.Map(app);
        CurrentSession.Map(app);
        LogOut.Map(app);
        WebPages.Map(app);
        app.MapForwarding();
        return app;
    }
}
