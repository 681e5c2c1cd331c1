using System.Text.Json;
using Chains;
using Contracts;
using Dapper;
using EventSourcing;
using Sync.Ledgers;
using Sync.Walks;

namespace Sync.Reconciliation;

/// <summary>
/// A provider's sum differs from what is known. Who is right is decided when a round agrees again: then somebody told
/// something untrue, and is named. <c>OwnHistory</c>: the sum and all that was known came from this one provider.
/// </summary>
internal sealed record Dispute(string Provider, Amount Balance, long? Transactions, string TipHash, bool OwnHistory, IReadOnlyList<BalanceDifference> Differences)
{
    public static Dispute? Read(string? stored) => stored is null ? null : JsonSerializer.Deserialize<Dispute>(stored);

    public string Write() => JsonSerializer.Serialize(this);

    /// <summary>
    /// Who told something untrue, given what everything comes to at last. Null where that cannot be said: the chain moved on
    /// meanwhile, or nobody is known to have said otherwise.
    /// </summary>
    public string? Untrue(Amount balance, long? transactions, string tipHash, string by, string? verifiedBy)
    {
        if (tipHash != TipHash) return null;
        var untrue = OwnHistory || (balance, transactions) != (Balance, Transactions) ? Provider : verifiedBy;
        return untrue == by && !OwnHistory ? null : untrue;
    }

    /// <summary>Notes in the caller's work who was untrue, and names him, where a round ended in agreement.</summary>
    public static async Task<IReadOnlyList<NewEvent>> SettleAsync(Work work, Slice slice, DateTimeOffset now, CancellationToken ct)
    {
        var walk = slice.Walk;
        if (Read(walk.Disputed) is not { } dispute) return [];
        var by = slice.Provider.Provider;
        if (dispute.Untrue(walk.Reported!.Value, walk.ReportedCount, walk.StartHash!, by, walk.VerdictBy) is not { } untrue) return [];

        await work.Connection.ExecuteAsync(new CommandDefinition("""
            insert into provider_contradictions as p (network, provider, times, last_at, last_by) values (@Network, @untrue, 1, @now, @by)
            on conflict (network, provider) do update set times = p.times + 1, last_at = excluded.last_at, last_by = excluded.last_by
            """, new { walk.Network, untrue, now, by }, cancellationToken: ct));
        SyncMetrics.Contradictions.Add(1, new("network", walk.Network), new("provider", untrue));
        return [NewEvent.Fresh(new LedgerEvent.ProviderContradicted(walk.LedgerId, untrue, by, walk.StartHeight!.Value, walk.StartHash!, dispute.Differences, now))];
    }
}
