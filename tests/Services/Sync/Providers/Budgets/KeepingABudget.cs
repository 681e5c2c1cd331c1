using EventSourcing;
using Messaging;
using Microsoft.Extensions.DependencyInjection;
using Providers;
using Shouldly;
using Sync;
using Sync.Chains;
using Sync.Chains.Solana;
using Sync.Providers;
using Sync.Walks;
using Testing;
using Xunit;

namespace Services.Sync;

/// <summary>What a budget grants to whom, and how a slice that gets none waits. Each instance is what another process would be.</summary>
public sealed class KeepingABudget(SmallBudget sync, TestDatabase database) : IClassFixture<SmallBudget>, IClassFixture<TestDatabase>, IAsyncLifetime
{
    private readonly JumpingTime clock = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await EventSourcingModule.MigrateAsync(database.DataSource, [MessagingModule.Assembly, typeof(SyncModule).Assembly],
            ct: Cancellation);
        await Execute("delete from budgets; delete from budget_charges; delete from provider_pauses");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task the_reserve_is_for_those_who_are_waited_for_and_both_hear_when_there_is_room_again()
    {
        using var one = Budget(10, new() { PerHour = 10 });
        using var two = Budget(10, new() { PerHour = 10 });
        var begun = clock.GetUtcNow();
        for (var n = 0; n < 8; n++) await Take(one, urgent: false);

        foreach (var budget in (RequestBudget[])[one, two])
        {
            var refused = await Should.ThrowAsync<ProviderException>(() => Take(budget, urgent: false));
            refused.Failure.ShouldBe(ProviderFailure.RateLimited);
            refused.Message.ShouldStartWith("asked: the 8 of 10 requests an hour that regular checks may use are used up until ");
            (clock.GetUtcNow() + refused.RetryAfter!.Value - begun).ShouldBeInRange(TimeSpan.FromMinutes(61), TimeSpan.FromMinutes(62));
        }

        for (var n = 0; n < 2; n++) await Take(two, urgent: true);
        (await Should.ThrowAsync<ProviderException>(() =>
            Take(one, urgent: true))).Message.ShouldStartWith("asked: the budget of 10 requests an hour is used up until ");

        clock.Jump(TimeSpan.FromMinutes(62));
        await Take(one, urgent: false);
    }

    [Fact]
    public async Task each_question_of_a_batch_counts()
    {
        using var budget = Budget(0, new() { PerHour = 10, ReservePercent = 0 }, largestBatch: 4);
        await using var services = sync.Build(new ServiceCollection()).BuildServiceProvider();
        var options = new ProviderOptions { Name = "asked", Kind = "solana", BaseUrl = sync.Script.SolanaUrl("solana"), RequestsPerSecond = 0 };
        using var client = new ProviderClient(new HttpClient { BaseAddress = new Uri(options.BaseUrl) }, "solana", options, budget,
            services.GetRequiredService<ProviderPauses>(),
            services.GetRequiredService<ProviderUsage>(), TimeProvider.System, SyncMetrics.Providers);
        var node = new JsonRpc("asked", batch: 4, client.PostAsync);
        var four = Enumerable.Repeat(new RpcQuestion("getSlot"), 4).ToList();
        await sync.Script.ResetCountersAsync(Cancellation);

        for (var n = 0; n < 2; n++) (await node.AskAsync(four, "tip", Meaning, Cancellation)).Count.ShouldBe(4);
        (await Should.ThrowAsync<ProviderException>(() =>
            node.AskAsync(four, "tip", Meaning, Cancellation))).Message.ShouldStartWith("asked: the budget of 10 requests an hour is used up");

        (await sync.Script.RequestsAsync(Cancellation)).Total.ShouldBe(8);

        static ProviderException Meaning(RpcQuestion question, RpcRefusal refusal) => SolanaRefusals.Of(refusal, "asked");
    }

