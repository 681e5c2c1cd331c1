using System.Text.Json;
using Chains;
using Contracts;
using Npgsql;
using Postgres;

namespace Sync.Reconciliation;

/// <summary>
/// A provider's sum differs from what is known. Who is right is decided when a round agrees again: then somebody returned
/// something untrue, and is named. <c>OwnHistory</c>: the sum and all that was known came from this one provider.
/// </summary>
internal sealed record Dispute(
    string Provider, Amount Balance, long? Transactions, string TipHash, bool OwnHistory, IReadOnlyList<BalanceDifference> Differences)
{
    public static Dispute? Read(string? stored) => stored is null ? null : JsonSerializer.Deserialize<Dispute>(stored);

    public string Write() => JsonSerializer.Serialize(this);

    /// <summary>
    /// Whose answer was untrue, given what everything comes to at last. Null where that cannot be said: the chain moved on
    /// meanwhile, or nobody is known to have said otherwise.
    /// </summary>
    public string? Untrue(Amount balance, long? transactions, string tipHash, string by, string? verifiedBy)
    {
        if (tipHash != TipHash) return null;
        var untrue = OwnHistory || (balance, transactions) != (Balance, Transactions) ? Provider : verifiedBy;
        return untrue == by && !OwnHistory ? null : untrue;
    }

    /// <summary>Counts in the caller's work that a provider was contradicted, and by whom.</summary>
    public static Task CountAsync(NpgsqlConnection connection, string network, string untrue, string by, DateTimeOffset now, CancellationToken ct) =>
        connection.ExecuteAsync("""
            insert into provider_contradictions as p (network, provider, times, last_at, last_by) values (@network, @untrue, 1, @now, @by)
            on conflict (network, provider) do update set times = p.times + 1, last_at = excluded.last_at, last_by = excluded.last_by
            """, new { network, untrue, now, by }, ct);
}
