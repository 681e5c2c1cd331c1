using Npgsql;
using NpgsqlTypes;
using Postgres;
using ServiceDefaults;

namespace Wallets;

/// <summary>An import that somebody works on, for this process alone for a while.</summary>
internal sealed record TakenImport(Guid Id, Guid OwnerId, Guid? KeyId, IReadOnlySet<Guid>? Wallets, bool DryRun, string Kind)
{
    /// <summary>Who sent it, with what their key may touch.</summary>
    public Caller Caller { get; } = new(OwnerId, KeyId ?? OwnerId, new HashSet<string> { Scopes.WalletsWrite }, Wallets);
}

/// <summary>The stored imports: whose turn it is, which rows wait, and what became of them.</summary>
internal sealed class ImportRows(NpgsqlDataSource database)
{
    // Longer than a batch may take, so that only the import of a process that died is taken over.
    private static readonly TimeSpan Claim = TimeSpan.FromMinutes(1);

    /// <summary>Stores an import with its rows, those refused already with their verdicts.</summary>
    public static async Task InsertAsync(
        NpgsqlConnection connection, Guid id, string kind, Caller caller, bool dryRun, IReadOnlyList<PlannedRow> rows, DateTimeOffset at,
        CancellationToken ct)
    {
        await connection.ExecuteAsync("""
            insert into imports (import_id, kind, owner_id, key_id, wallets, dry_run, created_at, total)
            values (@id, @kind, @owner, @key, @wallets, @dryRun, @at, @total)
            """, new
        {
            id, kind, owner = caller.UserId, key = Actor.Of(caller).KeyId,
            wallets = Sql.Typed(caller.Wallets?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid),
            dryRun, at, total = rows.Count,
        }, ct);
        await using var copy = await connection.BeginBinaryImportAsync("""
            copy import_rows (import_id, line, kind, wallet, network, address, label, tags, note, origin, verdict, code, detail, pointer)
            from stdin (format binary)
            """, ct);
        foreach (var row in rows)
        {
            await copy.StartRowAsync(ct);
            await copy.WriteAsync(id, NpgsqlDbType.Uuid, ct);
            await copy.WriteAsync(row.Line, NpgsqlDbType.Integer, ct);
            await Write(row.Kind);
            await Write(row.Wallet);
            await Write(row.Place?.Network);
            await Write(row.Place?.Text);
            await Write(row.Label);
            await copy.WriteAsync(row.Tags.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Varchar, ct);
            await Write(row.Note);
            await Write(row.Origin);
            await Write(row.Refused is null ? null : Verdicts.Refused);
            await Write(row.Refused?.Code);
            await Write(row.Refused?.Detail);
            await Write(row.Refused?.Pointer);
        }

        await copy.CompleteAsync(ct);

        Task Write(string? text) => text is null ? copy.WriteNullAsync(ct) : copy.WriteAsync(text, NpgsqlDbType.Varchar, ct);
    }

    /// <summary>Takes the import that has waited longest for its next rows; null when none does.</summary>
    public Task<TakenImport?> TakeAsync(DateTimeOffset now, CancellationToken ct) => database.FirstAsync("""
        update imports set claimed_until = $2
        where import_id = (select import_id from imports where finished_at is null and claimed_until <= $1
                           order by claimed_until, created_at limit 1 for update skip locked)
        returning import_id, owner_id, key_id, wallets, dry_run, kind
        """, [now, now + Claim],
        row => new TakenImport(
            row.GetGuid(0), row.GetGuid(1), row.IsDBNull(2) ? null : row.GetGuid(2), row.Maybe<Guid[]>(3)?.ToHashSet(), row.GetBoolean(4),
            row.GetString(5)),
        ct);

    /// <summary>Lets it go again, behind all others that wait.</summary>
    public Task LeaveAsync(Guid id, DateTimeOffset now, CancellationToken ct) => database.ExecuteAsync(
        "update imports set claimed_until = @now where import_id = @id", new { id, now }, ct);

    /// <summary>The next rows without a verdict.</summary>
    public async Task<IReadOnlyList<WaitingRow>> WaitingAsync(Guid id, int most, CancellationToken ct)
    {
        await using var command = database.CreateCommand("""
            select line, wallet, network, address, label, tags, kind, note, origin from import_rows
            where import_id = $1 and verdict is null order by line limit $2
            """);
        command.Parameters.Add(new() { Value = id });
        command.Parameters.Add(new() { Value = most });
        await using var row = await command.ExecuteReaderAsync(ct);
        var rows = new List<WaitingRow>();
        while (await row.ReadAsync(ct))
        {
            rows.Add(new(
                row.GetInt32(0), row.Maybe<string>(1) ?? "", new(row.GetString(2), row.GetString(3)), row.Maybe<string>(4),
                row.GetFieldValue<string[]>(5))
            {
                Kind = row.Maybe<string>(6), Note = row.Maybe<string>(7), Origin = row.Maybe<string>(8),
            });
        }

        return rows;
    }

