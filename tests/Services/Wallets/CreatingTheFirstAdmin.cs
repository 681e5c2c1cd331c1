using EventSourcing;
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

    [Fact]
    public async Task who_has_lost_the_key_gets_another_by_command_even_if_disabled()
    {
        await using var own = await TestDatabase.Create();
        (await Run(own.ConnectionString, "--email", "Admin@example.org")).Code.ShouldBe(0);
        await using var data = Npgsql.NpgsqlDataSource.Create(own.ConnectionString);
        var store = new EventStore(data, StoredEvents.Types, new LogSignal());
        var id = (Guid)(await data.CreateCommand("select user_id from users").ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
        await using (var work = await store.BeginAsync(TestContext.Current.CancellationToken))
        {
            await work.RecordAsync(User.Category, id, [new UserEvent.UserDisabled(id, DateTimeOffset.UtcNow)], 1, Actor.Command,
                TestContext.Current.CancellationToken);
            await work.CommitAsync(TestContext.Current.CancellationToken);
        }

        var (code, output, error) = await Command(NewAdminKey.RunAsync, own.ConnectionString, "--email", "admin@EXAMPLE.org");

        (code, error).ShouldBe((0, ""));
        output.ShouldMatch("^wt_live_[A-Za-z0-9_-]{43}\n$");
        (await data.CreateCommand("select disabled_at from users").ExecuteScalarAsync(TestContext.Current.CancellationToken)).ShouldBe(DBNull.Value);
        (await data.CreateCommand("select count(*) from api_keys where 'admin' = any(scopes)")
            .ExecuteScalarAsync(TestContext.Current.CancellationToken)).ShouldBe(2L);
        // The administrator, two keys, shut out above, and let in again; by no user.
        (await data.CreateCommand("select string_agg(action, ' ' order by action) from audit where actor = 'command' and actor_user_id is null")
            .ExecuteScalarAsync(TestContext.Current.CancellationToken)).ShouldBe("key-made key-made user-disabled user-enabled user-made");
        (await Command(NewAdminKey.RunAsync, own.ConnectionString, "--email", "nobody@example.org")).Code.ShouldBe(2);
        (await Command(NewAdminKey.RunAsync, own.ConnectionString)).Error.ShouldStartWith("Usage:");
    }

    [Fact]
    public async Task a_log_in_link_is_printed_for_whoever_is_a_user()
    {
        await using var own = await TestDatabase.Create();
        (await Run(own.ConnectionString, "--email", "admin@example.org")).Code.ShouldBe(0);

        var (code, output, error) = await Command(MakeLoginLink.RunAsync, own.ConnectionString, "--email", "ADMIN@example.org");

        (code, error).ShouldBe((0, ""));
        output.ShouldMatch("^wl_[A-Za-z0-9_-]{43}\n$");
        await using var data = Npgsql.NpgsqlDataSource.Create(own.ConnectionString);
        (await DatabaseText.Contains(data, output.Trim())).ShouldBeFalse();
        (await data.CreateCommand("select count(*) from audit where action = 'login-link-made' and actor = 'command' and user_id is not null")
            .ExecuteScalarAsync(TestContext.Current.CancellationToken)).ShouldBe(1L);
        (await Command(MakeLoginLink.RunAsync, own.ConnectionString, "--email", "nobody@example.org")).Code.ShouldBe(2);
        await data.CreateCommand("update users set disabled_at = now()").ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        (await Command(MakeLoginLink.RunAsync, own.ConnectionString, "--email", "admin@example.org")).Code.ShouldBe(2);
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

    private static Task<(int Code, string Output, string Error)> Run(string connection, params string[] options) =>
        Command(CreateAdmin.RunAsync, connection, options);

    private static async Task<(int Code, string Output, string Error)> Command(
        Func<string[], IConfiguration, TextWriter, TextWriter, Task<int>> run, string connection, params string[] options)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["ConnectionStrings:Database"] = connection }).Build();
        using var output = new StringWriter();
        using var error = new StringWriter();
        return (await run(options, configuration, output, error), output.ToString(), error.ToString());
    }
}
