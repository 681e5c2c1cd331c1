using Npgsql;

namespace Portfolio.Rebuilding;

/// <summary>
/// Which of the service's tables are projections, made of the sources' logs alone and so made anew at will, and which are
/// records, that nothing could make again. A table that is neither is refused: nobody has said whether it may be replaced.
/// </summary>
internal static class ReadModel
{
    /// <summary>Tables that a rebuild makes, compares and may put in place.</summary>
    public static readonly IReadOnlyList<string> Projections =
    [
        "wallets", "addresses", "ledgers", "ledger_trackers", "balances", "transactions", "transaction_details",
        "pending_transactions", "balance_days", "balance_spans", "balance_stretches", "chain_tips", "assets",
        "transaction_labels",
    ];

    /// <summary>
    /// Columns that only bound a search, so that a wider bound is as right: a database that began before they did never
    /// saw what a reorganisation had already taken back, nor when addresses were imported.
    /// </summary>
    public static readonly IReadOnlyDictionary<string, string> Bounds = new Dictionary<string, string>
    {
        ["balance_days"] = "'lowest', 'highest'",
        ["balance_spans"] = "'lowest', 'highest'",
        ["ledger_trackers"] = "'anchor_height'",
    };

    /// <summary>Tables that a rebuild never touches.</summary>
    public static readonly IReadOnlyList<string> Records =
    [
        "deposits", "told_balances", "address_imports", "feed_marks", "feed_facts", "feed_goings",
        "webhooks", "webhook_tail", "webhook_deliveries", "webhook_attempts", "webhook_replays", "idempotency_keys", "asset_verdicts",
        "daily_prices", "latest_prices", "price_gaps", "exchange_rates", "price_sources", "manual_prices",
    ];

    private const string Described = $"""
        select c.relname::text,
               coalesce(array(
                   select a.attname::text from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
                   where i.indrelid = c.oid and i.indisprimary order by array_position(i.indkey::int2[], a.attnum)), array[]::text[]),
               exists (select from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal)
                   or exists (select from pg_attribute a join pg_type t on t.oid = a.atttypid
                              where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and t.typnamespace <> 'pg_catalog'::regnamespace)
        from pg_class c
        where c.relnamespace = $1::regnamespace and c.relkind in ('r', 'p') and c.relname <> '{RebuiltSchema.RunTable}'
          and c.relname <> all (select unnest(machinery) from {RebuiltSchema.Name}.{RebuiltSchema.RunTable})
        order by c.relname
        """;

    /// <summary>The projections as a schema has them, with the columns of their primary keys.</summary>
    /// <exception cref="RebuildException">A table is of unknown kind, or cannot be compared or moved.</exception>
    public static async Task<IReadOnlyList<ProjectionTable>> TablesAsync(NpgsqlConnection connection, string schema, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(Described, connection);
        command.Parameters.Add(new() { Value = schema });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var tables = new List<ProjectionTable>();
        while (await reader.ReadAsync(ct))
        {
            var (name, key) = (reader.GetString(0), reader.GetFieldValue<string[]>(1));
            if (Records.Contains(name)) continue;
            if (!Projections.Contains(name))
                throw new RebuildException($"The table '{name}' is neither a projection nor a record: {nameof(ReadModel)} must say which.");
            if (key.Length == 0) throw new RebuildException($"The projection '{name}' has no primary key to compare its rows by.");
            if (reader.GetBoolean(2))
                throw new RebuildException($"The projection '{name}' has triggers or types of its own, which a swap would leave behind.");
            tables.Add(new ProjectionTable(name, key));
        }

        return Projections.Except(tables.Select(table => table.Name)).FirstOrDefault() is { } missing
            ? throw new RebuildException($"The projection '{missing}' is not there.")
            : tables;
    }
}

/// <summary>A projection with the columns of its primary key.</summary>
internal sealed record ProjectionTable(string Name, IReadOnlyList<string> Key);

/// <summary>A rebuild could not do what it was asked; the message says why.</summary>
internal sealed class RebuildException(string message) : Exception(message);
