using System.Net;
using Microsoft.Extensions.DependencyInjection;
using ServiceDefaults;

namespace Services.Portfolio.Statements;

/// <summary>The Portfolio service with whoever a test has told it to ask for proofs.</summary>
public sealed class ProvenPortfolio : PortfolioService
{
    /// <summary>Answers the requests for proofs; nobody does until a test says who.</summary>
    internal Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>>? Sync { get; set; }

    protected override Task<(string Key, string Value)[]> SettingsAsync() => Task.FromResult<(string, string)[]>([("Services:sync", "http://sync")]);

    protected override void AddMore(IServiceCollection services) =>
        services.AddServiceClient("sync").ConfigurePrimaryHttpMessageHandler(() => new Asking(this));

    private sealed class Asking(ProvenPortfolio portfolio) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            portfolio.Sync?.Invoke(request, cancellationToken) ?? Task.FromResult(new HttpResponseMessage(HttpStatusCode.ServiceUnavailable));
    }
}
