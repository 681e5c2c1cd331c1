using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using ServiceDefaults;

namespace Wallets;

/// <summary>Tells the gateway what the share whose token has this hash shows, if it is good at this moment, and otherwise why it is not.</summary>
internal static class VerifyShare
{
    public sealed record Request(string Hash);

    /// <summary>As a key is told, so that the gateway takes one for the other: the share's id stands for the key's, and it has no scope.</summary>
    public sealed record Verified(
        Guid KeyId, Guid UserId, IReadOnlyList<string> Scopes, IReadOnlyList<Guid>? WalletIds, DateTimeOffset? ExpiresAt, ShareTerms Share);

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/internal/shares/verify", async Task<Ok<Verified>> (
                Request request, NpgsqlDataSource database, TimeProvider time, ILogger<Verified> log, CancellationToken ct) =>
            {
                var now = time.Now();
                var found = await database.FirstAsync("""
                    select s.share_id, s.owner_id, s.wallet_ids, s.expires_at, s.label, s.shows, u.last_used_at, s.revoked_at is not null,
                           o.disabled_at is not null
                    from shares s
                    left join api_key_uses u on u.key_id = s.share_id
                    left join users o on o.user_id = s.owner_id
                    where s.hash = $1
                    """, [request.Hash], Read, ct) ?? throw new DomainException("share-not-found", "There is no such share.");
                if (found.IsRevoked) throw NoLonger("key-revoked", "The share was revoked.");
                if (found.IsDisabled) throw NoLonger("user-disabled", "The user who shares was disabled.");
                if (found.Share.ExpiresAt <= now) throw NoLonger("key-expired", "The share has ended.");

                if (found.LastUsedAt is not { } last || now - last >= TimeSpan.FromMinutes(1))
                    await VerifyApiKey.NoteUseAsync(database, found.Share.KeyId, now, log, ct);
                return TypedResults.Ok(found.Share);
            })
            .InternalOnly("gateway");

    private static Row Read(NpgsqlDataReader row) => new(
        new(row.GetGuid(0), row.GetGuid(1), [], row.Maybe<Guid[]>(2), row.MaybeTime(3),
            new(row.GetString(4), row.GetString(5) == Shows.Amounts, row.MaybeTime(3))),
        row.MaybeTime(6), row.GetBoolean(7), row.GetBoolean(8));

    private static DomainException NoLonger(string code, string detail) => new("share-not-found", detail, [new("/hash", code, detail)]);

    private sealed record Row(Verified Share, DateTimeOffset? LastUsedAt, bool IsRevoked, bool IsDisabled);
}
