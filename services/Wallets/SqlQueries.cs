using Npgsql;
using ServiceDefaults;

namespace Wallets;

/// <summary>Reads rows, one by its key or a page of them in the order of their keys; ids are in the order of creation (UUIDv7).</summary>
internal static class SqlQueries
{
    /// <summary>
    /// The page at a place of what <paramref name="select"/> (up to and including its conditions) selects; with
    /// <paramref name="newestFirst"/> from the last key to the first.
    /// </summary>
    public static async Task<Page<T>> PageAsync<T, TKey>(
        this NpgsqlDataSource database, PagePlace place, string select, string id, object?[] values,
        Func<NpgsqlDataReader, T> read, Func<T, TKey> idOf, CancellationToken ct, bool newestFirst = false) where TKey : IParsable<TKey>
    {
        var (beyond, order) = place.Backward != newestFirst ? ("<", "desc") : (">", "asc");
        var from = place.IsStart ? "" : $"and {id} {beyond} ${values.Length + 2}";
        await using var command = database.CreateCommand($"{select} {from} order by {id} {order} limit ${values.Length + 1}");
        foreach (var value in values) command.Parameters.Add(Parameter(value));
        command.Parameters.Add(Parameter(place.Fetch));
        if (!place.IsStart) command.Parameters.Add(Parameter(place.Key<TKey>(0)));

        var rows = new List<T>(place.Fetch);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) rows.Add(read(reader));
        return place.PageOf(rows, row => [idOf(row).ToString()!]);
    }

    /// <summary>The first row selected, or null.</summary>
    public static async Task<T?> FirstAsync<T>(
        this NpgsqlDataSource database, string select, object?[] values, Func<NpgsqlDataReader, T> read, CancellationToken ct)
        where T : class
    {
        await using var command = database.CreateCommand(select);
        foreach (var value in values) command.Parameters.Add(Parameter(value));
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? read(reader) : null;
    }

    public static T? Maybe<T>(this NpgsqlDataReader row, int column) where T : class =>
        row.IsDBNull(column) ? null : row.GetFieldValue<T>(column);

    public static DateTimeOffset Time(this NpgsqlDataReader row, int column) => row.GetFieldValue<DateTimeOffset>(column);

    public static DateTimeOffset? MaybeTime(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.Time(column);

    private static NpgsqlParameter Parameter(object? value) => new() { Value = value ?? DBNull.Value };
}