    [Fact]
    public async Task a_batch_gets_its_turn_where_a_used_up_budget_frees_a_request_at_a_time()
    {
        using var budget = Budget(0, new() { PerHour = 20, ReservePercent = 0 }, largestBatch: 4);
        for (var n = 0; n < 20; n++)
        {
            await Take(budget, urgent: false);
            clock.Jump(TimeSpan.FromMinutes(3));
        }

        var (begun, sent, refusals) = (clock.GetUtcNow(), 0, 0);
        while (clock.GetUtcNow() < begun + TimeSpan.FromHours(6))
        {
            try
            {
                await Take(budget, urgent: false, requests: 4);
                sent++;
            }
            catch (ProviderException e)
            {
                refusals++;
                clock.Jump(e.RetryAfter!.Value);
            }
        }

        sent.ShouldBeInRange(28, 30, "six hours have room for thirty");
        refusals.ShouldBeLessThanOrEqualTo(sent + 1, "who is refused hears when all of it has room");
    }

    [Fact]
    public async Task a_batch_without_room_leaves_what_room_there_is_to_others()
    {
        using var budget = Budget(0, new() { PerHour = 10, ReservePercent = 0 }, largestBatch: 4);
        for (var n = 0; n < 2; n++) await Take(budget, urgent: true, requests: 4);
        await Should.ThrowAsync<ProviderException>(() => Take(budget, urgent: true, requests: 4));
        (await Charged()).ShouldBe(8);
        for (var n = 0; n < 2; n++) await Take(budget, urgent: true);
        await Should.ThrowAsync<ProviderException>(() => Take(budget, urgent: true));
        (await Charged()).ShouldBe(10);
    }

    [Fact]
    public async Task what_was_taken_and_is_not_sent_is_given_back_also_where_the_budget_is_used_up()
    {
        using var budget = Budget(4, new() { PerHour = 8, ReservePercent = 0 }, largestBatch: 4);
        using var impatient = new CancellationTokenSource();
        clock.Waits += impatient.Cancel;
        await Should.ThrowAsync<OperationCanceledException>(() => budget.TakeAsync("asked", 4, impatient.Token));
        (await Charged()).ShouldBe(4);
        await Execute(
            "insert into provider_pauses (provider, paused_until, reason) values ('budget', timestamptz '2026-01-02 03:30:00Z', 'rate limited')");
        (await Should.ThrowAsync<ProviderException>(() => Take(budget, urgent: false, requests: 4))).Message.ShouldBe("asked: rate limited");
        (await Should.ThrowAsync<ProviderException>(() => Take(budget, urgent: false))).Message.ShouldBe("asked: rate limited");
        clock.Jump(TimeSpan.FromMinutes(30));
        for (var n = 0; n < 8; n++) await Take(budget, urgent: false);
        (await Should.ThrowAsync<ProviderException>(() => Take(budget, urgent: false))).Message.ShouldContain("used up");
    }

    [Fact]
    public async Task a_month_is_kept_also_where_its_days_and_hours_would_allow_more()
    {
        using var budget = Budget(0, new() { PerHour = 10, PerDay = 10, PerMonth = 25, ReservePercent = 0 });
        var begun = clock.GetUtcNow();
        var taken = new List<DateTimeOffset>();
        while (clock.GetUtcNow() < begun + TimeSpan.FromDays(40))
        {
            try
            {
                await Take(budget, urgent: false);
                taken.Add(clock.GetUtcNow());
            }
            catch (ProviderException e)
            {
                clock.Jump(e.RetryAfter!.Value);
            }
        }

        taken.Count(at => at < begun + TimeSpan.FromDays(31)).ShouldBe(25);
        taken.Count.ShouldBeGreaterThan(30, "the month ends");
    }

    [Fact]
    public async Task what_a_lot_had_left_is_given_back_with_the_next_one()
    {
        using var budget = Budget(10, new() { PerHour = 100 });
        for (var n = 0; n < 4; n++) await Take(budget, urgent: true);
        (await Charged()).ShouldBe(7, "lots of one, two and four");
        clock.Jump(TimeSpan.FromSeconds(10));
        await Take(budget, urgent: true);
        (await Charged()).ShouldBe(5);
    }

