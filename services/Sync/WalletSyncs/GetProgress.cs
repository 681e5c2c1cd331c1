using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Dapper;
using Npgsql;
using ServiceDefaults;
using Sync.Chains;
using Sync.CrossChecks;
using Sync.Ledgers;
using Sync.Reconciliation;

namespace Sync.WalletSyncs;

/// <summary>How far a wallet's syncing is, address by address, and what it waits for.</summary>
internal static class GetProgress
{
    /// <summary>How far a wallet is. A percentage is never shown lower for the same run, an unknown end is null.</summary>
    public sealed record SyncProgressView(
        [property: Description("The wallet's id.")] Guid WalletId,
        [property: Description("`queued`: something is to be read and no run has begun; `paused`: its owner cancelled; `idle`: all is read and checked regularly."), AllowedValues("idle", "queued", "syncing", "waiting", "paused")]
        string Status,
        [property: Description("The share of the known transactions that were read, 0 to 100, or of the addresses while some were not asked about; for one run never lower than before.")] int Percent,
        [property: Description("Transactions that were read.")] long Found,
        [property: Description("Transactions that a provider counts and that were not read yet.")] long Remaining,
        [property: Description("How many addresses the wallet holds.")] long AddressCount,
        [property: Description("How many of them were read and compared with a provider's balance.")] long SyncedCount,
        [property: Description("Why it waits or is paused.")] string? Reason,
        [property: Description("When something happens next by itself.")] DateTimeOffset? NextTry,
        [property: Description("When the run is expected to end at the pace measured, stated waits included; null where that is not known.")] DateTimeOffset? Eta,
        [property: Description("The same in seconds from now.")] long? EtaSeconds,
        [property: Description("The earliest instant since when one of its addresses could not be checked because no provider answers; null while all are.")] DateTimeOffset? StaleSince,
        [property: Description("A page of its addresses, in the order of their import.")] IReadOnlyList<AddressProgressView> Addresses,
        [property: Description(PageTexts.HasMore)] bool HasMore,
        [property: Description(PageTexts.Next)] string? Next,
        [property: Description(PageTexts.Prev)] string? Prev);

    /// <summary>How far one address of a wallet is.</summary>
    public sealed record AddressProgressView(
        [property: Description("The address's id in the wallet.")] Guid AddressId,
        [property: Description("The network's slug.")] string Network,
        [property: Description("The address.")] string Address,
        [property: Description("What is being done with it, or what the last comparison found."), AllowedValues("queued", "syncing", "waiting", "paused", BalanceVerdict.Verified, BalanceVerdict.Explained, BalanceVerdict.Mismatch)]
        string Status,
        [property: Description("The share of its transactions that were read, 0 to 100; for one run never lower than before.")] int Percent,
        [property: Description("Transactions that were read.")] long Found,
        [property: Description("Transactions that a provider counts; null until one was asked.")] long? Expected,
        [property: Description("Transactions not read yet; null until a provider was asked.")] long? Remaining,
        [property: Description("Pages of its history that the run has read; for one run never fewer than before.")] long Pages,
        [property: Description("What the last comparison of the derived with a reported balance found; null before the first one."), AllowedValues(BalanceVerdict.Verified, BalanceVerdict.Explained, BalanceVerdict.Mismatch)]
        string? Verdict,
        [property: Description("The height of the tip at which that was last told.")] long? VerifiedHeight,
        [property: Description("When its last check began, also one that found everything as it was.")] DateTimeOffset? CheckedAt,
        [property: Description("Why it waits or is paused.")] string? Reason,
        [property: Description("When it is tried again by itself.")] DateTimeOffset? NextTry,
        [property: Description("When its history is expected to be whole; null where that is not known.")] DateTimeOffset? Eta,
        [property: Description("The same in seconds from now.")] long? EtaSeconds,
        [property: Description("Since when it could not be checked because no provider answers; null while it is.")] DateTimeOffset? StaleSince,
        [property: Description("The last comparison with a second provider; null where there was none.")] CrossCheckView? CrossCheck);

