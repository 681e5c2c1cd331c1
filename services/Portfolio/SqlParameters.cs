using Npgsql;
using NpgsqlTypes;

namespace Portfolio;

/// <summary>Numbers the parameters of a statement that is put together of parts.</summary>
internal static class SqlParameters
{
    /// <summary>Adds a value and returns the placeholder that stands for it.</summary>
    public static string Placed<T>(this NpgsqlCommand command, T value, NpgsqlDbType? type = null)
    {
        var parameter = new NpgsqlParameter { Value = (object?)value ?? DBNull.Value };
        if (type is { } known) parameter.NpgsqlDbType = known;
        command.Parameters.Add(parameter);
        return $"${command.Parameters.Count}";
    }
}
