using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json.Serialization;
using Npgsql;
using NpgsqlTypes;
using Postgres;
using ServiceDefaults;
using Sync.Providers;
using Sync.Providers.Budgets;

namespace Sync.WalletSyncs;

/// <summary>What keeps a user's wallets from being read, in one answer.</summary>
internal static class ListSyncIssues
{
    private const int Most = 50;
    private const string Waiting = "waiting";
    private const string Budget = "budget";

    // As the wallet's own progress tells it: a run that waits, or addresses that nobody here can be asked about.
    private const string Sql = $"""
        select w.wallet_id, s.state = 'Waiting' as runs, s.due_at, s.data ->> 'Reason' as reason, nobody.networks, count(*) over () as all_of_them
        from wallets w
        left join wallet_syncs s on s.correlation_id = w.wallet_id
        left join lateral (
            select string_agg(distinct l.network, ', ') as networks from ledger_trackers t join ledgers l using (ledger_id)
            where t.wallet_id = w.wallet_id and l.network <> all(@networks) and not {SyncPause.Sql}) nobody on true
        where w.owner_id = @owner and (@wallets is null or w.wallet_id = any(@wallets))
          and (s.state = 'Waiting' or (s.state is distinct from 'Syncing' and nobody.networks is not null))
        order by s.due_at nulls first, w.wallet_id limit @most
        """;

    public sealed record SyncIssuesView(
        [property: Description("When it was looked.")] DateTimeOffset At,
        [property: Description("How many there are of all kinds.")] long Count,
        [property: Description("Every kind that the key may ask about, also those of which there is nothing.")] IReadOnlyList<SyncIssuesOfKind> Data);

    public sealed record SyncIssuesOfKind(
        [property: Description("`waiting`: wallets whose reading waits; `budget`: accounts at providers that are used up, left alone, or will be " +
            "passed this month (only with `admin`)."), AllowedValues(Waiting, Budget)] string Kind,
        [property: Description("How many there are.")] long Count,
        [property: Description("The first of them, at most 50.")] IReadOnlyList<SyncIssueView> First);

    public sealed record SyncIssueView(
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), Description("The wallet's id.")] Guid? WalletId,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), Description("The budget's name.")] string? Budget,
        [property: Description("Why.")] string? Reason,
        [property: Description("When it goes on by itself; null where that is not known.")] DateTimeOffset? NextTry);

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/issues/sync", AnswerAsync)
            .RequireScope(Scopes.WalletsRead)
            .WithTags("Sync")
            .WithSummary("Lists what keeps wallets from being read: a count and the first ones of each kind")
            .WithDescription("Over all wallets the key may see. What is wrong with figures is listed by `/api/v1/issues`.");

    private static async Task<SyncIssuesView> AnswerAsync(
        Caller caller, NpgsqlDataSource dataSource, ProviderPools adapters, GetUsage usage, TimeProvider clock, CancellationToken ct)
    {
        var rows = await dataSource.QueryAsync<Row>(Sql, new
        {
            owner = caller.UserId, networks = adapters.Networks, most = (long)Most,
            wallets = Postgres.Sql.Typed(caller.Wallets?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid),
        }, ct);
        var now = clock.GetUtcNow();
        List<SyncIssuesOfKind> all =
        [
            new(Waiting, rows.FirstOrDefault()?.AllOfThem ?? 0,
                [.. rows.Select(row => new SyncIssueView(row.WalletId, null,
                    row.Runs == true ? row.Reason : ProviderPools.NoProvider(row.Networks!), row.DueAt))]),
        ];
        if (caller.Has(Scopes.Admin))
        {
            var budgets = (await usage.BudgetsAsync(now, ct)).Select(budget => Of(budget, now)).OfType<SyncIssueView>().ToList();
            all.Add(new(Budget, budgets.Count, [.. budgets.Take(Most)]));
        }

        return new(now, all.Sum(each => each.Count), all);
    }

    private static SyncIssueView? Of(GetUsage.BudgetView budget, DateTimeOffset now)
    {
        if (budget.PausedUntil > now) return new(null, budget.Name, budget.PauseReason, budget.PausedUntil);
        if (budget.Windows.FirstOrDefault(window => window.Left == 0) is { } full)
            return new(null, budget.Name, Text($"All {full.Limit} requests of the {full.Window} are used."), full.RoomAt);
        return budget.Month.ExceedsBudget == true
            ? new(null, budget.Name, Text($"At this pace the month comes to {budget.Month.Projected} requests, more than its budget."), null) : null;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed class Row
    {
        public Guid WalletId { get; init; }

        public bool? Runs { get; init; }

        public DateTimeOffset? DueAt { get; init; }

        public string? Reason { get; init; }

        public string? Networks { get; init; }

        public long AllOfThem { get; init; }
    }
}