    /// <summary>What rows before these would have added to the wallet that they name alike, in a dry run.</summary>
    public async Task<IReadOnlyList<ChainAddress>> PretendedAsync(Guid id, string wallet, CancellationToken ct)
    {
        var rows = await database.QueryAsync<(string Network, string Address)>("""
            select network, address from import_rows where import_id = @id and verdict = 'imported' and wallet = @wallet
            """, new { id, wallet }, ct);
        return [.. rows.Select(row => new ChainAddress(row.Network, row.Address))];
    }

    /// <summary>
    /// Says what became of rows, once each; on a connection of its own, or in the transaction that made it so. What nobody asks for afterwards is
    /// forgotten: of every row its words, of a refused one, or one for a wallet that is gone, all but the verdict. The wallet is kept only where
    /// it is the sender's.
    /// </summary>
    public static Task JudgeAsync(NpgsqlConnection connection, Guid id, Guid? walletId, IReadOnlyList<Verdict> verdicts, CancellationToken ct) =>
        connection.ExecuteAsync("""
            with own as materialized (
                -- Its deletion waits, so that it finds these rows.
                select w.wallet_id from imports i join wallets w on w.owner_id = i.owner_id and w.wallet_id = @walletId
                where i.import_id = @id for key share of w
            )
            update import_rows r set verdict = n.verdict, code = n.code, detail = n.detail, pointer = n.pointer, address_id = n.address_id,
                wallet_id = (select wallet_id from own), label = null, tags = null, note = null, origin = null,
                wallet = case when kept.whole then r.wallet end, network = case when kept.whole then r.network end,
                address = case when kept.whole then r.address end
            from unnest(@lines, @words, @codes, @details, @pointers, @addresses) n (line, verdict, code, detail, pointer, address_id)
                cross join lateral (select n.verdict <> 'refused' and (@walletId is null or exists (select from own)) as whole) kept
            where r.import_id = @id and r.line = n.line and r.verdict is null
            """, new
        {
            id, walletId = Sql.Typed(walletId, NpgsqlDbType.Uuid),
            lines = Sql.Column(verdicts, NpgsqlDbType.Integer, one => one.Line), words = Sql.Column(verdicts, NpgsqlDbType.Varchar, one => one.Word),
            codes = Sql.Column(verdicts, NpgsqlDbType.Varchar, one => one.Refused?.Code),
            details = Sql.Column(verdicts, NpgsqlDbType.Varchar, one => one.Refused?.Detail),
            pointers = Sql.Column(verdicts, NpgsqlDbType.Varchar, one => one.Refused?.Pointer),
            addresses = Sql.Column(verdicts, NpgsqlDbType.Uuid, one => one.AddressId),
        }, ct);

    /// <inheritdoc cref="JudgeAsync(NpgsqlConnection, Guid, Guid?, IReadOnlyList{Verdict}, CancellationToken)"/>
    public async Task JudgeAsync(Guid id, Guid? walletId, IReadOnlyList<Verdict> verdicts, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await JudgeAsync(connection, id, walletId, verdicts, ct);
    }

    /// <summary>Ends an import whose rows all have their verdict; false when that was done already.</summary>
    public async Task<bool> FinishAsync(Guid id, DateTimeOffset now, CancellationToken ct) => await database.ExecuteAsync("""
        update imports i set finished_at = @now, imported = n.imported, present = n.present, refused = n.refused
        from (select count(*) filter (where verdict = 'imported') as imported, count(*) filter (where verdict = 'present') as present,
                     count(*) filter (where verdict = 'refused') as refused
              from import_rows where import_id = @id) n
        where i.import_id = @id and i.finished_at is null
          and not exists (select from import_rows r where r.import_id = @id and r.verdict is null)
        """, new { id, now }, ct) == 1;

    /// <summary>Forgets what was finished before then; true where there may be more.</summary>
    public async Task<bool> ForgetAsync(DateTimeOffset before, CancellationToken ct) => await database.ExecuteAsync("""
        delete from imports where import_id = (select import_id from imports where finished_at < @before order by finished_at limit 1)
        """, new { before }, ct) == 1;

    /// <summary>Forgets which rows went into a wallet, by its owner's order.</summary>
    public static Task ForgetAsync(NpgsqlConnection connection, Guid walletId, CancellationToken ct) =>
        connection.ExecuteAsync("delete from import_rows where wallet_id = @walletId", new { walletId }, ct);

    /// <summary>How many imports are not finished, and since when the oldest of them is.</summary>
    public Task<(long Number, TimeSpan Age)> OpenAsync(DateTimeOffset now, CancellationToken ct) => database.QuerySingleAsync<(long, TimeSpan)>(
        "select count(*), greatest(@now - coalesce(min(created_at), @now), interval '0') from imports where finished_at is null", new { now }, ct);
}
