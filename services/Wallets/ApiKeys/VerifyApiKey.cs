using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using ServiceDefaults;

namespace Wallets;

/// <summary>
/// Tells the gateway whose key has this hash, if it is good at this moment, and otherwise why it is not: only who holds
/// the whole key can ask. Of a key that has proved itself before, as a ticket says, the gateway asks by its id.
/// </summary>
internal static class VerifyApiKey
{
    public sealed record Request(string? Hash = null, Guid? KeyId = null);

    /// <param name="Name">What the user is called.</param>
    /// <param name="SessionOf">Of a session: the key or the link that it was begun with.</param>
    public sealed record Verified(
        Guid KeyId, Guid UserId, IReadOnlyList<string> Scopes, IReadOnlyList<Guid>? WalletIds, DateTimeOffset? ExpiresAt, string? Name = null,
        Guid? SessionOf = null);

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/internal/api-keys/verify", async Task<Ok<Verified>> (
                Request request, NpgsqlDataSource database, TimeProvider time, ILogger<Verified> log, CancellationToken ct) =>
            {
                var now = time.Now();
                var found = request.KeyId is { } id
                    ? await ReadAsync(database, "key_id", id, now, ct) : await ReadAsync(database, "hash", request.Hash ?? "", now, ct);
                if (found.LastUsedAt is not { } last || now - last >= TimeSpan.FromMinutes(1))
                    await NoteUseAsync(database, found.Key.KeyId, now, log, ct);
                return TypedResults.Ok(found.Key);
            })
            .InternalOnly("gateway");

    /// <summary>The key that has this in a column of its own, if it is good at this moment.</summary>
    /// <exception cref="DomainException"><c>key-not-found</c>, with the reason where it is one no longer.</exception>
    public static async Task<Verified> FindAsync(NpgsqlDataSource database, string column, object value, DateTimeOffset now, CancellationToken ct) =>
        (await ReadAsync(database, column, value, now, ct)).Key;

    private static async Task<Row> ReadAsync(NpgsqlDataSource database, string column, object value, DateTimeOffset now, CancellationToken ct)
    {
        // A session is as good as the key that it was begun with.
        var found = await database.FirstAsync($"""
            select k.key_id, k.user_id, k.scopes, k.wallet_ids, least(k.expires_at, p.expires_at), u.last_used_at,
                   coalesce(k.revoked_at, p.revoked_at) is not null, o.disabled_at is not null, o.email, k.session_of
            from api_keys k
            left join api_keys p on p.key_id = k.session_of
            left join api_key_uses u on u.key_id = k.key_id
            left join users o on o.user_id = k.user_id
            where k.{column} = $1
            """, [value], Read, ct) ?? throw new DomainException("key-not-found", "There is no such key.");
        if (found.IsRevoked) throw NoLonger("key-revoked", "The key was revoked.");
        if (found.IsDisabled) throw NoLonger("user-disabled", "The user of the key was disabled.");
        if (found.Key.ExpiresAt <= now) throw NoLonger("key-expired", "The key has expired.");
        return found;
    }

    private static Row Read(NpgsqlDataReader row) => new(
        new(row.GetGuid(0), row.GetGuid(1), row.GetFieldValue<string[]>(2), row.Maybe<Guid[]>(3), row.MaybeTime(4), row.Maybe<string>(8),
            row.IsDBNull(9) ? null : row.GetGuid(9)),
        row.MaybeTime(5), row.GetBoolean(6), row.GetBoolean(7));

    private static DomainException NoLonger(string code, string detail) => new("key-not-found", detail, [new("/hash", code, detail)]);

    public static async Task NoteUseAsync(NpgsqlDataSource database, Guid keyId, DateTimeOffset now, ILogger log, CancellationToken ct)
    {
        try
        {
            await using var command = database.CreateCommand("""
                insert into api_key_uses (key_id, last_used_at) values ($1, $2)
                on conflict (key_id) do update set last_used_at = greatest(api_key_uses.last_used_at, excluded.last_used_at)
                """);
            command.Parameters.Add(new() { Value = keyId });
            command.Parameters.Add(new() { Value = now });
            await command.ExecuteNonQueryAsync(ct);
        }
        catch (NpgsqlException e)
        {
            // A database that takes no writes can still answer reads, and those need the key.
            log.LogWarning("The use of key {Key} could not be noted: {Reason}", keyId, e.Message);
        }
    }

    private sealed record Row(Verified Key, DateTimeOffset? LastUsedAt, bool IsRevoked, bool IsDisabled);
}