    /// <summary>What comparing an address's transactions with a second provider came to.</summary>
    public sealed record CrossCheckView(
        [property: Description("The provider with whom the address was verified.")] string Provider,
        [property: Description("The second provider.")] string By,
        [property: Description("When they were compared.")] DateTimeOffset At,
        [property: Description("Up to this height.")] long Height,
        [property: Description("How many of the transactions, the newest ones.")] long Transactions,
        [property: Description("Whether both tell the same.")] bool Agrees,
        [property: Description("The oldest transaction that differs; null where they agree.")] string? FirstTxid,
        [property: Description("Its height.")] long? FirstHeight,
        [property: Description("`not-told` by the second one, `not-known` here, at an `other-height`, of an `other-amount`; null where they agree."), AllowedValues(FirstDifference.NotTold, FirstDifference.NotKnown, FirstDifference.OtherHeight, FirstDifference.OtherAmount)]
        string? FirstKind);

    // Known is what is stored of what a provider counts. What is to read also counts what a repair reads again; it takes
    // as long as at the walk's pace so far, after the wait it is in. A second failure in a row makes the end unknown.
    private const string Progress = $"""
        p.*, p.paused or p.unsynced as left_out,
        case when p.synced or p.paused or p.unsynced or (p.retry_at is not null and p.failures > 1) or p.read <= 0 or p.paced_seconds <= 0 then null
                  else greatest(p.wait_seconds, 0) + p.paced_seconds * p.to_read / p.read end as eta_seconds
        from (
            select t.wallet_id, t.address_id, t.shown_run, t.shown_percent, t.shown_pages, l.network, l.address, l.verdict, l.verdict_height, l.checked_at, l.stale_since, l.cross_check::text as cross_check,
                l.verdict is not null as synced, {WalletSyncs.SyncPause.Sql} as paused, l.network <> all(@networks) as unsynced,
                coalesce(w.active, false) as active, w.reason, case when w.active then w.retry_at end as retry_at, coalesce(w.pages, 0) as pages,
                case when l.verdict is null then least(l.derived_count, l.reported_count) else l.derived_count end as known,
                case when l.verdict is null then l.reported_count else l.derived_count end as expected,
                case when l.verdict is not null then 0
                     when w.active and w.kind in ('first', 'repair') then case when w.expected_count is not null then greatest(w.expected_count - w.round_seen, 0) end
                     when l.reported_count is not null then greatest(l.reported_count - l.derived_count, 0) end as to_read,
                w.failures, w.paced_run, case when w.active then w.read - w.paced_read end as read, w.read - w.paced_read as run_read,
                extract(epoch from case when w.retry_at is null then now() else (w.answer ->> 'At')::timestamptz end - w.paced_from)::float8 as paced_seconds,
                extract(epoch from w.retry_at - now())::float8 as wait_seconds
            from ledger_trackers t join ledgers l using (ledger_id) left join walks w using (ledger_id)
            where t.wallet_id = @id) p
        """;

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/wallets/{id:guid}/sync", AnswerAsync)
            .RequireScope(Scopes.WalletsRead)
            .WithProblems("wallet-not-found", "limit-out-of-range", "cursor-invalid")
            .WithTags("Sync")
            .WithSummary("How far the wallet's syncing is, and what it waits for.");

