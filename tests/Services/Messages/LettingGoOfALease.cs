using Messaging;
using Microsoft.Extensions.Logging.Abstractions;
using Postgres;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Messages;

/// <summary>Who no longer holds a lease keeps nothing of it, in no session of its pool.</summary>
public sealed class LettingGoOfALease(TestDatabase database) : IClassFixture<TestDatabase>
{
    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task after_work_that_failed_no_session_says_that_a_holder_is_connected()
    {
        await Execute(
            "create table leases (name varchar primary key, holder varchar not null, fence bigint not null, expires_at timestamptz not null)");
        await using var pool = PostgresModule.DataSource(database.ConnectionString);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var locked = 0L;
        await new Leases(pool, TimeProvider.System, NullLogger<Leases>.Instance).RunAsync("job", async _ =>
        {
            locked = await Locked();
            await stop.CancelAsync();
            throw new InvalidOperationException("It fails.");
        }, stop.Token);

        locked.ShouldBe(1);
        (await Locked()).ShouldBe(0);
        (await Execute("select fence from leases where name = 'job' and expires_at = '-infinity'")).ShouldBe(1L);
    }

    private async Task<long> Locked() => (long)(await Execute("""
        select count(*) from pg_locks join pg_database d on d.oid = database where locktype = 'advisory' and datname = current_database()
        """))!;

    private async Task<object?> Execute(string sql)
    {
        await using var command = database.DataSource.CreateCommand(sql);
        return await command.ExecuteScalarAsync(ct);
    }
}
