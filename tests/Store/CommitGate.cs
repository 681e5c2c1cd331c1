using Npgsql;
using Testing;

namespace Store;

/// <summary>
/// Holds appends to one stream inside their commit, after everything is written and before anybody sees it, until it is
/// opened: a deferred trigger waits for a lock that the gate holds.
/// </summary>
internal sealed class CommitGate : IAsyncDisposable
{
    private const long LogLock = 7305148120;
    private const long GateLock = 1;

    private readonly NpgsqlDataSource dataSource;
    private readonly NpgsqlConnection holder;

    private CommitGate(NpgsqlDataSource dataSource, NpgsqlConnection holder)
    {
        this.dataSource = dataSource;
        this.holder = holder;
    }

    public static async Task<CommitGate> CloseAsync(NpgsqlDataSource dataSource, string stream)
    {
        await using (var command = dataSource.CreateCommand($"""
            create or replace function wait_at_gate() returns trigger language plpgsql as $$
            begin
                perform pg_advisory_xact_lock_shared({GateLock});
                return null;
            end $$;
            drop trigger if exists gate on mt_events;
            create constraint trigger gate after insert on mt_events deferrable initially deferred
                for each row when (new.stream_id = '{stream}') execute function wait_at_gate();
            """))
        {
            await command.ExecuteNonQueryAsync();
        }

        var gate = new CommitGate(dataSource, await dataSource.OpenConnectionAsync());
        await gate.HolderAsync($"select pg_advisory_lock({GateLock})");
        return gate;
    }

    public Task OpenAsync() => HolderAsync($"select pg_advisory_unlock({GateLock})");

    /// <summary>The backend that stands at the gate, in the middle of its commit.</summary>
    public Task<int> WaiterAsync() => WaiterAsync(GateLock);

    /// <summary>Whether somebody waits for the log's lock.</summary>
    public async Task<bool> LogIsAwaitedAsync() => await FindWaiterAsync(LogLock) != 0;

    public async ValueTask DisposeAsync()
    {
        // Unlocks whether it was opened or not.
        await HolderAsync("select pg_advisory_unlock_all()");
        await holder.DisposeAsync();
        await using var command = dataSource.CreateCommand("drop trigger if exists gate on mt_events");
        await command.ExecuteNonQueryAsync();
    }

    private Task<int> WaiterAsync(long key) =>
        Eventually.Get(() => FindWaiterAsync(key), pid => pid != 0, "an append stands in its commit");

    private async Task<int> FindWaiterAsync(long key)
    {
        await using var command = dataSource.CreateCommand("""
            select coalesce(max(pid), 0) from pg_locks
            where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())
                and (classid::bigint << 32) + objid::bigint = $1
            """);
        command.Parameters.Add(new() { Value = key });
        return (int)(await command.ExecuteScalarAsync())!;
    }

    private async Task HolderAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, holder);
        await command.ExecuteNonQueryAsync();
    }
}