    private static async Task<SyncProgressView> AnswerAsync(
        Guid id, [AsParameters] PageRequest paging, Caller caller, WalletAccess access, NpgsqlDataSource dataSource, ProviderPools adapters, TimeProvider clock,
        CancellationToken ct)
    {
        var place = paging.In("sync", id.ToString());
        await access.RequireAsync(caller, id, ct);
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        var saga = await connection.QuerySingleOrDefaultAsync<Saga>(new CommandDefinition("""
            select s.state, s.due_at, s.data ->> 'Reason' as reason, coalesce((s.data ->> 'RunId')::uuid, w.wallet_id) as run_id, w.shown_run, w.shown_percent,
                   extract(epoch from coalesce((s.data ->> 'WaitsSince')::timestamptz, now())
                       - coalesce((s.data ->> 'PacedFrom')::timestamptz, (s.data ->> 'StartedAt')::timestamptz))::float8 as paced_seconds
            from wallet_syncs s join wallets w on w.wallet_id = s.correlation_id where s.correlation_id = @id
            """, new { id }, cancellationToken: ct));
        var total = await connection.QuerySingleAsync<Total>(new CommandDefinition($"""
            select count(*) as addresses, count(*) filter (where synced) as synced, count(*) filter (where paused) as paused,
                   count(*) filter (where unsynced and not synced) as nobody_tells,
                   string_agg(distinct network, ', ') filter (where unsynced and not paused) as unsynced,
                   count(*) filter (where synced and paced_run = @run) as run_synced,
                   coalesce(sum(known), 0)::bigint as known, coalesce(sum(expected), 0)::bigint as expected,
                   count(*) filter (where not synced and not left_out) as "left",
                   count(*) filter (where not synced and not left_out and eta_seconds is null) as left_without_eta,
                   count(*) filter (where not synced and not left_out and expected is null) as left_unknown,
                   coalesce(sum(to_read) filter (where not left_out), 0)::bigint as to_read,
                   coalesce(sum(run_read) filter (where paced_run = @run), 0)::bigint as run_read,
                   max(eta_seconds) as slowest, min(stale_since) as stale_since, min(wait_seconds) filter (where not synced and not left_out) as wait_seconds,
                   coalesce(bool_or(retry_at is not null and failures > 1 and not synced and not left_out), false) as stuck
            from (select {Progress}) as a
            """, new { id, run = saga?.RunId, networks = adapters.Networks }, cancellationToken: ct));
        var rows = (await connection.QueryAsync<Row>(new CommandDefinition($"""
            select {Progress} {(place.IsStart ? "" : $"where p.address_id {(place.Backward ? "<" : ">")} @after")}
            order by p.address_id {(place.Backward ? "desc" : "")} limit @Fetch
            """, new { id, after = place.IsStart ? Guid.Empty : place.Key<Guid>(0), place.Fetch, networks = adapters.Networks }, cancellationToken: ct))).AsList();

        var asked = total.Addresses - total.NobodyTells;
        var percent = total.Synced == asked ? 100
            // While some were not asked about, their share cannot be told, and what was read before the run is none of it.
            : total.LeftUnknown > 0 && saga is { IsRunning: true } ? (int)(total.RunSynced * 100 / (total.RunSynced + total.Left))
            : total.LeftUnknown > 0 ? (int)(total.Synced * 100 / asked)
            : Percent(total.Known, total.Expected, done: false);
        // Nothing is known of those that nobody tells.
        if (total.NobodyTells > 0) percent = (int)(percent * asked / total.Addresses);
        if (saga is { IsRunning: true }) percent = await ShowAsync(connection, id, saga, percent, rows, ct);

        var now = clock.GetUtcNow();
        var page = place.PageOf(rows, row => [row.AddressId.ToString()]);
        var status = saga?.State switch
        {
            "Syncing" => "syncing",
            "Waiting" => "waiting",
            _ => total.Left > 0 ? "queued" : total.Unsynced is not null ? "waiting" : total.Paused > 0 ? "paused" : "idle",
        };
        var eta = saga is { IsRunning: true } ? Eta.OfRun(PaceOf(saga, total)) : null;
        return new SyncProgressView(
            id, status, percent, total.Known, Math.Max(0, total.Expected - total.Known), total.Addresses, total.Synced,
            status switch
            {
                "waiting" when saga is not { IsRunning: true } => ProviderPools.NoProvider(total.Unsynced!),
                "waiting" or "queued" => saga?.Reason,
                "paused" => SyncPause.Reason,
                _ => null,
            },
            status is "syncing" or "paused" ? null : saga?.DueAt, After(now, eta), Whole(eta), total.StaleSince,
            [.. page.Data.Select(row => Of(row, saga?.DueAt, now))], page.HasMore, page.Next, page.Prev);
    }

    // What was shown for the run is not shown lower, and what is shown now is remembered.
    private static async Task<int> ShowAsync(NpgsqlConnection connection, Guid id, Saga saga, int percent, List<Row> rows, CancellationToken ct)
    {
        var rising = rows.Where(row => row.ShownRun == saga.RunId ? row.Pages > row.ShownPages || (!row.Synced && row.Percent > row.ShownPercent) : row.Pages > 0 || !row.Synced)
            .ToDictionary(row => row.AddressId, row => new ShownAddress(row.Percent, row.Pages));
        if (rising.Count > 0 || saga.ShownRun != saga.RunId || percent > saga.ShownPercent)
        {
            var shown = await ShownProgress.RaiseAsync(connection, id, saga.RunId, percent, rising, ct);
            foreach (var row in rows) row.AtLeast = shown.Addresses.GetValueOrDefault(row.AddressId) ?? row.ShownFor(saga.RunId);
            return shown.Wallet;
        }

        foreach (var row in rows) row.AtLeast = row.ShownFor(saga.RunId);
        return saga.ShownPercent ?? percent;
    }

    private static RunPace PaceOf(Saga saga, Total total) => new(
        total.RunRead, saga.PacedSeconds, saga.State is "Waiting" ? total.WaitSeconds ?? 0 : 0, total.ToRead, total.Left, total.LeftWithoutEta,
        total.Slowest, total.Addresses, total.LeftUnknown, total.Expected, total.Stuck);

