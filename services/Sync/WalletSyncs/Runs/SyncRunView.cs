using System.ComponentModel.DataAnnotations;
using System.ComponentModel;
using Sync.Walks;

namespace Sync.WalletSyncs.Runs;

/// <summary>One sync run of a wallet.</summary>
internal sealed record SyncRunView
{
    /// <summary>Where views are read from: a run under way is as its saga is this very moment.</summary>
    internal const string Sql = """
        r.run_id as id, r.trigger, r.started_at, r.finished_at,
        case when s.state = 'Syncing' then 'running' when s.state = 'Waiting' then 'waiting' else r.status end as status,
        (extract(epoch from r.finished_at - r.started_at) * 1000)::bigint as duration_ms,
        case when s.state is null then r.pages else coalesce((s.data ->> 'Pages')::bigint, 0) end as pages,
        case when s.state is null then r.requests else coalesce((s.data ->> 'Requests')::bigint, 0) end as requests,
        case when s.state is null then r.found else coalesce((s.data ->> 'Found')::bigint, 0) end as found,
        case when s.state = 'Syncing' then null else coalesce(s.data ->> 'Reason', r.reason) end as reason,
        case when s.state = 'Syncing' then null else coalesce(s.due_at, r.next_try) end as next_try
        from sync_runs r left join wallet_syncs s
          on r.finished_at is null and s.correlation_id = r.wallet_id and s.state <> 'Idle' and (s.data ->> 'RunId')::uuid = r.run_id
        """;

    [Description("The run's id.")]
    public required Guid Id { get; init; }

    [Description(
        "`import`: an address was not synced yet; `requested`: its owner asked for it; `block`: a block, or what waits for one, touched an " +
        "address; `scheduled`: the regular check. One of the last two that finds nothing is no run.")]
    [AllowedValues(Triggers.Import, Triggers.Requested, Triggers.Block, Triggers.Scheduled)]
    public required string Trigger { get; init; }

    [Description("How it stands, or how it ended.")]
    [AllowedValues("running", "waiting", "completed", "failed", "cancelled")]
    public required string Status { get; init; }

    [Description("When it began.")]
    public required DateTimeOffset StartedAt { get; init; }

    [Description("When it ended; null while it is under way.")]
    public DateTimeOffset? FinishedAt { get; init; }

    [Description("From start to finish, waits included; null while it is under way.")]
    public long? DurationMs { get; init; }

    [Description("Pages of history that were read and stored; while it is under way, as of its last slice of some seconds.")]
    public long? Pages { get; init; }

    [Description("Questions to providers that were answered, pages included, as of the last slice; null for runs that ended before it was recorded.")]
    public long? Requests { get; init; }

    [Description("Transactions that became known, as of the last slice.")]
    public long? Found { get; init; }

    [Description("Why it waits, failed or was cancelled.")]
    public string? Reason { get; init; }

    [Description("When a waiting run goes on, or the next run after a failed one begins.")]
    public DateTimeOffset? NextTry { get; init; }
}
