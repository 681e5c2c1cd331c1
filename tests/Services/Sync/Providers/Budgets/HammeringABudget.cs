using System.Globalization;
using EventSourcing;
using Messaging;
using Npgsql;
using Shouldly;
using Sync;
using Testing;
using Xunit;

namespace Services.Sync;

/// <summary>
/// Three processes ask one provider on one budget, as fast as they may, for months of a simulated time: what counts is what
/// the provider saw arrive, in any span whenever it begins.
/// </summary>
public sealed class HammeringABudget(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static readonly TimeSpan Month = TimeSpan.FromDays(31);

    private static bool IsFull => Environment.GetEnvironmentVariable("WHOLE_FULL") == "1";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task no_limit_is_exceeded_in_any_span_of_a_month_although_a_process_is_killed_with_a_lot_in_hand()
    {
        // The whole month of the figures for Blockstream, or the same in small.
        var limits = IsFull ? new Limits(10, 555, 13_333, 400_000) : new Limits(10, 12, 40, 600);
        // A day that somebody waits on costs the next one its part of any 24 hours. Coming every third day, nobody meets the
        // moment at which the larger month is taken.
        var everyDays = IsFull ? 2 : 3;
        await using var world = await NewWorld();
        var ofTheKilled = 0;
        // Its lots are of one, of two and of four: with its fourth request it has three more in hand.
        world.Hold = arrival => arrival.Process == "killed" && ++ofTheKilled == 4;
        var lasts = Month + TimeSpan.FromDays(2);
        await using var killed = Start(world, "killed", limits, urgent: false, lasts);
        await world.Held.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancellation);
        await using var regular = Start(world, "regular", limits, urgent: false, lasts);
        await using var urgent = Start(world, "urgent", limits, urgent: true, lasts, think: IsFull ? 3 : 600, everyDays: everyDays);
        await killed.Kill();
        (await Charged() - world.Arrivals.Count).ShouldBeGreaterThanOrEqualTo(3, "what was in hand counts as sent");
        await using var heir = Start(world, "heir", limits, urgent: false, lasts);
        world.Forget("killed");
        await Eventually.Is(() => world.IsDeserted, "the months pass", TimeSpan.FromMinutes(IsFull ? 40 : 5));

        var arrivals = world.Arrivals;
        foreach (var (span, limit) in limits.Spans)
        {
            var sliding = Most(arrivals, span, _ => true);
            var unwaited = Most(arrivals, span, arrival => !arrival.Urgent);
            TestContext.Current.SendDiagnosticMessage(
                $"{span}: at most {sliding} of {limit} arrived, {unwaited} without anybody waiting, {arrivals.Count} in all");
            sliding.ShouldBeLessThanOrEqualTo(limit, $"in any {span}");
            arrivals.CountBy(arrival => arrival.At / span.Ticks).Max(count => count.Value)
                .ShouldBeLessThanOrEqualTo((int)limit, $"in a fixed {span}");
            if (span > TimeSpan.FromSeconds(1)) unwaited.ShouldBeLessThanOrEqualTo(limit * 8 / 10, $"the reserve in any {span}");
        }

        // Who is waited for comes every few days, finds the rest of the budget taken, and has the reserve.
        foreach (var (span, limit) in limits.Spans.Skip(1))
            Most(arrivals, span, _ => true).ShouldBeGreaterThan(limit * 8 / 10, $"the budget of any {span} is there to be used");
    }

    [Theory]
    [InlineData(8)]
    [InlineData(6)]
    public async Task nobody_asks_while_the_provider_wants_patience_and_the_old_pace_is_back_in_five_minutes(int hidden)
    {
        const int Patience = 7;
        var (throttled, lifted, end) = (TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(9));
        var limits = new Limits(8, 1_000_000, 1_000_000, 1_000_000);
        await using var world = await NewWorld();
        world.Refuse = seen =>
        {
            var at = seen.Now - HammeredWorld.Start;
            var limit = at >= throttled && at < lifted ? 1 : hidden;
            return seen.LetInWithin(TimeSpan.FromSeconds(1)) >= limit ? Patience : null;
        };
        await using var one = Start(world, "one", limits, urgent: false, end, late: 0);
        await using var two = Start(world, "two", limits, urgent: true, end, late: 0);
        await using var three = Start(world, "three", limits, urgent: false, end, late: 0);
        await Eventually.Is(() => world.IsDeserted, "the time passes", TimeSpan.FromMinutes(5));

        var arrivals = world.Arrivals;
        var refusals = arrivals.Where(arrival => arrival.Refused).ToList();
        refusals.ShouldNotBeEmpty();
        // What was sent at the very moment of the refusal was under way.
        foreach (var refusal in refusals)
        {
            arrivals.Count(arrival => arrival.Sent > refusal.At && arrival.At < refusal.At + (Patience * TimeSpan.TicksPerSecond))
                .ShouldBe(0, $"a request during the wait asked for at {refusal.At}");
        }

        var pace = arrivals.Where(arrival => !arrival.Refused && arrival.At >= (HammeredWorld.Start + lifted).UtcTicks).ToList();
        var best = Most(pace, TimeSpan.FromSeconds(10), _ => true) / 10.0;
        TestContext.Current.SendDiagnosticMessage($"{refusals.Count} refusals; {best} a second of {hidden} after it was lifted");
        best.ShouldBeGreaterThanOrEqualTo(0.9 * hidden);
    }

    [Fact]
    public async Task no_limit_is_exceeded_in_any_span_by_batches_either_and_nobody_starves_beside_the_others()
    {
        var limits = new Limits(20, 1_200, 1_000_000, 1_000_000);
        await using var world = await NewWorld();
        var lasts = TimeSpan.FromHours(2);
        await using var one = Start(world, "one", limits, urgent: true, lasts, largestBatch: 5);
        await using var three = Start(world, "three", limits, urgent: true, lasts, batch: 3, largestBatch: 5);
        await using var five = Start(world, "five", limits, urgent: true, lasts, batch: 5, largestBatch: 5);
        await Eventually.Is(() => world.IsDeserted, "the hours pass", TimeSpan.FromMinutes(5));

        var arrivals = world.Arrivals;
        foreach (var (span, limit) in limits.Spans.Take(2))
        {
            var sliding = Most(arrivals, span, _ => true);
            TestContext.Current.SendDiagnosticMessage(
                $"{span}: at most {sliding} of {limit} arrived, {arrivals.Count} in all: " +
                $"{string.Join(", ", arrivals.CountBy(arrival => arrival.Process))}");
            sliding.ShouldBeInRange(limit * 8 / 10, limit, $"in any {span}");
        }

        arrivals.Select(arrival => arrival.Process).Distinct().Count().ShouldBe(3);
    }

    private static long Most(IReadOnlyList<Arrival> arrivals, TimeSpan span, Func<Arrival, bool> counts)
    {
        var (most, first) = (0L, 0);
        var counted = arrivals.Where(counts).ToList();
        for (var last = 0; last < counted.Count; last++)
        {
            while (counted[last].At - counted[first].At >= span.Ticks) first++;
            most = Math.Max(most, last - first + 1L);
        }

        return most;
    }

    private async Task<HammeredWorld> NewWorld()
    {
        await EventSourcingModule.MigrateAsync(database.DataSource, [MessagingModule.Assembly, typeof(SyncModule).Assembly],
            ct: Cancellation);
        await using var command = database.DataSource.CreateCommand("delete from budgets; delete from budget_charges; delete from provider_pauses");
        await command.ExecuteNonQueryAsync(Cancellation);
        var world = new HammeredWorld();
        await world.StartAsync();
        return world;
    }

    private async Task<long> Charged()
    {
        await using var command = database.DataSource.CreateCommand("select sum(used)::bigint from budget_charges where span = 'month'");
        return (long)(await command.ExecuteScalarAsync(Cancellation))!;
    }

    private ServiceProcess Start(HammeredWorld world, string name, Limits limits, bool urgent, TimeSpan lasts, int think = 0, int late = 78,
        int everyDays = 1, int batch = 1, int largestBatch = 1)
    {
        world.Expect(name);
        var settings = new Dictionary<string, string>
        {
            ["HAMMER_PROCESS"] = name,
            ["HAMMER_URGENT"] = urgent ? "1" : "0",
            ["HAMMER_SEED"] = Text(name.Length),
            ["HAMMER_CLOCK"] = Text(world.ClockPort),
            ["HAMMER_URL"] = world.Url,
            // Nobody pulls the server's plug, and waiting for its disk would take most of the time.
            ["HAMMER_DATABASE"] = new NpgsqlConnectionStringBuilder(
                database.ConnectionString)
            { Options = "-c synchronous_commit=off" }.ConnectionString,
            ["HAMMER_SECOND"] = Text(limits.Second),
            ["HAMMER_HOUR"] = Text(limits.Hour),
            ["HAMMER_DAY"] = Text(limits.Day),
            ["HAMMER_MONTH"] = Text(limits.Month),
            ["HAMMER_THINK"] = Text(think),
            ["HAMMER_DAYS"] = Text(everyDays),
            ["HAMMER_LATE"] = Text(late),
            ["HAMMER_BATCH"] = Text(batch),
            ["HAMMER_LARGEST_BATCH"] = Text(largestBatch),
            ["HAMMER_END"] = Text((HammeredWorld.Start + lasts).UtcTicks),
        };
        var process = new ServiceProcess($"hammer-{name}", Repository.Program("Hammer"), settings, new Uri(world.Url));
        process.Launch();
        return process;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed record Limits(long Second, long Hour, long Day, long Month)
    {
        public IEnumerable<(TimeSpan Span, long Limit)> Spans =>
            [(TimeSpan.FromSeconds(1), Second), (TimeSpan.FromHours(1), Hour), (TimeSpan.FromDays(1), Day), (HammeringABudget.Month, Month)];
    }
}
