using System.Text.Json;
using Contracts;
using EventSourcing;
using Npgsql;
using NpgsqlTypes;
using static Portfolio.SqlBatch;

namespace Portfolio.Feed;

/// <summary>
/// Facts of Sync that are told as they are: how runs end, and what they wait for. They are kept until they are told, by the id that they are
/// told by, so that none is told twice.
/// </summary>
internal static class FactsToTell
{
    /// <summary>The statement that keeps those among these contracts.</summary>
    public static IEnumerable<NpgsqlBatchCommand> Kept(IReadOnlyList<Contract> contracts)
    {
        var facts = contracts.Select(Read).OfType<Fact>().DistinctBy(fact => fact.Id).ToList();
        if (facts.Count == 0) yield break;

        yield return Of("""
            insert into feed_facts (id, wallet_id, kind, data, position) select * from unnest($1, $2, $3, $4, $5) on conflict do nothing
            """,
            Column(facts, NpgsqlDbType.Uuid, fact => fact.Id),
            Column(facts, NpgsqlDbType.Uuid, fact => fact.Message.WalletId!.Value),
            Column(facts, NpgsqlDbType.Text, fact => EventTypes.AliasOf(fact.Message.GetType())),
            Column(facts, NpgsqlDbType.Jsonb, fact => JsonSerializer.Serialize<object>(fact.Message, EventTypes.Json)),
            Column(facts, NpgsqlDbType.Bigint, fact => fact.Position));
    }

    /// <summary>A message as it was kept.</summary>
    public static FeedMessage Read(string kind, string json) => kind switch
    {
        "sync_completed" => Read<FeedMessage.SyncCompleted>(json),
        "sync_failed" => Read<FeedMessage.SyncFailed>(json),
        "sync_waiting" => Read<FeedMessage.SyncWaiting>(json),
        _ => throw new InvalidOperationException($"A fact of the kind '{kind}' was kept and nobody tells it."),
    };

    private static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, EventTypes.Json) ?? throw new JsonException("A fact is null.");

    private static Fact? Read(Contract contract) => contract switch
    {
        // Regular checks that find nothing are no runs, but an older Sync may say so.
        WalletSyncCompleted { Trigger: "scheduled", Found: 0 } => null,
        WalletSyncCompleted e => new(FactId.Of("feed", "sync_completed", e.RunId.ToString()), new FeedMessage.SyncCompleted
        {
            WalletId = e.WalletId,
            OccurredAt = e.At,
            RunId = e.RunId,
            Trigger = e.Trigger,
            StartedAt = e.StartedAt,
            Pages = e.Pages,
            Found = e.Found,
        }, e.Log.UpTo),
        WalletSyncFailed e => new(FactId.Of("feed", "sync_failed", e.RunId.ToString()), new FeedMessage.SyncFailed
        {
            WalletId = e.WalletId,
            OccurredAt = e.At,
            RunId = e.RunId,
            Reason = e.Reason,
            NextTry = e.NextTry,
        }, e.Log.UpTo),
        // A run that waits again for the same reason says nothing new.
        WalletSyncWaiting e => new(FactId.Of("feed", "sync_waiting", e.RunId.ToString(), e.Reason), new FeedMessage.SyncWaiting
        {
            WalletId = e.WalletId,
            OccurredAt = e.At,
            RunId = e.RunId,
            Reason = e.Reason,
            Until = e.Until,
        }, e.Log.UpTo),
        _ => null,
    };

    private sealed record Fact(Guid Id, FeedMessage Message, long Position);
}
