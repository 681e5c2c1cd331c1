using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace ServiceDefaults;

/// <summary><c>/health/live</c> says that the process answers; <c>/health/ready</c> runs every registered check and lists it.</summary>
internal static class HealthEndpoints
{
    public static void AddHealth(this IServiceCollection services) =>
        services.AddHealthChecks().AddCheck<Running>("running");

    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false, ResponseWriter = WriteAsync }).AllowAnonymous();
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { ResponseWriter = WriteAsync }).AllowAnonymous();
    }

    private static Task WriteAsync(HttpContext context, HealthReport report) =>
        context.Response.WriteAsJsonAsync(
            new Answer(Word(report.Status), Release.Version,
                [.. report.Entries.Select(entry => new Check(entry.Key, Word(entry.Value.Status), Detail(entry.Value)))]),
            ApiJson.Options, context.RequestAborted);

    private static string Word(HealthStatus status) => status switch
    {
        HealthStatus.Healthy => "ready",
        HealthStatus.Degraded => "degraded",
        _ => "unavailable",
    };

    // A check that throws has the exception's text as its description, which is for the log only.
    private static string? Detail(HealthReportEntry entry) =>
        entry.Exception is { } exception && entry.Description == exception.Message ? exception.GetType().Name : entry.Description;

    private sealed record Answer(string Status, string Version, IReadOnlyList<Check> Checks);

    private sealed record Check(string Name, string Status, string? Detail);

    /// <summary>Not ready before everything has started and once the process is asked to stop.</summary>
    private sealed class Running(IHostApplicationLifetime lifetime) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(
                lifetime.ApplicationStopping.IsCancellationRequested ? HealthCheckResult.Unhealthy("stopping")
                : lifetime.ApplicationStarted.IsCancellationRequested ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy("starting"));
    }
}