    private static AddressProgressView Of(Row row, DateTimeOffset? due, DateTimeOffset now)
    {
        var status = row switch
        {
            { Paused: true } => "paused",
            { Unsynced: true } => "waiting",
            { Active: true, RetryAt: not null } => "waiting",
            // A regular check of a synced address is no news for its owner.
            { Synced: true } => row.Verdict!,
            { Active: true } => "syncing",
            _ => "queued",
        };
        return new(
            row.AddressId, row.Network, row.Address, status, Math.Max(row.Percent, row.AtLeast.Percent), row.Known, row.Expected,
            row.Expected is { } expected ? Math.Max(0, expected - row.Known) : null, Math.Max(row.Pages, row.AtLeast.Pages), row.Verdict, row.VerdictHeight, row.CheckedAt,
            row.Paused ? WalletSyncs.SyncPause.Reason : row.Unsynced ? ProviderPools.NoProvider(row.Network) : row.RetryAt is null ? null : row.Reason,
            row.Paused ? null : row.Unsynced ? due : row.RetryAt,
            After(now, row.EtaSeconds), Whole(row.EtaSeconds), row.StaleSince, row.CrossCheck is { } json ? JsonSerializer.Deserialize<CrossCheckView>(json) : null);
    }

    private static DateTimeOffset? After(DateTimeOffset now, double? seconds) => seconds is { } s && s < TimeSpan.FromDays(3_650).TotalSeconds ? now.AddSeconds(s) : null;

    private static long? Whole(double? seconds) => seconds is { } s && s < TimeSpan.FromDays(3_650).TotalSeconds ? (long)Math.Ceiling(s) : null;

    // 100 only when it is over.
    private static int Percent(long known, long? expected, bool done) =>
        done ? 100 : expected is > 0 and var all ? (int)Math.Min(99, known * 100 / all) : 0;

    private sealed class Saga
    {
        public string State { get; init; } = "";

        public DateTimeOffset? DueAt { get; init; }

        public string? Reason { get; init; }

        public Guid RunId { get; init; }

        public double? PacedSeconds { get; init; }

        public Guid? ShownRun { get; init; }

        public int? ShownPercent { get; init; }

        public bool IsRunning => State is "Syncing" or "Waiting";
    }

    private sealed class Total
    {
        public long Addresses { get; init; }

        public long NobodyTells { get; init; }

        public long Synced { get; init; }

        public long Paused { get; init; }

        /// <summary>The networks of addresses that are not synced here; null where there are none.</summary>
        public string? Unsynced { get; init; }

        public long RunSynced { get; init; }

        public long Known { get; init; }

        public long Expected { get; init; }

        public long Left { get; init; }

        public long LeftWithoutEta { get; init; }

        public long LeftUnknown { get; init; }

        public long ToRead { get; init; }

        public long RunRead { get; init; }

        public double? Slowest { get; init; }

        public double? WaitSeconds { get; init; }

        public bool Stuck { get; init; }

        public DateTimeOffset? StaleSince { get; init; }
    }

    private sealed class Row
    {
        public Guid AddressId { get; init; }

        public string Network { get; init; } = "";

        public string Address { get; init; } = "";

        public string? Verdict { get; init; }

        public long? VerdictHeight { get; init; }

        public DateTimeOffset? CheckedAt { get; init; }

        public DateTimeOffset? StaleSince { get; init; }

        public string? CrossCheck { get; init; }

        public bool Synced { get; init; }

        public bool Paused { get; init; }

        public bool Unsynced { get; init; }

        public bool Active { get; init; }

        public string? Reason { get; init; }

        public DateTimeOffset? RetryAt { get; init; }

        public long Pages { get; init; }

        public long Known { get; init; }

        public long? Expected { get; init; }

        public double? EtaSeconds { get; init; }

        public Guid? ShownRun { get; init; }

        public int? ShownPercent { get; init; }

        public long ShownPages { get; init; }

        public int Percent => GetProgress.Percent(Known, Expected, Synced);

        /// <summary>What was shown for the run before.</summary>
        public ShownAddress AtLeast { get; set; } = ShownAddress.Nothing;

        public ShownAddress ShownFor(Guid run) => ShownRun == run ? new(ShownPercent ?? 0, ShownPages) : ShownAddress.Nothing;
    }
}
