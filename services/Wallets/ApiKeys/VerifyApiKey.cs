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

    public sealed record Verified(Guid KeyId, Guid UserId, IReadOnlyList<string> Scopes, IReadOnlyList<Guid>? WalletIds, DateTimeOffset? ExpiresAt);

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/internal/api-keys/verify", async Task<Ok<Verified>> (
                Request request, NpgsqlDataSource database, TimeProvider time, ILogger<Verified> log, CancellationToken ct) =>
            {
                var now = time.Now();
                var found = await database.FirstAsync($"""
                    select k.key_id, k.user_id, k.scopes, k.wallet_ids, k.expires_at, u.last_used_at, k.revoked_at is not null,
                           o.disabled_at is not null
                    from api_keys k
                    left join api_key_uses u on u.key_id = k.key_id
                    left join users o on o.user_id = k.user_id
                    where k.{(request.KeyId is null ? "hash" : "key_id")} = $1
                    """, [(object?)request.KeyId ?? request.Hash ?? ""], Read, ct)
                    ?? throw new DomainException("key-not-found", "There is no such key.");
                if (found.IsRevoked) throw NoLonger("key-revoked", "The key was revoked.");
                if (found.IsDisabled) throw NoLonger("user-disabled", "The user of the key was disabled.");
                if (found.Key.ExpiresAt <= now) throw NoLonger("key-expired", "The key has expired.");

                if (found.LastUsedAt is not { } last || now - last >= TimeSpan.FromMinutes(1))
                    await NoteUseAsync(database, found.Key.KeyId, now, log, ct);
                return TypedResults.Ok(found.Key);
            })
            .InternalOnly("gateway");

    private static Row Read(NpgsqlDataReader row) => new(
        new(row.GetGuid(0), row.GetGuid(1), row.GetFieldValue<string[]>(2), row.Maybe<Guid[]>(3), row.MaybeTime(4)), row.MaybeTime(5),
        row.GetBoolean(6), row.GetBoolean(7));

    private static DomainException NoLonger(string code, string detail) => new("key-not-found", detail, [new("/hash", code, detail)]);

    private static async Task NoteUseAsync(NpgsqlDataSource database, Guid keyId, DateTimeOffset now, ILogger log, CancellationToken ct)
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
