using System.Net;
using System.Text.Json;
using Providers;
using ServiceDefaults;
using Shouldly;
using Sync;
using Xunit;

namespace Services.Sync;

/// <summary>What an administrator hears of requests, budgets and costs, and what the log is told once.</summary>
public sealed class TellingUsage(SmallBudget sync) : IClassFixture<SmallBudget>, IAsyncLifetime
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string Today => DateTimeOffset.UtcNow.ToString("yyyy-MM-dd", null);

    public async ValueTask InitializeAsync() =>
        await sync.Execute("delete from budgets; delete from budget_charges; delete from provider_pauses; delete from provider_usage");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task requests_are_counted_by_provider_kind_and_day_and_stored_once()
    {
        var usage = new ProviderUsage(sync.Database.DataSource, TimeProvider.System);
        for (var n = 0; n < 7; n++) usage.Count("first", "first", "bitcoin", "page", "200");
        usage.Count("first", "first", "bitcoin", "page", "429");
        usage.Count("first", "first", "bitcoin", "tip", "failed");
        await usage.StoreAsync(Cancellation);
        await usage.StoreAsync(Cancellation);
        usage.Count("first", "first", "bitcoin", "page", "404");
        await usage.StoreAsync(Cancellation);

        var requests = (await Usage()).GetProperty("requests").EnumerateArray().ToList();
        requests.Select(row => (row.GetProperty("kind").GetString(), row.GetProperty("requests").GetInt64(), row.GetProperty("refused").GetInt64(),
            row.GetProperty("failed").GetInt64()))
            .ShouldBe([("page", 9, 1, 0), ("tip", 1, 0, 1)]);
        requests.ShouldAllBe(row => row.GetProperty("day").GetString() == Today);
    }

    [Fact]
    public async Task hit_rates_are_told_by_kind()
    {
        await sync.Execute("delete from cache_usage");
        sync.CacheUsage.Count("bitcoin", "first", "page", isHit: true, 2);
        sync.CacheUsage.Count("bitcoin", "second", "page", isHit: false);
        sync.CacheUsage.Count("bitcoin", "first", "summary", isHit: false);
        await sync.CacheUsage.StoreAsync(Cancellation);
        await sync.CacheUsage.StoreAsync(Cancellation);
        sync.CacheUsage.Count("bitcoin", "first", "page", isHit: true, 3);
        await sync.CacheUsage.StoreAsync(Cancellation);

        (await Usage()).GetProperty("hitRates").EnumerateArray()
            .Select(row => (row.GetProperty("kind").GetString(), row.GetProperty("hits").GetInt64(), row.GetProperty("misses").GetInt64(),
                row.GetProperty("hitRate").GetDecimal()))
            .ShouldBe([("page", 5, 1, 0.8333m), ("summary", 0, 1, 0m)]);
    }

    [Fact]
    public async Task budgets_say_what_is_left_with_and_without_the_reserve_and_what_the_month_costs()
    {
        var limits = new BudgetOptions { PerHour = 20, PerMonth = 300 };
        using (var budget = new RequestBudget("first", 10, limits, new ProviderPauses(sync.Database.DataSource, TimeProvider.System),
            sync.Database.DataSource, TimeProvider.System, SyncMetrics.Providers))
        {
            await budget.TakeAsync("first", 1, Cancellation);
        }

        await sync.Execute($"insert into provider_usage values ('{Today}', 'first', 'first', 'bitcoin', 'page', '200', 140)");
        var told = (await Usage()).GetProperty("budgets").EnumerateArray().Single();
        told.GetProperty("name").GetString().ShouldBe("first");
        told.GetProperty("reservePercent").GetInt32().ShouldBe(20);
        var hour = told.GetProperty("windows").EnumerateArray().Single(window => window.GetProperty("window").GetString() == "hour");
        hour.GetProperty("left").GetInt64().ShouldBe(19);
        hour.GetProperty("leftWithoutReserve").GetInt64().ShouldBe(15);
        var month = told.GetProperty("month");
        month.GetProperty("used").GetInt64().ShouldBe(140);
        month.GetProperty("cost").GetString().ShouldBe("2.00", "a hundred are free, ten cost half a dollar");
        month.GetProperty("currency").GetString().ShouldBe("USD");
    }

    [Fact]
    public async Task what_is_used_up_left_alone_or_will_be_passed_is_an_issue()
    {
        var limits = new BudgetOptions { PerHour = 20, PerMonth = 300 };
        var pauses = new ProviderPauses(sync.Database.DataSource, TimeProvider.System);
        using (var budget = new RequestBudget("first", 10, limits, pauses, sync.Database.DataSource, TimeProvider.System, SyncMetrics.Providers))
        {
            await budget.TakeAsync("first", 1, Cancellation);
        }

        (await Budgets()).ShouldBeEmpty();
        await sync.Execute($"insert into provider_usage values ('{Today}', 'first', 'first', 'bitcoin', 'page', '200', 5000)");
        (await Budgets()).Single().ShouldStartWith("first: At this pace the month comes to");
        await sync.Execute("insert into provider_pauses (provider, paused_until, reason) values ('first', now() + interval '1 hour', 'it said so')");
        (await Budgets()).ShouldBe(["first: it said so"]);

        async Task<List<string>> Budgets()
        {
            await using var api = await SyncApi.Start(sync);
            using var admin = api.As(Guid.CreateVersion7(), scopes: Scopes.Admin);
            var text = await admin.GetStringAsync("/api/v1/issues/sync", Cancellation);
            return
            [
                .. JsonDocument.Parse(text).RootElement.GetProperty("data").EnumerateArray()
                    .Single(kind => kind.GetProperty("kind").GetString() == "budget").GetProperty("first").EnumerateArray()
                    .Select(one => $"{one.GetProperty("budget")}: {one.GetProperty("reason")}"),
            ];
        }
    }

    [Fact]
    public async Task a_projection_beyond_the_budget_and_repeated_refusals_are_told_once_by_however_many_processes()
    {
        await sync.Execute(
            $"insert into provider_usage values ('{Today}', 'first', 'first', 'bitcoin', 'page', '200', 5000), ('{Today}', 'first', 'first', " +
            $"'bitcoin', 'tip', '429', 3)");
        for (var process = 0; process < 2; process++)
        {
            await using var api = await SyncApi.Start(sync);
            for (var n = 0; n < 2; n++) await api.Watch.LookAsync(Cancellation);
        }

        (await sync.Execute("select string_agg(data ->> 'Kind', ',' order by seq_id) from mt_events where type = 'budget_alerted'"))
            .ShouldBe("projection,throttled");
    }

    [Theory]
    [InlineData("?from=2026-13-01")]
    [InlineData("?from=2026-02-02&to=2026-02-01")]
    [InlineData("?from=2020-01-01&to=2026-02-01")]
    public async Task a_range_that_is_none_is_refused(string query)
    {
        await using var api = await SyncApi.Start(sync);
        using var admin = api.As(Guid.CreateVersion7(), scopes: Scopes.Admin);
        (await admin.GetAsync("/api/v1/usage" + query, Cancellation)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task usage_is_for_administrators_only()
    {
        await using var api = await SyncApi.Start(sync);
        using var somebody = api.As(Guid.CreateVersion7());
        (await somebody.GetAsync("/api/v1/usage", Cancellation)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    private async Task<JsonElement> Usage()
    {
        await using var api = await SyncApi.Start(sync);
        using var admin = api.As(Guid.CreateVersion7(), scopes: Scopes.Admin);
        using var answer = await admin.GetAsync("/api/v1/usage", Cancellation);
        var text = await answer.Content.ReadAsStringAsync(Cancellation);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        return JsonDocument.Parse(text).RootElement;
    }
}
