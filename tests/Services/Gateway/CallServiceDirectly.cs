using System.Net.Http.Headers;
using System.Net.Http.Json;
using Shouldly;
using Xunit;
using static Services.Gateway.GatewaySystem;

namespace Services.Gateway;

/// <summary>What a service says to whoever goes around the gateway.</summary>
public sealed class CallServiceDirectly : IAsyncLifetime
{
    private GatewaySystem system = null!;

    public async ValueTask InitializeAsync() => system = await StartAsync();

    public ValueTask DisposeAsync() => system.DisposeAsync();

    [Theory]
    [InlineData("/api/v1/balances")]
    [InlineData("/api/v1/wallets/0198a5d2-0000-7000-8000-0000000000aa")]
    public async Task an_unsigned_call_is_refused(string path)
    {
        await (await Direct(HttpMethod.Get, path, null)).ShouldBeProblem(401, "unauthorized");
        await (await Direct(HttpMethod.Get, path, Key)).ShouldBeProblem(401, "unauthorized");
    }

    [Fact]
    public async Task a_signed_call_is_taken_and_a_changed_one_is_not()
    {
        var token = await TokenAsync();
        (await Direct(HttpMethod.Get, "/api/v1/balances", token)).IsSuccessStatusCode.ShouldBeTrue();

        var parts = token.Split('.');
        var other = parts[1][..^4] + (parts[1][^4] == 'A' ? 'B' : 'A') + parts[1][^3..];
        await (await Direct(HttpMethod.Get, "/api/v1/balances", $"{parts[0]}.{other}.{parts[2]}")).ShouldBeProblem(401, "unauthorized");
    }

    [Fact]
    public async Task what_is_between_services_is_not_for_people()
    {
        await (await Direct(HttpMethod.Post, "/internal/api-keys/verify", null)).ShouldBeProblem(401, "unauthorized");
        await (await Direct(HttpMethod.Post, "/internal/api-keys/verify", await TokenAsync())).ShouldBeProblem(403, "forbidden");
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/metrics")]
    [InlineData("/internal/keys")]
    [InlineData("/openapi/v1.json")]
    public async Task what_the_machinery_reads_is_open(string path) =>
        (await Direct(HttpMethod.Get, path, null)).IsSuccessStatusCode.ShouldBeTrue();

    // The stand-in tells the headers that reached it, the gateway's token among them.
    private async Task<string> TokenAsync() =>
        (await (await system.GetAsync("/api/v1/balances")).Content.ReadFromJsonAsync<Dictionary<string, string>>(
            TestContext.Current.CancellationToken))
            .ShouldNotBeNull()["Authorization"]["Bearer ".Length..];

    private async Task<HttpResponseMessage> Direct(HttpMethod method, string path, string? token)
    {
        using var request = new HttpRequestMessage(method, new Uri(system.AddressOf("portfolio"), path));
        if (method == HttpMethod.Post)
            request.Content = JsonContent.Create(new { hash = "x" });
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return await system.Client.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