    [Fact]
    public async Task requests_of_all_processes_stand_in_one_row_at_the_distance_of_the_rate()
    {
        using var one = Budget(4, new());
        using var two = Budget(4, new());
        var places = new List<DateTimeOffset>();
        for (var n = 0; n < 20; n++) places.Add((await one.TakeAsync("asked", 1, Cancellation)).SentAt);
        for (var n = 0; n < 20; n++) places.Add((await two.TakeAsync("asked", 1, Cancellation)).SentAt);

        places.Zip(places.Skip(1), (before, after) => after - before).Min()
            .ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds((1 + RequestBudget.Lateness) / 4) - TimeSpan.FromMicroseconds(2));
    }

    [Fact]
    public async Task a_clock_put_back_gives_no_budget_anew()
    {
        using var budget = Budget(0, new() { PerHour = 3, ReservePercent = 0 });
        for (var n = 0; n < 3; n++) await Take(budget, urgent: false);
        clock.Jump(TimeSpan.FromHours(-5));
        using var restarted = Budget(0, new() { PerHour = 3, ReservePercent = 0 });
        await Should.ThrowAsync<ProviderException>(() => Take(restarted, urgent: false));
    }

    [Fact]
    public async Task a_regular_check_waits_for_the_budget_and_says_so_while_a_sync_that_was_asked_for_goes_on()
    {
        var (wallet, addresses) = await sync.NewWallet(10);
        await sync.Sync(wallet, Triggers.Import);
        await sync.ShouldBeTrue(addresses[0]);

        // Regular checks until they have used up their part.
        IReadOnlyList<SliceAnswer> answers;
        do
        {
            await sync.Execute("update ledgers set wanted_at = now()");
            answers = await sync.Sync(wallet, Triggers.Scheduled, tries: 1);
        }
        while (answers.All(answer => answer.Outcome is SliceOutcome.Done));

        var deferred = answers.Single(answer => answer.Outcome is SliceOutcome.Deferred);
        deferred.Reason.ShouldNotBeNull().ShouldStartWith(
            $"first: the {SmallBudget.PerHour * 8 / 10} of {SmallBudget.PerHour} requests an hour that regular checks may use are used up until ");
        (deferred.RetryAt!.Value - deferred.At).ShouldBeGreaterThan(TimeSpan.FromMinutes(50));
        (await sync.Script.RequestsAsync(Cancellation)).Total.ShouldBeLessThanOrEqualTo(SmallBudget.PerHour * 8 / 10);

        // What its owner asks for is a walk of its own.
        await sync.Execute("update walks set active = false");
        (await sync.Resync(wallet)).ShouldContain(answer => answer.Outcome == SliceOutcome.Done);
    }

    private RequestBudget Budget(int perSecond, BudgetOptions limits, int largestBatch = 1) =>
        new("budget", perSecond, limits, new ProviderPauses(database.DataSource, clock), database.DataSource, clock, SyncMetrics.Providers,
            largestBatch);

    private static async Task Take(RequestBudget budget, bool urgent, int requests = 1)
    {
        RequestPriority.Set(urgent);
        await budget.TakeAsync("asked", requests, Cancellation);
    }

    private async Task<long> Charged() => (long)(await Execute("select sum(used)::bigint from budget_charges where span = 'hour'"))!;

    private async Task<object?> Execute(string sql)
    {
        await using var command = database.DataSource.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Cancellation);
    }

    /// <summary>A time that jumps to whatever is waited for.</summary>
    private sealed class JumpingTime : TimeProvider
    {
        private DateTimeOffset now = new(2026, 1, 2, 3, 4, 0, TimeSpan.Zero);

        /// <summary>Tells that somebody waits.</summary>
        public event Action? Waits;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => now;

        public override long GetTimestamp() => now.UtcTicks;

        public void Jump(TimeSpan by) => now += TimeSpan.FromMicroseconds(Math.Ceiling(by.TotalMicroseconds));

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Jump(dueTime);
            Waits?.Invoke();
            return System.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }
}
