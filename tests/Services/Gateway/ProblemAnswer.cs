using System.Net.Http.Json;
using System.Text.Json;
using Shouldly;
using Xunit;

namespace Services.Gateway;

/// <summary>Reads an answer as the problem it must be.</summary>
internal static class ProblemAnswer
{
    public static async Task<JsonElement> ShouldBeProblem(this HttpResponseMessage answer, int status, string code)
    {
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        ((int)answer.StatusCode).ShouldBe(status, text);
        answer.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json", text);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        problem.GetProperty("type").GetString().ShouldBe($"/problems/{code}");
        problem.GetProperty("status").GetInt32().ShouldBe(status);
        problem.GetProperty("title").GetString().ShouldNotBeNullOrEmpty();
        problem.GetProperty("detail").GetString().ShouldNotBeNullOrEmpty();
        problem.GetProperty("instance").GetString().ShouldNotBeNull().ShouldMatch("^urn:trace:[0-9a-f]{32}$");
        return problem;
    }

    public static void ShouldSayWhenToRetry(this HttpResponseMessage answer, JsonElement problem)
    {
        var seconds = problem.GetProperty("retryAfterSeconds").GetInt32();
        seconds.ShouldBeInRange(1, 60);
        answer.Headers.RetryAfter.ShouldNotBeNull().Delta.ShouldBe(TimeSpan.FromSeconds(seconds));
    }
}
