using Npgsql;

namespace Portfolio.Rebuilding;

/// <summary>Puts the rebuilt tables and the checkpoints they stand for in the live ones' place, in one transaction.</summary>
internal sealed class Swap(Rebuild rebuild)
{
    private const string Replaced = "replaced";
    private const int Tries = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    public async Task RunAsync(IReadOnlyList<ProjectionTable> tables, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await rebuild.MeetAsync(atHead: true, guard => PutInPlaceAsync(guard, tables, ct), ct);
                return;
            }
            catch (PostgresException e) when (attempt < Tries
                && e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
            {
                // Readers were in the way, and would have had to wait behind this.
                await Task.Delay(Pause, ct);
            }
        }
    }

    // What the live inbox had not heard yet it has not left for the announcer either, and will not hear again. A mark waits for an announcer
    // that is looking at it, as an inbox's does.
    private static string Carried(string records, string columns, string kept = "do nothing", string only = "") => $"""
        insert into public.{records} ({columns}) select {columns} from {RebuiltSchema.Name}.{records}
        where exists (select from public.inbox_checkpoints l join {RebuiltSchema.Name}.inbox_checkpoints r on r.source = l.source
            where {only} l.read_to < r.read_to)
        on conflict {kept};
        """;

    private static async Task<bool> PutInPlaceAsync(NpgsqlConnection guard, IReadOnlyList<ProjectionTable> tables, CancellationToken ct)
    {
        var live = string.Join(", ", tables.Select(table => $"public.{table.Name}"));
        var old = string.Join(", ", tables.Select(table => $"{Replaced}.{table.Name}"));
        var moves = tables.Select(table => $"""
            alter table public.{table.Name} set schema {Replaced};
            alter table {RebuiltSchema.Name}.{table.Name} set schema public;
            """);
        // Dropped without cascade: whatever else hangs on a live table makes the swap fail, not vanish.
        await using var command = new NpgsqlCommand($"""
            set local lock_timeout = '2s';
            {Carried("feed_marks", "ledger_id, txid", "(ledger_id, txid) do update set marked_at = public.feed_marks.marked_at")}
            {Carried("feed_goings", "id, owner_id")}
            {Carried("address_imports", "address_id, wallet_id, ledger_id")}
            {Carried("feed_facts", "id, wallet_id, kind, data, position", only: "l.source = 'sync' and feed_facts.position > l.read_to and")}
            lock table {live} in access exclusive mode;
            create schema {Replaced};
            {string.Join('\n', moves)}
            update public.inbox_checkpoints l set position = r.position, read_to = r.read_to, updated_at = now()
            from {RebuiltSchema.Name}.inbox_checkpoints r where r.source = l.source;
            drop table {old};
            drop schema {Replaced};
            drop schema {RebuiltSchema.Name} cascade
            """, guard) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(ct);
        return true;
    }
}
