using EventSourcing;
using Npgsql;
using Postgres;
using Shouldly;
using Xunit;

namespace Store;

public sealed class CachedPlans(StoreDatabase database) : StoreTests(database)
{
    [Fact]
    public async Task an_append_goes_by_the_indexes_even_where_its_plan_was_made_on_an_empty_log()
    {
        // One connection has one cached plan; the statistics say that the tables are empty.
        await ExecuteAsync("analyze mt_events; analyze mt_streams");
        await using var one = PostgresModule.DataSource(
            new NpgsqlConnectionStringBuilder(Database.ConnectionString) { MaxPoolSize = 1 }.ConnectionString);
        var store = new EventStore(one, Till.Types, new LogSignal());

        for (var page = 0; page < 60; page++) await store.AppendAsync("till", Guid.CreateVersion7(), Till.Moves(50), ct: Ct);

        await ExecuteAsync(one, "select pg_stat_force_next_flush()");
        (await ReadAsync<string>(one,
            "select string_agg(relname || ' ' || seq_tup_read, ', ' order by relname) from pg_stat_user_tables where relname in ('mt_events', " +
            "'mt_streams')"))
            .ShouldBe("mt_events 0, mt_streams 0");
    }
}
