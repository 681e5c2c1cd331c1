using System.Net;
using Shouldly;
using Testing;
using Xunit;
using static Services.Gateway.GatewaySystem;

namespace Services.Gateway;

public sealed class TellMetrics
{
    [Fact]
    public async Task a_host_header_that_names_the_metrics_port_does_not_open_them_at_the_public_one()
    {
        var (open, inner) = (FreePort.Next(), FreePort.Next());
        await using var system = await StartAsync(("Kestrel:Endpoints:First:Url", $"http://127.0.0.1:{open}"),
            ("Kestrel:Endpoints:Second:Url", $"http://127.0.0.1:{inner}"), ("Telemetry:MetricsPort", $"{inner}"));

        using var forged = await system.GetAsync($"http://127.0.0.1:{open}/metrics", key: null, ("Host", $"gateway:{inner}"));
        await forged.ShouldBeProblem(404, "not-found");
        using var told = await system.GetAsync($"http://127.0.0.1:{inner}/metrics", key: null, ("Host", "gateway"));
        told.StatusCode.ShouldBe(HttpStatusCode.OK);
    }
}
