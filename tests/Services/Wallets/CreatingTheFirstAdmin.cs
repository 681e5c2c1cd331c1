using Microsoft.Extensions.Configuration;
using Shouldly;
using Testing;
using Wallets;
using Xunit;

namespace Services.Wallets;

public sealed class CreatingTheFirstAdmin(TestDatabase database) : IClassFixture<TestDatabase>
{
    [Fact]
    public async Task the_command_prints_a_key_once_and_refuses_ever_after()
    {
        var runs = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Run(database.ConnectionString, "--email", "admin@example.org")));
        var later = await Run(database.ConnectionString, "--email", "other@example.org");

        runs.Count(run => run.Code == 0).ShouldBe(1);
        runs.Single(run => run.Code == 0).Output.ShouldMatch("^wt_live_[A-Za-z0-9_-]{43}\n$");
        foreach (var refused in runs.Where(run => run.Code != 0).Append(later))
        {
            refused.Code.ShouldBe(2);
            refused.Output.ShouldBeEmpty();
            refused.Error.ShouldContain("administrator already");
        }
    }

    [Theory]
    [InlineData]
    [InlineData("--email")]
    [InlineData("--mail", "admin@example.org")]
    [InlineData("--email", "admin@example.org", "--force")]
    public async Task wrong_use_is_answered_with_the_right_one(params string[] options)
    {
        var (code, output, error) = await Run(database.ConnectionString, options);

        (code, output).ShouldBe((1, ""));
        error.ShouldStartWith("Usage:");
    }

    [Fact]
    public async Task what_is_missing_is_named()
    {
        (await Run("", "--email", "admin@example.org")).Error.ShouldContain("ConnectionStrings__Database");
        (await Run(database.ConnectionString, "--email", "nobody")).Error.ShouldContain("e-mail");
        (await Run("Host=127.0.0.1;Port=1;Database=none", "--email", "admin@example.org")).Code.ShouldBe(1);
    }

    private static async Task<(int Code, string Output, string Error)> Run(string connection, params string[] options)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["ConnectionStrings:Database"] = connection }).Build();
        using var output = new StringWriter();
        using var error = new StringWriter();
        return (await CreateAdmin.RunAsync(options, configuration, output, error), output.ToString(), error.ToString());
    }
}
