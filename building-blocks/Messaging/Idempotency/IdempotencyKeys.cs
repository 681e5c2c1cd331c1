using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using ServiceDefaults;

namespace Messaging;

/// <summary>
/// One row for each key of a user. Whoever inserts it runs the request; the answer is stored by the transaction of the
/// write, which fails if the claim was lost meanwhile. All times are the database's, so processes need not agree on one.
/// </summary>
public sealed class IdempotencyKeys(NpgsqlDataSource database, IOptions<IdempotencyOptions> options) : IIdempotencyKeys
{
    private const int Attempts = 5;

    public async Task<KeyState> ClaimAsync(Guid userId, string key, byte[] request, CancellationToken ct)
    {
        var claim = new IdempotentRequest(userId, key, Guid.CreateVersion7());
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            if (await TakeAsync(claim, request, ct)) return new KeyState.Claimed(claim);
            if (await FindAsync(claim, request, ct) is { } found) return found;
            // Given up in between.
        }

        return new KeyState.Running();
    }

    public async Task KeepAsync(IdempotentRequest request, KeptAnswer answer, Guid? walletId, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await KeepAsync(connection, request, answer, walletId, ct);
    }

    /// <summary>Keeps the answer in the transaction that the connection is in.</summary>
    /// <exception cref="DomainException"><c>request-in-progress</c>: another run has taken over.</exception>
    public static async Task KeepAsync(NpgsqlConnection connection, IdempotentRequest request, KeptAnswer answer, Guid? walletId,
        CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("""
            update idempotency_keys set status = $4, location = $5, body = $6, wallet_id = $7
            where user_id = $1 and key = $2 and claim = $3 and status is null
            """, connection);
        Identify(command, request);
        command.Parameters.Add(new() { Value = answer.Status });
        command.Parameters.Add(new() { Value = (object?)answer.Location ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Varchar });
        command.Parameters.Add(new() { Value = answer.Body.ToArray() });
        command.Parameters.Add(new() { Value = (object?)walletId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        if (await command.ExecuteNonQueryAsync(ct) == 0)
            throw new DomainException("request-in-progress",
                "This request took too long and was taken over by its repetition.")
            { RetryAfter = TimeSpan.FromSeconds(1) };
    }

    public async Task ReleaseAsync(IdempotentRequest request)
    {
        try
        {
            await using var command = database.CreateCommand(
                "delete from idempotency_keys where user_id = $1 and key = $2 and claim = $3 and status is null");
            Identify(command, request);
            await command.ExecuteNonQueryAsync(CancellationToken.None);
        }
        catch (NpgsqlException)
        {
            // Then it is given up when its time is over.
        }
    }

    /// <summary>Deletes a wallet's answers but keeps their keys: a late repetition must not make it again.</summary>
    public static async Task ForgetAsync(NpgsqlConnection connection, Guid walletId, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "update idempotency_keys set location = null, body = null, request = '' where wallet_id = $1", connection);
        command.Parameters.Add(new() { Value = walletId });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Deletes some of the keys whose time is over; how many.</summary>
    internal async Task<int> SweepAsync(CancellationToken ct)
    {
        await using var command = database.CreateCommand("""
            delete from idempotency_keys where (user_id, key) in (
                select user_id, key from idempotency_keys where expires_at <= now() order by expires_at limit 1000 for update skip locked)
            """);
        return await command.ExecuteNonQueryAsync(ct);
    }

    private async Task<bool> TakeAsync(IdempotentRequest claim, byte[] request, CancellationToken ct)
    {
        await using var command = database.CreateCommand("""
            insert into idempotency_keys as k (user_id, key, claim, request, claimed_until, expires_at)
            values ($1, $2, $3, $4, now() + $5, now() + $6)
            on conflict (user_id, key) do update set
                claim = excluded.claim, request = excluded.request, claimed_until = excluded.claimed_until, expires_at = excluded.expires_at,
                status = null, location = null, body = null, wallet_id = null
            where k.expires_at <= now() or (k.status is null and k.claimed_until <= now())
            """);
        Identify(command, claim);
        command.Parameters.Add(new() { Value = request });
        command.Parameters.Add(new() { Value = options.Value.ClaimFor });
        command.Parameters.Add(new() { Value = options.Value.KeepFor });
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }

    private async Task<KeyState?> FindAsync(IdempotentRequest claim, byte[] request, CancellationToken ct)
    {
        // The log's head covers the write, whichever position it got.
        await using var command = database.CreateCommand("""
            select request, status, location, body, (select coalesce(max(seq_id), 0) from mt_events)
            from idempotency_keys where user_id = $1 and key = $2
            """);
        command.Parameters.Add(new() { Value = claim.UserId });
        command.Parameters.Add(new() { Value = claim.Key });
        await using var row = await command.ExecuteReaderAsync(ct);
        if (!await row.ReadAsync(ct)) return null;

        if (row.GetFieldValue<byte[]>(0) is { Length: > 0 } first && !first.AsSpan().SequenceEqual(request)) return new KeyState.Reused();
        if (row.IsDBNull(1)) return new KeyState.Running();
        return new KeyState.Answered(
            row.IsDBNull(3) ? null : new(row.GetInt32(1), row.IsDBNull(2) ? null : row.GetString(2), row.GetFieldValue<byte[]>(3)), row.GetInt64(4));
    }

    private static void Identify(NpgsqlCommand command, IdempotentRequest request)
    {
        command.Parameters.Add(new() { Value = request.UserId });
        command.Parameters.Add(new() { Value = request.Key });
        command.Parameters.Add(new() { Value = request.Claim });
    }
}
