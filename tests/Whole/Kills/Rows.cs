using Npgsql;
using Testing;
using Xunit;

namespace Whole.Kills;

/// <summary>Looks into the services' databases, for what no answer of the public API shows.</summary>
internal static class Rows
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The first column of the first row, or the default where there is none.</summary>
    public static async Task<T?> Ask<T>(this WholeSystem system, string service, string sql, params object[] values)
    {
        await using var source = NpgsqlDataSource.Create(system.DatabaseOf(service));
        await using var command = source.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return await command.ExecuteScalarAsync(Cancellation) is T answer ? answer : default;
    }

    /// <summary>The types of a stream's events, in order.</summary>
    public static async Task<IReadOnlyList<string>> EventsOf(this WholeSystem system, string service, string stream) =>
        await system.Ask<string[]>(service, "select coalesce(array_agg(type::text order by version), '{}') from mt_events where stream_id = $1",
            stream) ?? [];

    /// <summary>Every table that has a column of this name and a row with this value in it.</summary>
    public static async Task<IReadOnlyList<string>> RowsWith(this WholeSystem system, string service, string column, Guid value)
    {
        var tables = await system.Ask<string[]>(service, """
            select coalesce(array_agg(c.table_name::text), '{}') from information_schema.columns c
            join information_schema.tables t using (table_schema, table_name)
            where c.column_name = $1 and c.table_schema = 'public' and t.table_type = 'BASE TABLE'
            """, column) ?? [];
        var found = new List<string>();
        foreach (var table in tables)
        {
            if (await system.Ask<long>(service, $"select count(*) from {table} where {column} = $1", value) is > 0 and var rows)
                found.Add($"{table}: {rows}");
        }

        return found;
    }
}
