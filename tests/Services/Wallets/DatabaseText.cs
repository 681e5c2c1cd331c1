using Npgsql;
using Xunit;

namespace Services.Wallets;

/// <summary>Everything a database holds, as text.</summary>
internal static class DatabaseText
{
    /// <summary>Whether any column of any row of any table contains this text.</summary>
    public static async Task<bool> Contains(NpgsqlDataSource database, string text)
    {
        foreach (var table in await Tables(database))
        {
            await using var command = database.CreateCommand($"select exists (select from {table} t where t::text ilike '%' || $1 || '%')");
            command.Parameters.Add(new NpgsqlParameter { Value = text });
            if ((bool)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!) return true;
        }

        return false;
    }

    /// <summary>The rows of a table, each as text, in a fixed order.</summary>
    public static async Task<IReadOnlyList<string>> Of(NpgsqlDataSource database, string table)
    {
        await using var command = database.CreateCommand($"select t::text from {table} t order by t::text collate \"C\"");
        return await Read(command);
    }

    private static async Task<IReadOnlyList<string>> Tables(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand(
            "select quote_ident(table_name) from information_schema.tables where table_schema = 'public'");
        return await Read(command);
    }

    private static async Task<IReadOnlyList<string>> Read(NpgsqlCommand command)
    {
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var rows = new List<string>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken)) rows.Add(reader.GetString(0));
        return rows;
    }
}
