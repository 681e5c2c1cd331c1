using EventSourcing;
using Messaging;
using Npgsql;

namespace Wallets;

/// <summary>A deleted wallet whose turn it is, with the version of its stream and where in the log it was deleted.</summary>
internal sealed record Erasure(Guid WalletId, int Attempts, StreamHead Deleted);

/// <summary>The deleted wallets that are still to be erased: who is next, why it waits, and the end.</summary>
internal sealed class Erasures(NpgsqlDataSource database, EventStore store)
{
    // Longer than asking every service may take, so that only the wallet of a process that died is taken over.
    private static readonly TimeSpan Claim = TimeSpan.FromSeconds(30);

    /// <summary>Takes the next wallet that is due, for this process alone for a while; null when none is.</summary>
    public async Task<Erasure?> TakeAsync(DateTimeOffset now, CancellationToken ct)
    {
        var taken = await database.FirstAsync("""
            update erasures set next_try = $2, attempts = attempts + 1
            where wallet_id = (select wallet_id from erasures where next_try <= $1 order by next_try limit 1 for update skip locked)
            returning wallet_id, attempts
            """, [now, now + Claim], row => new Erasure(row.GetGuid(0), row.GetInt32(1), default), ct);
        if (taken is null) return null;

        // Nothing is appended to a deleted wallet, so its newest event is its deletion.
        var deleted = await store.StreamHeadAsync(StreamName.Of(Wallet.Category, taken.WalletId), ct);
        return taken with { Deleted = deleted ?? throw new InvalidOperationException($"The stream of wallet {taken.WalletId} is gone.") };
    }

    public async Task WaitAsync(Guid walletId, DateTimeOffset nextTry, string reason, CancellationToken ct)
    {
        await using var command = database.CreateCommand("update erasures set next_try = $2, reason = $3 where wallet_id = $1");
        command.Parameters.Add(new() { Value = walletId });
        command.Parameters.Add(new() { Value = nextTry });
        command.Parameters.Add(new() { Value = reason });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Leaves only the tombstone; false when another process was faster.</summary>
    public async Task<bool> FinishAsync(Erasure erasure, CancellationToken ct)
    {
        var deletion = await DeletionOfAsync(erasure.WalletId, ct);
        await using var work = await store.BeginAsync(ct);
        await using (var command = new NpgsqlCommand("delete from erasures where wallet_id = $1", work.Connection))
        {
            command.Parameters.Add(new() { Value = erasure.WalletId });
            if (await command.ExecuteNonQueryAsync(ct) == 0) return false;
        }

        await IdempotencyKeys.ForgetAsync(work.Connection, erasure.WalletId, ct);
        await ImportRows.ForgetAsync(work.Connection, erasure.WalletId, ct);
        await SourceRows.ForgetAsync(work.Connection, erasure.WalletId, ct);
        await work.PurgeAsync(Wallet.Category, erasure.WalletId, ct);
        await work.RecordAsync(
            Wallet.Category, erasure.WalletId, [new WalletEvent.WalletErased(erasure.WalletId) { Deletion = deletion }], erasure.Deleted.Version,
            by: null, ct);
        await work.CommitAsync(ct);
        return true;
    }

    /// <summary>How many there are, and since when the oldest one is.</summary>
    public async Task<(long Number, TimeSpan Age)> WaitingAsync(DateTimeOffset now, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select count(*), greatest($1 - coalesce(min(since), $1), interval '0') from erasures");
        command.Parameters.Add(new() { Value = now });
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return (reader.GetInt64(0), reader.GetFieldValue<TimeSpan>(1));
    }

    private async Task<Deletion?> DeletionOfAsync(Guid walletId, CancellationToken ct)
    {
        var owner = Guid.Empty;
        await foreach (var stored in store.ReadStreamAsync(StreamName.Of(Wallet.Category, walletId), ct))
        {
            if (stored.Data is WalletEvent.WalletCreated made) owner = made.OwnerId;
            else if (stored.Data is WalletEvent.WalletDeleted deleted) return new(stored.Id, owner, deleted.At, deleted.By);
        }

        // Another process was faster.
        return null;
    }
}
