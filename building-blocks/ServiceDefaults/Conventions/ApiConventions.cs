using Microsoft.AspNetCore.Builder;

namespace ServiceDefaults;

/// <summary>What holds for every public endpoint of a service without its doing: it stands under <c>/api</c>, so it obeys.</summary>
internal static class ApiConventions
{
    /// <summary>Parameters that are not known are refused everywhere; the rest is the services', whose answers the gateway passes on.</summary>
    public static void UseApiConventions(this WebApplication app, bool facesOutside) =>
        app.UseWhen(context => context.Request.Path.StartsWithSegments("/api"), api =>
        {
            api.UseMiddleware<UnknownQueryParameterFilter>();
            if (facesOutside) return;
            api.UseMiddleware<ConditionalRequests>();
            api.UseMiddleware<MinVersion>();
            api.UseMiddleware<IdempotencyMiddleware>();
        });
}
