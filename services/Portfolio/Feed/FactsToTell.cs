using System.Text.Json;
using Contracts;
using EventSourcing;
using Npgsql;
using NpgsqlTypes;
using static Portfolio.SqlBatch;

namespace Portfolio.Feed;

/// <summary>
/// Facts of Sync that are told as they are: how runs end, what they wait for, and where requests run short. They are kept until they are
/// told, by the id that they are told by, so that none is told twice.
/// </summary>
internal static class FactsToTell
{
    /// <summary>The statements that keep those among these contracts.</summary>
    public static IEnumerable<NpgsqlBatchCommand> Kept(IReadOnlyList<Contract> contracts) =>
        KeptOfWallets(contracts).Concat(contracts.OfType<BudgetAlerted>().Select(KeptOfNetworks));

    private static IEnumerable<NpgsqlBatchCommand> KeptOfWallets(IReadOnlyList<Contract> contracts)
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
        "rate_limit_alert" => Read<FeedMessage.RateLimitAlert>(json),
        _ => throw new InvalidOperationException($"A fact of the kind '{kind}' was kept and nobody tells it."),
    };

    // For each user under one of their wallets, and with an id of their own: a fact is stored once in the whole log.
    private static NpgsqlBatchCommand KeptOfNetworks(BudgetAlerted alert)
    {
        var message = new FeedMessage.RateLimitAlert
        {
            OccurredAt = alert.At,
            Budget = alert.Budget,
            Kind = alert.Kind,
            Window = alert.Window,
            Requests = alert.Requests,
            Limit = alert.Limit,
            Networks = alert.Networks,
        };
        return Of("""
            insert into feed_facts (id, wallet_id, kind, data, position)
            select distinct on (w.owner_id) md5($1 || w.owner_id)::uuid, w.wallet_id, $2, $3, $4
            from wallets w join addresses a using (wallet_id) where a.network = any($5) order by w.owner_id, w.wallet_id
            on conflict do nothing
            """,
            new() { Value = FactId.Of("feed", "rate_limit_alert", alert.Budget, alert.Kind, alert.Window).ToString() },
            new() { Value = EventTypes.AliasOf(message.GetType()) },
            new() { Value = JsonSerializer.Serialize<object>(message, EventTypes.Json), NpgsqlDbType = NpgsqlDbType.Jsonb },
            new() { Value = alert.Log.UpTo },
            new() { Value = alert.Networks.ToArray() });
    }

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
