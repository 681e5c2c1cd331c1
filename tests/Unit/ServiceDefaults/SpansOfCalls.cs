using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Providers;
using ServiceDefaults;
using Shouldly;
using Xunit;

namespace Unit.ServiceDefaults;

public sealed class SpansOfCalls
{
    [Fact]
    public async Task a_key_in_the_path_of_a_provider_stays_out_of_what_is_exported()
    {
        var exported = new Exported();
        using (Telemetry.Trace(Sdk.CreateTracerProviderBuilder()).AddProcessor(exported).Build())
        {
            using var handler = new SocketsHttpHandler
            {
                ActivityHeadersPropagator = new PathlessSpans(),
                ConnectCallback = (_, _) => throw new IOException("refused"),
            };
            using var client = new HttpClient(handler);
            await Should.ThrowAsync<HttpRequestException>(
                () => client.GetAsync(new Uri("http://a-provider.example/v2/k3y-of-0urs?apikey=k3y-of-0urs"), TestContext.Current.CancellationToken));
        }

        var call = exported.Spans.Single(span => span.Contains("a-provider.example", StringComparison.Ordinal));
        call.ShouldContain("[url.full, http://a-provider.example/*]");
        call.ShouldNotContain("k3y");
    }

    private sealed class Exported : BaseProcessor<Activity>
    {
        private readonly System.Collections.Concurrent.ConcurrentQueue<string> spans = new();

        public IReadOnlyCollection<string> Spans => spans;

        public override void OnEnd(Activity data) =>
            spans.Enqueue(
                $"{data.DisplayName} {string.Join(' ', data.TagObjects)} {data.StatusDescription} " +
                $"{string.Join(' ', data.Events.SelectMany(e => e.Tags))}");
    }
}
