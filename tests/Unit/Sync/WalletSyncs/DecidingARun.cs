using Shouldly;
using Sync.Walks;
using Sync.WalletSyncs;
using Xunit;

namespace Unit.Sync;

/// <summary>What a wallet's run does next, given what is in flight and what is left to do.</summary>
public sealed class DecidingARun
{
    private static readonly DateTimeOffset Now = new(2026, 11, 29, 8, 0, 0, TimeSpan.Zero);
    private static readonly RunTimes Times = new(Now, Now.AddSeconds(30), Now.AddSeconds(120));
    private static readonly SliceInFlight Slice = new(Guid.CreateVersion7(), "bitcoin", 1, 1);

    [Fact]
    public void an_import_with_something_to_fetch_is_recorded_and_syncs_until_an_answer_is_overdue()
    {
        var outcome = RunRules.Decide(Run(Triggers.Import), Plan.Nothing with { Slices = [Slice] }, Times);

        (outcome.State, outcome.DueAt, outcome.Reason).ShouldBe((RunState.Syncing, Times.AnswerBy, null));
        outcome.Send.ShouldBe([Slice]);
        outcome.Events.ShouldHaveSingleItem().ShouldBeOfType<SyncEvent.SyncStarted>().Trigger.ShouldBe("import");
    }

    [Fact]
    public void while_slices_are_in_flight_nothing_new_is_sent_and_the_run_goes_on()
    {
        var saga = Run(Triggers.Import, announced: true);
        saga.InFlight.Add(Slice);

        var outcome = RunRules.Decide(saga, Plan.Nothing, Times);

        outcome.State.ShouldBe(RunState.Syncing);
        outcome.Send.ShouldBeEmpty();
        outcome.Events.ShouldBeEmpty();
    }

    [Fact]
    public void a_run_with_nothing_left_is_completed_with_what_it_came_to_and_checks_regularly()
    {
        var saga = Run(Triggers.Import, announced: true);
        (saga.Pages, saga.Requests, saga.Found) = (3, 5, 60);

        var outcome = RunRules.Decide(saga, Plan.Nothing, Times);

        (outcome.State, outcome.DueAt).ShouldBe((RunState.Idle, Times.NextCheck));
        var end = outcome.Events.ShouldHaveSingleItem().ShouldBeOfType<SyncEvent.SyncCompleted>();
        (end.Pages, end.Requests, end.Found, end.Trigger, end.StartedAt).ShouldBe((3, 5, 60, "import", saga.StartedAt));
    }

    [Fact]
    public void a_regular_check_that_finds_nothing_is_not_recorded()
    {
        RunRules.Decide(Run(Triggers.Scheduled), Plan.Nothing with { Slices = [Slice] }, Times).Events.ShouldBeEmpty();
        RunRules.Decide(Run(Triggers.Scheduled), Plan.Nothing, Times).Events.ShouldBeEmpty();
    }

    [Fact]
    public void a_regular_check_that_finds_something_is_recorded_from_its_start()
    {
        var saga = Run(Triggers.Scheduled);
        saga.Found = 1;

        RunRules.Decide(saga, Plan.Nothing, Times).Events.Select(e => e.GetType())
            .ShouldBe([typeof(SyncEvent.SyncStarted), typeof(SyncEvent.SyncCompleted)]);
    }

    [Fact]
    public void whatever_is_waited_for_the_next_regular_check_comes_in_its_time()
    {
        var plan = Plan.Nothing with { Waiting = 1, NextTry = Now.AddMinutes(10), NextCheck = Now.AddSeconds(70) };

        RunRules.Decide(Run(Triggers.Import, announced: true), plan, Times).DueAt.ShouldBe(Now.AddSeconds(70));
        RunRules.Decide(Run(Triggers.Import, announced: true), plan with { AllFailed = true }, Times).DueAt.ShouldBe(Now.AddSeconds(70));
        RunRules.Decide(Run(Triggers.Import, announced: true), plan with { NextCheck = null }, Times).DueAt.ShouldBe(Now.AddMinutes(10));
    }

    [Fact]
    public void tries_after_a_failed_run_are_no_runs_until_one_succeeds()
    {
        var saga = Run(Triggers.Import, announced: true);
        var failed = Plan.Nothing with { Waiting = 1, AllFailed = true, Reason = "nonsense", NextTry = Now.AddSeconds(120) };
        var first = RunRules.Decide(saga, failed, Times);
        first.Events.ShouldHaveSingleItem().ShouldBeOfType<SyncEvent.SyncFailed>();
        saga.Apply(first, Now);
        saga.FailedRun.ShouldBe(saga.RunId);

        saga.Begin(Triggers.Scheduled, Guid.CreateVersion7(), Now.AddSeconds(120));
        RunRules.Decide(saga, Plan.Nothing with { Slices = [Slice] }, Times).Events.ShouldBeEmpty();
        var again = RunRules.Decide(saga, failed, Times);
        again.Events.ShouldBeEmpty();
        saga.Apply(again, Now.AddSeconds(120));

        saga.Begin(Triggers.Scheduled, Guid.CreateVersion7(), Now.AddSeconds(240));
        var recovered = RunRules.Decide(saga, Plan.Nothing, Times);
        recovered.Events.Select(e => e.GetType()).ShouldBe([typeof(SyncEvent.SyncStarted), typeof(SyncEvent.SyncCompleted)]);
        saga.Apply(recovered, Now.AddSeconds(240));
        saga.FailedRun.ShouldBeNull();
    }

