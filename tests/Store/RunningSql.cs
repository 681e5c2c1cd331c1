using System.Numerics;
using Npgsql;
using NpgsqlTypes;
using Postgres;
using Shouldly;
using Testing;
using Xunit;

namespace Store;

public sealed class RunningSql
{
    private sealed record Row(Guid RowId, string Name, DateTimeOffset? SeenAt, Weight Weight);

    private readonly record struct Weight(BigInteger Grams)
    {
        public static Weight Parse(string text) => new(BigInteger.Parse(text));

        public override string ToString() => Grams.ToString();
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_column_named_in_snake_case_fills_its_member_and_types_of_ours_are_read_from_text()
    {
        await using var database = await FilledAsync();
        Sql.AddText(Weight.Parse);
        var at = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2));
        var heavy = new Weight(BigInteger.Pow(10, 40));

        await database.Source.ExecuteAsync(
            "insert into things (row_id, name, seen_at, weight) values (@Id, @Name, @At, @Weight::numeric)",
            new { Id = Guid.Empty, Name = "a", At = at, Weight = heavy }, Ct);
        var row = await database.Source.QuerySingleAsync<Row>(
            "select row_id, name, seen_at, weight::text from things where name = @Name", new { Name = "a" }, Ct);

        row.ShouldBe(new Row(Guid.Empty, "a", at.ToUniversalTime(), heavy));
        row.SeenAt!.Value.Offset.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public async Task arrays_are_passed_as_arrays_and_columns_with_the_type_that_is_said()
    {
        await using var database = await FilledAsync();
        (Guid Id, string? Name, string Json)[] rows = [(Guid.NewGuid(), "a", "1"), (Guid.NewGuid(), null, "{\"b\": [2]}")];

        await database.Source.ExecuteAsync(
            "insert into things (row_id, name, note) select * from unnest(@Ids, @Names, @Notes)",
            new
            {
                Ids = Sql.Column(rows, NpgsqlDbType.Uuid, row => row.Id),
                Names = Sql.Column(rows, NpgsqlDbType.Text, row => row.Name ?? "-"),
                Notes = Sql.Column(rows, NpgsqlDbType.Jsonb, row => row.Json),
            },
            Ct);

        (await database.Source.QueryAsync<string>(
            "select note::text from things where row_id = any(@Ids) order by name",
            new { Ids = rows.Select(row => row.Id).ToArray() }, Ct)).ShouldBe(["{\"b\": [2]}", "1"]);
        (await database.Source.ScalarAsync<long>("select count(*) from things where name = any(@Names)", new { Names = Array.Empty<string>() }, Ct))
            .ShouldBe(0);
    }

    [Fact]
    public async Task nothing_found_is_the_default_and_a_null_has_the_type_that_is_said()
    {
        await using var database = await FilledAsync();

        (await database.Source.QueryFirstOrDefaultAsync<Row>("select row_id, name, seen_at, weight::text from things", null, Ct)).ShouldBeNull();
        (await database.Source.ScalarAsync<Guid?>("select row_id from things", null, Ct)).ShouldBeNull();
        (await database.Source.ScalarAsync<string>("select pg_typeof(@None)::text", new { None = Sql.Typed(null, NpgsqlDbType.Numeric) }, Ct))
            .ShouldBe("numeric");
        (await database.Source.ScalarAsync<string>("select pg_typeof(@None)::text", new { None = (DateTimeOffset?)null }, Ct))
            .ShouldBe("timestamp with time zone");
        await Should.ThrowAsync<InvalidOperationException>(
            () => database.Source.QuerySingleAsync<Guid>("select row_id from things", null, Ct));
    }

    [Fact]
    public async Task it_belongs_to_the_connections_transaction_and_recurring_statements_are_prepared_by_themselves()
    {
        await using var database = await FilledAsync();
        await using var connection = await database.Source.OpenConnectionAsync(Ct);
        await using (var transaction = await connection.BeginTransactionAsync(Ct))
        {
            foreach (var name in new[] { "a", "b", "c" })
                (await connection.ExecuteAsync("insert into things (row_id, name) values (@Id, @Name)", new { Id = Guid.NewGuid(), Name = name }, Ct))
                    .ShouldBe(1);
            await transaction.RollbackAsync(Ct);
        }

        (await connection.ScalarAsync<long>("select count(*) from things", null, Ct)).ShouldBe(0);
        (await connection.ScalarAsync<long>("select count(*) from pg_prepared_statements where statement like 'insert into things%'", null, Ct))
            .ShouldBe(1);
    }

    private static async Task<Filled> FilledAsync()
    {
        var database = await TestDatabase.Create();
        var source = PostgresModule.DataSource(database.ConnectionString);
        await source.ExecuteAsync("create table things (row_id uuid primary key, name text, seen_at timestamptz, weight numeric, note jsonb)", null,
            Ct);
        return new(database, source);
    }

    private sealed record Filled(TestDatabase Database, NpgsqlDataSource Source) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Source.DisposeAsync();
            await Database.DisposeAsync();
        }
    }
}
