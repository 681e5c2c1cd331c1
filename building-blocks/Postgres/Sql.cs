using System.Data;
using Dapper;
using Npgsql;
using NpgsqlTypes;

namespace Postgres;

/// <summary>
/// The one way to run a statement by hand: named parameters (<c>@Id</c>) from an object's members, columns
/// (<c>snake_case</c>) into a record's. Arrays of text, numbers and ids are passed as PostgreSQL arrays, so <c>= any(@Ids)</c>.
/// On a connection it belongs to the connection's transaction; on a data source it opens one for itself.
/// </summary>
public static class Sql
{
    static Sql()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        // As long as Dapper knows the type by itself it does not ask the handler for parameters.
        SqlMapper.RemoveTypeMap(typeof(DateTimeOffset));
        SqlMapper.RemoveTypeMap(typeof(DateTimeOffset?));
        SqlMapper.AddTypeHandler(typeof(DateTimeOffset), new InstantHandler());
    }

    /// <summary>All rows, read to the end.</summary>
    public static async Task<List<T>> QueryAsync<T>(this NpgsqlConnection connection, string sql, object? args, CancellationToken ct) =>
        (await SqlMapper.QueryAsync<T>(connection, Command(sql, args, ct))).AsList();

    /// <summary>The one row that there is; none or several are an error.</summary>
    public static Task<T> QuerySingleAsync<T>(this NpgsqlConnection connection, string sql, object? args, CancellationToken ct) =>
        SqlMapper.QuerySingleAsync<T>(connection, Command(sql, args, ct));

    /// <summary>The first row, or <c>default</c> where there is none.</summary>
    public static Task<T?> QueryFirstOrDefaultAsync<T>(this NpgsqlConnection connection, string sql, object? args, CancellationToken ct) =>
        SqlMapper.QueryFirstOrDefaultAsync<T>(connection, Command(sql, args, ct));

    /// <summary>The first column of the first row, or <c>default</c> where there is no row or no value.</summary>
    public static Task<T?> ScalarAsync<T>(this NpgsqlConnection connection, string sql, object? args, CancellationToken ct) =>
        SqlMapper.ExecuteScalarAsync<T>(connection, Command(sql, args, ct));

    /// <summary>How many rows were written.</summary>
    public static Task<int> ExecuteAsync(this NpgsqlConnection connection, string sql, object? args, CancellationToken ct) =>
        SqlMapper.ExecuteAsync(connection, Command(sql, args, ct));

    /// <inheritdoc cref="QueryAsync{T}(NpgsqlConnection, string, object?, CancellationToken)"/>
    public static async Task<List<T>> QueryAsync<T>(this NpgsqlDataSource database, string sql, object? args, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await connection.QueryAsync<T>(sql, args, ct);
    }

    /// <inheritdoc cref="QuerySingleAsync{T}(NpgsqlConnection, string, object?, CancellationToken)"/>
    public static async Task<T> QuerySingleAsync<T>(this NpgsqlDataSource database, string sql, object? args, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await connection.QuerySingleAsync<T>(sql, args, ct);
    }

    /// <inheritdoc cref="QueryFirstOrDefaultAsync{T}(NpgsqlConnection, string, object?, CancellationToken)"/>
    public static async Task<T?> QueryFirstOrDefaultAsync<T>(this NpgsqlDataSource database, string sql, object? args, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await connection.QueryFirstOrDefaultAsync<T>(sql, args, ct);
    }

    /// <inheritdoc cref="ScalarAsync{T}(NpgsqlConnection, string, object?, CancellationToken)"/>
    public static async Task<T?> ScalarAsync<T>(this NpgsqlDataSource database, string sql, object? args, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await connection.ScalarAsync<T>(sql, args, ct);
    }

    /// <inheritdoc cref="ExecuteAsync(NpgsqlConnection, string, object?, CancellationToken)"/>
    public static async Task<int> ExecuteAsync(this NpgsqlDataSource database, string sql, object? args, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await connection.ExecuteAsync(sql, args, ct);
    }

    /// <summary>A parameter whose type in PostgreSQL its .NET type does not say: <c>jsonb</c>, <c>numeric</c>, a null.</summary>
    public static SqlMapper.ICustomQueryParameter Typed(object? value, NpgsqlDbType type) => new TypedParameter(value, type);

    /// <summary>A value that is stored as <c>jsonb</c>: its JSON as text or as UTF-8.</summary>
    public static SqlMapper.ICustomQueryParameter Jsonb(object? json) => new TypedParameter(json, NpgsqlDbType.Jsonb);

    /// <summary>A column of a set of rows, as an array that the statement unnests.</summary>
    public static SqlMapper.ICustomQueryParameter Column<TRow, T>(IReadOnlyCollection<TRow> rows, NpgsqlDbType type, Func<TRow, T> value)
    {
        var values = new T[rows.Count];
        var i = 0;
        foreach (var row in rows) values[i++] = value(row);
        return new TypedParameter(values, NpgsqlDbType.Array | type);
    }

    /// <summary>
    /// Has a type of ours read from text and written as text. Whoever selects a number of any size says <c>::text</c>,
    /// whoever stores it <c>::numeric</c>. Called once when a service starts.
    /// </summary>
    public static void AddText<T>(Func<string, T> parse) where T : notnull => SqlMapper.AddTypeHandler(new TextHandler<T>(parse));

    private static CommandDefinition Command(string sql, object? args, CancellationToken ct) => new(sql, args, cancellationToken: ct);

    private sealed class TypedParameter(object? value, NpgsqlDbType type) : SqlMapper.ICustomQueryParameter
    {
        public void AddParameter(IDbCommand command, string name) =>
            command.Parameters.Add(new NpgsqlParameter(name, type) { Value = value ?? DBNull.Value });
    }

    private sealed class TextHandler<T>(Func<string, T> parse) : SqlMapper.TypeHandler<T> where T : notnull
    {
        public override T Parse(object value) => parse((string)value);

        public override void SetValue(IDbDataParameter parameter, T? value) => parameter.Value = (object?)value?.ToString() ?? DBNull.Value;
    }

    /// <summary>Always <c>timestamptz</c>, a null too; written in UTC, which is all that Npgsql takes.</summary>
    private sealed class InstantHandler : SqlMapper.ITypeHandler
    {
        public object Parse(Type destinationType, object value) =>
            value is DateTimeOffset instant ? instant : new DateTimeOffset((DateTime)value);

        public void SetValue(IDbDataParameter parameter, object value)
        {
            ((NpgsqlParameter)parameter).NpgsqlDbType = NpgsqlDbType.TimestampTz;
            parameter.Value = value is DateTimeOffset instant ? instant.ToUniversalTime() : DBNull.Value;
        }
    }
}
