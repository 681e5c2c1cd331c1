using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Messaging;

/// <summary>Unhealthy while an inbox stands still, degraded while it waits for its source.</summary>
internal sealed class InboxHealth(InboxState state) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            state.Blocked is { } blocked ? HealthCheckResult.Unhealthy(blocked)
            : state.Waiting is { } waiting ? HealthCheckResult.Degraded(waiting)
            : HealthCheckResult.Healthy());
}