    [Fact]
    public void what_cannot_go_on_waits_with_its_reason_until_the_next_try_and_says_so_once()
    {
        var saga = Run(Triggers.Import, announced: true);
        var plan = Plan.Nothing with { Waiting = 1, Reason = "rate limited by first", NextTry = Now.AddSeconds(40) };

        var outcome = RunRules.Decide(saga, plan, Times);

        (outcome.State, outcome.DueAt, outcome.Reason).ShouldBe((RunState.Waiting, Now.AddSeconds(40), "rate limited by first"));
        outcome.Events.ShouldHaveSingleItem().ShouldBe(new SyncEvent.SyncWaiting(saga.CorrelationId, saga.RunId, "rate limited by first",
            Now.AddSeconds(40), Now));

        saga.Apply(outcome, Now);
        RunRules.Decide(saga, plan, Times).Events.ShouldBeEmpty();
    }

    [Fact]
    public void nothing_waits_without_a_reason_and_a_next_try()
    {
        var outcome = RunRules.Decide(Run(Triggers.Import, announced: true), Plan.Nothing with { Waiting = 1, NextTry = Now.AddSeconds(-5) }, Times);

        (outcome.State, outcome.Reason).ShouldBe((RunState.Waiting, "the address is being read"));
        outcome.DueAt.ShouldBeGreaterThan(Now);
    }

    [Fact]
    public void a_run_fails_where_all_that_is_left_has_failed_too_often_and_is_tried_again_later()
    {
        var outcome = RunRules.Decide(
            Run(Triggers.Import, announced: true), new Plan([], 2, AllFailed: true, "first refuses", Now.AddSeconds(300)), Times);

        (outcome.State, outcome.DueAt, outcome.Reason).ShouldBe((RunState.Idle, Now.AddSeconds(300), "first refuses"));
        outcome.Events.ShouldHaveSingleItem().ShouldBeOfType<SyncEvent.SyncFailed>().NextTry.ShouldBe(Now.AddSeconds(300));
    }

    [Fact]
    public void a_cancelled_run_ends_and_what_was_asked_for_since_begins_at_once()
    {
        var saga = Run(Triggers.Requested, announced: true);

        RunRules.Cancel(saga, isWantedSince: false, Times).DueAt.ShouldBe(Times.NextCheck);
        var outcome = RunRules.Cancel(saga, isWantedSince: true, Times);

        (outcome.State, outcome.DueAt).ShouldBe((RunState.Idle, Now));
        outcome.Events.ShouldHaveSingleItem().ShouldBeOfType<SyncEvent.SyncCancelled>();
        RunRules.Cancel(Run(Triggers.Scheduled), isWantedSince: false, Times).Events.ShouldBeEmpty();
    }

    [Fact]
    public void time_spent_waiting_is_not_part_of_the_pace()
    {
        var saga = Run(Triggers.Import, announced: true);
        var started = saga.PacedFrom!.Value;
        saga.Apply(RunRules.Decide(saga, Plan.Nothing with { Waiting = 1, NextTry = Now.AddSeconds(40) }, Times), Now);

        var later = new RunTimes(Now.AddSeconds(40), Now.AddSeconds(70), Now.AddSeconds(160));
        saga.Apply(RunRules.Decide(saga, Plan.Nothing with { Slices = [Slice] }, later), later.Now);

        saga.PacedFrom.ShouldBe(started.AddSeconds(40));
        (saga.WaitsSince, saga.Reason).ShouldBe((null, null));
    }

    [Fact]
    public void a_later_run_is_a_later_one_whatever_the_clock_says()
    {
        var saga = Run(Triggers.Import);

        saga.Begin(Triggers.Scheduled, Guid.CreateVersion7(), saga.StartedAt.AddHours(-1));

        saga.StartedAt.ShouldBe(Now.AddSeconds(-10).AddMilliseconds(1));
    }

    [Fact]
    public void an_answer_is_taken_once_and_more_to_fetch_is_the_next_slice()
    {
        var saga = Run(Triggers.Import);
        saga.InFlight.Add(Slice);
        var answer = new PagesFetched(saga.CorrelationId, Slice.LedgerId, 1, 1, new SliceAnswer(SliceOutcome.More, 2, 50, null, null, Now, 3));

        saga.Awaits(answer).ShouldBeTrue();
        saga.Take(answer).ShouldBe(Slice with { Slice = 2, Pages = 2, Requests = 3, Found = 50 });

        saga.Awaits(answer).ShouldBeFalse();
        (saga.Pages, saga.Requests, saga.Found).ShouldBe((2, 3, 50));
    }

    private static WalletSync Run(string trigger, bool announced = false)
    {
        var saga = new WalletSync { CorrelationId = Guid.CreateVersion7() };
        saga.Begin(trigger, Guid.CreateVersion7(), Now.AddSeconds(-10));
        saga.Announced = announced;
        return saga;
    }
}
