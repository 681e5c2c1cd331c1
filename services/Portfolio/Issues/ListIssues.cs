using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using NpgsqlTypes;
using Portfolio.Assets;
using Portfolio.Balances;
using Portfolio.Performance;
using Portfolio.Prices;
using Portfolio.Prices.Endpoints;
using Portfolio.Valuation;
using Portfolio.Webhooks;
using Postgres;
using ServiceDefaults;

namespace Portfolio.Issues;

/// <summary>Everything that may be wrong with a user's figures, in one answer.</summary>
internal sealed class ListIssues(
    NpgsqlDataSource database, BalanceIssues balances, BalanceTotals totals, Valuer valuer, GetGains gains, ListPriceSources sources,
    TimeProvider time)
{
    private const int Most = 50;

    private const string WebhooksSql = $"""
        select {Webhook.Columns} from webhooks
        where user_id = @owner and (@wallets is null or wallets <@ @wallets) and (failing_since is not null or disabled_because is not null)
        order by webhook_id
        """;

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/issues", async Task<Ok<IssuesView>> (
                Caller caller, ListIssues issues, CancellationToken ct, [Description(Currency.Described)] string? currency = null) =>
                TypedResults.Ok(await issues.ReadAsync(caller, Currency.Read(currency), ct)))
            .RequireScope(Scopes.PortfolioRead)
            .WithProblems("invalid-parameter")
            .WithName("ListIssues")
            .WithTags("Portfolio")
            .WithSummary("Lists what somebody has to look at: a count and the first ones of each kind")
            .WithDescription("Over all wallets the key may see; webhooks only where it may manage them. What waits to be read, and budgets, are "
                + "listed by `/api/v1/issues/sync`. Costs without a basis are counted from the whole history, as `/api/v1/portfolio/gains` does.");

    public async Task<IssuesView> ReadAsync(Caller caller, Currency currency, CancellationToken ct)
    {
        var (unpriced, spam) = await AssetsAsync(caller, currency, ct);
        List<IssuesOfKind> all =
        [
            await balances.MismatchesAsync(caller, Most, ct), await balances.GapsAsync(caller, Most, ct), await balances.StaleAsync(caller, Most, ct),
            unpriced, await BasisAsync(caller, currency, ct), spam,
        ];
        if (caller.Has(Scopes.WebhooksManage)) all.Add(await WebhooksAsync(caller, ct));
        all.Add(await SourcesAsync(ct));
        return new(time.GetUtcNow(), all.Sum(each => each.Count), all);
    }

    private async Task<(IssuesOfKind Unpriced, IssuesOfKind Spam)> AssetsAsync(Caller caller, Currency currency, CancellationToken ct)
    {
        var sums = await totals.ReadAsync(caller.UserId, caller.Wallets, null, ct);
        var values = await valuer.ReadAsync(caller.UserId, sums, currency, null, ct);
        var verdicts = await AssetVerdicts.ReadAsync(database, caller.UserId, ct);
        // Of what is held none of, no price is missed.
        return (
            Kind(IssueKind.Unpriced, sums.Where(sum => values[sum.Asset] is { Price: null, LeftOut: null } && !sum.Held.Value.IsZero).Select(View)),
            Kind(IssueKind.Spam, sums.Where(sum => values[sum.Asset].LeftOut is not null && !verdicts.ContainsKey(sum.Asset))
                .Select(sum => View(sum) with { Reason = values[sum.Asset].LeftOut })));

        static IssueView View(BalanceTotalView sum) => new() { Network = sum.Network, Asset = sum.Asset, Symbol = sum.Derived.Symbol };
    }

    private async Task<IssuesOfKind> BasisAsync(Caller caller, Currency currency, CancellationToken ct)
    {
        var year = await gains.ReadAsync(caller, new PageRequest(1), new GainsRequest(Currency: currency.Code), ct);
        return Kind(IssueKind.Basis, year.Sums.Where(sum => sum.Incomplete > 0).GroupBy(sum => sum.Asset).Select(same => new IssueView
        {
            Network = same.First().Network, Asset = same.Key, Symbol = same.First().Quantity.Symbol, Of = same.Sum(sum => sum.Incomplete),
            Year = year.Year,
        }));
    }

    private async Task<IssuesOfKind> WebhooksAsync(Caller caller, CancellationToken ct)
    {
        var failing = await database.QueryAsync<Webhook>(WebhooksSql, new
        {
            owner = caller.UserId, wallets = Sql.Typed(caller.Wallets?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid),
        }, ct);
        return Kind(IssueKind.Webhook, failing.Select(row => new IssueView
        {
            WebhookId = row.WebhookId, Label = row.Label, Target = row.Url, Enabled = row.DisabledAt is null,
            Reason = row.DisabledBecause ?? row.LastError ?? (row.LastStatus is { } status ? $"answered {status}" : null),
            Since = row.FailingSince ?? row.DisabledAt,
        }));
    }

    private async Task<IssuesOfKind> SourcesAsync(CancellationToken ct) =>
        Kind(IssueKind.PriceSource, (await sources.ReadAsync(ct)).Data.Where(source => source.State is "failing" or "waiting")
            .Select(source => new IssueView
            {
                Target = source.Name, Reason = source.Reason, Since = source.FailedAt, NextTry = source.NextTry,
            }));

    private static IssuesOfKind Kind(string kind, IEnumerable<IssueView> all)
    {
        var found = all.ToList();
        return new(kind, found.Count, [.. found.Take(Most)]);
    }
}
