using System.Net;
using System.Reflection;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Providers;
using Shouldly;
using Sync;
using Sync.Providers;
using Xunit;

namespace Services.Sync;

/// <summary>What a client makes of answers that others than the dialect have a say in: statuses, content types, and how often it fails.</summary>
public sealed class AnsweringInPart(SyncParts sync) : IClassFixture<SyncParts>
{
    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("application/json", """{"a":1}""", true)]
    [InlineData("text/plain", """{"a":1}""", true)]
    [InlineData("text/html", " [1]", true)]
    [InlineData(null, "{}", true)]
    [InlineData("text/html", "<!doctype html><html></html>", false)]
    [InlineData("text/plain", "busy", false)]
    [InlineData("text/html", "", false)]
    public async Task json_is_json_whatever_it_is_called(string? type, string content, bool isTaken)
    {
        using var client = Client(_ => Answer(HttpStatusCode.OK, type, content));
        var asked = () => client.GetAsync("api", "page", "application/json", ct);
        if (isTaken)
        {
            using var body = await asked();
            Encoding.UTF8.GetString(body.ShouldNotBeNull().Bytes).ShouldBe(content);
        }
        else (await Should.ThrowAsync<ProviderException>(asked)).Reason.ShouldEndWith("is due");
    }

    [Fact]
    public async Task a_history_that_is_too_long_keeps_no_other_question_out()
    {
        using var client = Client(request => request.RequestUri!.AbsolutePath.EndsWith("/whale", StringComparison.Ordinal)
            ? Answer(HttpStatusCode.GatewayTimeout, "text/html", "") : Answer(HttpStatusCode.OK, "application/json", "{}"));
        for (var i = 0; i < 6; i++)
        {
            (await Should.ThrowAsync<ProviderException>(() => client.GetAsync("whale", "page", "application/json", ct)))
                .ShouldSatisfyAllConditions(e => e.Reason.ShouldBe("status 504"), e => e.MayBeTooMuch.ShouldBeTrue());
        }

        (await client.GetAsync("tip", "tip", "application/json", ct)).ShouldNotBeNull().Dispose();
    }

    [Fact]
    public async Task while_others_fill_the_memory_a_long_answer_is_waited_for_and_nobody_is_to_blame()
    {
        var asked = 0;
        using var client = Client(_ =>
        {
            asked++;
            return Answer(HttpStatusCode.OK, "application/json", $"[{new string(' ', 1024 * 1024)}]");
        });
        using (new FullMemory())
        {
            for (var i = 1; i <= 12; i++)
            {
                var refused = await Should.ThrowAsync<ProviderException>(() => client.GetAsync("long", "page", "application/json", ct));
                refused.ShouldSatisfyAllConditions(
                    () => refused.Failure.ShouldBe(ProviderFailure.RateLimited), () => refused.RetryAfter.ShouldBe(TimeSpan.FromSeconds(5)),
                    () => asked.ShouldBe(i));
            }
        }

        (await client.GetAsync("long", "page", "application/json", ct)).ShouldNotBeNull().Dispose();
    }

    [Theory]
    [InlineData("scan", 1)]
    [InlineData("block", 3)]
    public async Task what_is_worked_off_whether_anybody_waits_or_not_is_not_asked_for_again_at_once(string kind, int times)
    {
        var asked = 0;
        using var client = Client(async (_, token) =>
        {
            asked++;
            await Task.Delay(Timeout.Infinite, token);
            return Answer(HttpStatusCode.OK, "application/json", "{}");
        });

        (await Should.ThrowAsync<ProviderException>(() => client.PostAsync("[]"u8.ToArray(), kind, 1, ct)))
            .ShouldSatisfyAllConditions(e => e.Reason.ShouldBe("no answer within 1 s"), e => e.MayBeTooMuch.ShouldBeTrue());

        asked.ShouldBe(times);
    }

    [Fact]
    public async Task who_fails_at_whatever_is_asked_is_left_alone_for_a_while()
    {
        using var client = Client(_ => Answer(HttpStatusCode.GatewayTimeout, "text/html", ""));
        ProviderException told;
        do told = await Should.ThrowAsync<ProviderException>(() => client.GetAsync("tip", "tip", "application/json", ct));
        while (told.Reason == "status 504");
        told.Reason.ShouldBe("circuit open");
    }

    private ProviderClient Client(Func<HttpRequestMessage, HttpResponseMessage> answer) => Client((request, _) => Task.FromResult(answer(request)));

    private ProviderClient Client(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer)
    {
        var services = sync.Build(new ServiceCollection()).BuildServiceProvider();
        var options = new ProviderOptions
        {
            Name = "scripted", Kind = "etherscan", BaseUrl = "http://127.0.0.1", RequestsPerSecond = 0, TimeoutSeconds = 1, AnswerSeconds = 10,
        };
        return new ProviderClient(new HttpClient(new Scripted(answer)) { BaseAddress = new Uri("http://127.0.0.1/") }, "ethereum", options, null,
            services.GetRequiredService<ProviderPauses>(), services.GetRequiredService<ProviderUsage>(), TimeProvider.System, SyncMetrics.Providers);
    }

    // As if others were reading as much as may be read at once.
    private sealed class FullMemory : IDisposable
    {
        private const long Full = 256L * 1024 * 1024;
        private static readonly FieldInfo Reading = typeof(ProviderClient).GetField("reading", BindingFlags.NonPublic | BindingFlags.Static)!;

        public FullMemory() => Reading.SetValue(null, (long)Reading.GetValue(null)! + Full);

        public void Dispose() => Reading.SetValue(null, (long)Reading.GetValue(null)! - Full);
    }

    private static HttpResponseMessage Answer(HttpStatusCode status, string? type, string content)
    {
        var body = new ByteArrayContent(Encoding.UTF8.GetBytes(content));
        if (type is not null) body.Headers.ContentType = new(type);
        return new HttpResponseMessage(status) { Content = body };
    }

    private sealed class Scripted(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            answer(request, cancellationToken);
    }
}
