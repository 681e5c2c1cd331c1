using System.Text.Json;
using Npgsql;

namespace Portfolio.Rebuilding;

/// <summary>What comparing a table came to: rows on either side, how many differ, and the first of them in words.</summary>
internal sealed record Compared(string Table, long Live, long Rebuilt, long Different, IReadOnlyList<string> First);

/// <summary>
/// Compares a live table with its rebuilt twin row by row, in both directions: the database joins them by their primary
/// key, so that no more than the first differences are ever in memory here.
/// </summary>
internal static class TableComparison
{
    private const int Shown = 5;

    public static async Task<Compared> RunAsync(NpgsqlConnection snapshot, ProjectionTable table, CancellationToken ct)
    {
        var (name, key) = table;
        var keys = string.Join(", ", key);
        var joined = $"public.{name} l full join {RebuiltSchema.Name}.{name} r using ({keys})";
        var differs = DiffersIn(name);
        await using var count = new NpgsqlCommand(
            $"select count(l.{key[0]}), count(r.{key[0]}), count(*) filter (where {differs}) from {joined}", snapshot)
        { CommandTimeout = 0 };
        long live, rebuilt, different;
        await using (var reader = await count.ExecuteReaderAsync(ct))
        {
            await reader.ReadAsync(ct);
            (live, rebuilt, different) = (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
        }

        return new Compared(name, live, rebuilt, different, different == 0 ? [] : await FirstAsync(snapshot, table, joined, keys, ct));
    }

    private static string DiffersIn(string table) => ReadModel.Bounds.TryGetValue(table, out var bounds)
        ? $"to_jsonb(l) - array[{bounds}] is distinct from to_jsonb(r) - array[{bounds}]"
        : "l is distinct from r";

    private static async Task<IReadOnlyList<string>> FirstAsync(
        NpgsqlConnection snapshot, ProjectionTable table, string joined, string keys, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"""
            select case when l.{table.Key[0]} is not null then to_jsonb(l)::text end,
                case when r.{table.Key[0]} is not null then to_jsonb(r)::text end
            from {joined} where {DiffersIn(table.Name)} order by {keys} limit {Shown}
            """, snapshot) { CommandTimeout = 0 };
        await using var reader = await command.ExecuteReaderAsync(ct);
        var first = new List<string>();
        while (await reader.ReadAsync(ct)) first.Add(Describe(table, Row(reader, 0), Row(reader, 1)));
        return first;
    }

    private static Dictionary<string, JsonElement>? Row(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(reader.GetString(column));

    private static string Describe(ProjectionTable table, Dictionary<string, JsonElement>? live, Dictionary<string, JsonElement>? rebuilt)
    {
        var row = live ?? rebuilt!;
        var name = $"{table.Name} ({string.Join(", ", table.Key.Select(column => $"{column} {row[column]}"))})";
        if (live is null) return $"{name} is missing";
        if (rebuilt is null) return $"{name} should not be there";
        var columns = live.Keys.Where(column => live[column].GetRawText() != rebuilt[column].GetRawText())
            .Select(column => $"{column} is {live[column].GetRawText()}, should be {rebuilt[column].GetRawText()}");
        return $"{name}: {string.Join("; ", columns)}";
    }
}
