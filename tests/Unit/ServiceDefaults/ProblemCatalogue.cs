using System.Data.Common;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using ServiceDefaults;
using Shouldly;
using Xunit;

namespace Unit.ServiceDefaults;

public sealed partial class ProblemCatalogue
{
    private static readonly JsonSerializerOptions Strict = CreateStrict();

    [Fact]
    public void every_entry_is_whole_and_of_its_own_name()
    {
        Problems.All.Select(problem => problem.Code).ShouldBeUnique();
        foreach (var problem in Problems.All)
        {
            KebabCase().IsMatch(problem.Code).ShouldBeTrue(problem.Code);
            problem.Status.ShouldBeInRange(400, 599, problem.Code);
            problem.Title.ShouldNotBeNullOrWhiteSpace();
            problem.Explanation.ShouldEndWith(".");
            Problems.Get(problem.Code).ShouldBe(problem);
        }
    }

    [Theory]
    [InlineData(401, "unauthorized")]
    [InlineData(404, "not-found")]
    [InlineData(405, "method-not-allowed")]
    [InlineData(413, "body-too-large")]
    [InlineData(415, "unsupported-media-type")]
    [InlineData(418, "bad-request")]
    [InlineData(500, "internal")]
    [InlineData(502, "bad-gateway")]
    [InlineData(504, "timeout")]
    [InlineData(599, "internal")]
    public void a_bare_status_has_an_entry(int status, string code) => Problems.ForStatus(status).Code.ShouldBe(code);

    [Fact]
    public void an_unknown_code_is_noticed_where_it_is_thrown() =>
        Should.Throw<ArgumentException>(() => new DomainException("no-such-code", "…"));

    [Fact]
    public void an_unforeseen_exception_says_nothing_of_itself()
    {
        var failure = From(new InvalidOperationException("password=secret"));

        failure.Problem.Code.ShouldBe("internal");
        failure.Detail.ShouldBeNull();
    }

    [Theory]
    [InlineData("53100", 503)] // disk full
    [InlineData("53300", 503)] // too many connections
    [InlineData("57P01", 503)] // shutting down
    [InlineData("08006", 503)] // connection failure
    [InlineData("25006", 503)] // read-only standby
    [InlineData("23505", 500)] // a duplicate key is a mistake of ours
    [InlineData("42P01", 500)] // so is a missing table
    public void a_database_that_cannot_be_used_is_worth_another_try(string state, int status)
    {
        var failure = From(new DatabaseFailure(state));

        failure.Problem.Status.ShouldBe(status);
        failure.RetryAfter.HasValue.ShouldBe(status == 503);
        failure.Detail.ShouldBeNull();
    }

    [Theory]
    [InlineData("{\"network\":\"b\"", "malformed-json", null)]
    [InlineData("", "malformed-json", null)]
    [InlineData("{\"network\":\"b\",\"numbers\":[1,\"2\"]}", "invalid-body", "/numbers/1 wrong-kind")]
    [InlineData("{\"network\":7}", "invalid-body", "/network wrong-kind")]
    [InlineData("{\"network\":null}", "invalid-body", "/network null-value")]
    [InlineData("{}", "invalid-body", "/network required")]
    [InlineData("{\"network\":\"b\",\"x~/y\":1}", "invalid-body", "/x~0~1y unknown-member")]
    [InlineData("{\"network\":\"b\",\"network\":\"c\"}", "invalid-body", "/network duplicate-member")]
    [InlineData("{\"network\":\"b\",\"inner\":{}}", "invalid-body", "/inner/name required")]
    [InlineData("[]", "invalid-body", " wrong-kind")]
    public void a_body_is_told_where_it_is_wrong(string body, string code, string? error)
    {
        var failure = From(Should.Throw<JsonException>(() => JsonSerializer.Deserialize<Body>(body, Strict)));

        failure.Problem.Code.ShouldBe(code);
        failure.Errors.Select(e => $"{e.Pointer} {e.Code}").SingleOrDefault().ShouldBe(error);
        (failure.Detail ?? "").ShouldNotContain(nameof(Body), Case.Sensitive);
        failure.Errors.ShouldAllBe(e => !e.Detail.Contains("System.", StringComparison.Ordinal));
    }

    [Fact]
    public void all_that_is_missing_is_named_at_once() =>
        From(Should.Throw<JsonException>(() => JsonSerializer.Deserialize<Pair>("{}", Strict)))
            .Errors.Select(e => e.Pointer).ShouldBe(["/first", "/second"]);

    [Fact]
    public void what_may_be_null_may_be_left_out() =>
        JsonSerializer.Deserialize<Body>("{\"network\":\"b\"}", Strict).ShouldBe(new Body("b", null));

    [Fact]
    public void what_is_only_ever_written_needs_no_setters() =>
        JsonSerializer.Serialize(new { KeyId = 1, Label = "x" }, Strict).ShouldBe("""{"keyId":1,"label":"x"}""");

    private static Failure From(Exception exception) => Failures.From(exception, new DefaultHttpContext());

    private static JsonSerializerOptions CreateStrict()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        ApiJson.Strict(options);
        return options;
    }

    [GeneratedRegex("^[a-z]+(-[a-z]+)*$")]
    private static partial Regex KebabCase();

    private sealed record Body(string Network, string? Label, int[]? Numbers = null, Inner? Inner = null);

    private sealed record Inner(string Name);

    private sealed record Pair(string First, string Second);

    private sealed class DatabaseFailure(string state) : DbException("password=secret")
    {
        public override string SqlState => state;
    }
}
