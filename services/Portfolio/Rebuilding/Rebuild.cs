using System.Diagnostics;
using System.Globalization;
using Messaging;
using Npgsql;
using ServiceDefaults;

namespace Portfolio.Rebuilding;

/// <summary>
/// Brings the replays to where the live inboxes stand, while these go on. Only the last bit is applied with the live
/// checkpoints locked, so live and rebuilt rows stand for the same stretch of each log.
/// </summary>
internal sealed class Rebuild(NpgsqlDataSource live, IReadOnlyList<InboxReplay> replays, TextWriter output)
{
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(2);

    /// <summary>Replays up to where the live inboxes stand, or to the logs' heads; both may have moved a little when it ends.</summary>
    public async Task CatchUpAsync(bool toHeads, CancellationToken ct)
    {
        foreach (var replay in replays)
        {
            var progress = new Progress(replay.Source, (await replay.CheckpointAsync(ct)).ReadTo);
            long? goal;
            ReplayStep step;
            do
            {
                goal = toHeads ? null : (await LiveAsync(replay.Source, ct)).ReadTo;
                step = await StepAsync(replay, goal, ct);
                KillPoint.Reach("rebuild-after-step");
                await progress.TellAsync(output, step, goal ?? step.Head);
            }
            while (step.ReadTo < (goal ?? step.Head));

            await progress.EndAsync(output);
        }
    }

    /// <summary>
    /// Holds the live checkpoints still while the rest is replayed, up to where they stand, or to the logs' heads, and
    /// while <paramref name="then"/> runs.
    /// </summary>
    public async Task<T> MeetAsync<T>(bool atHead, Func<NpgsqlConnection, Task<T>> then, CancellationToken ct)
    {
        await using var guard = await live.OpenConnectionAsync(ct);
        await using var transaction = await guard.BeginTransactionAsync(ct);
        foreach (var replay in replays.OrderBy(replay => replay.Source, StringComparer.Ordinal))
        {
            var locked = await InboxCheckpoint.LockAsync(guard, replay.Source, ct);
            long? goal = atHead ? null : locked.ReadTo;
            ReplayStep step;
            do step = await StepAsync(replay, goal, ct);
            while (step.ReadTo < (goal ?? step.Head));
        }

        var result = await then(guard);
        await transaction.CommitAsync(ct);
        return result;
    }

    /// <summary>Waits a while for the live inboxes to have read what the sources' logs hold by now; false where they do not.</summary>
    public async Task<bool> LiveReachesAsync(IReadOnlyDictionary<string, long> positions, TimeSpan patience, CancellationToken ct)
    {
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < patience)
        {
            var reached = true;
            foreach (var (source, position) in positions) reached &= (await LiveAsync(source, ct)).ReadTo >= position;
            if (reached) return true;
            await Task.Delay(TimeSpan.FromMilliseconds(100), ct);
        }

        return false;
    }

    /// <summary>Where the sources' logs end now.</summary>
    public async Task<IReadOnlyDictionary<string, long>> HeadsAsync(CancellationToken ct)
    {
        var heads = new Dictionary<string, long>();
        // A step to where the replay stands applies nothing and returns the head.
        foreach (var replay in replays) heads[replay.Source] = (await replay.StepAsync((await replay.CheckpointAsync(ct)).ReadTo, ct)).Head;
        return heads;
    }

    private static async Task<ReplayStep> StepAsync(InboxReplay replay, long? goal, CancellationToken ct)
    {
        var step = await replay.StepAsync(goal, ct);
        if (goal is not { } live) return step;
        if (step.Head < live)
            throw new RebuildException($"The live inbox has read '{replay.Source}' to {live}, but that log ends at {step.Head}: it was replaced by " +
                "an older one. --swap makes the live model anew from it.");
        return step.ReadTo <= live ? step
            : throw new RebuildException($"The rebuilt model has read '{replay.Source}' to {step.ReadTo}, the live one only to {live}: it was set " +
                "back meanwhile.");
    }

    private async Task<InboxCheckpoint> LiveAsync(string source, CancellationToken ct)
    {
        await using var connection = await live.OpenConnectionAsync(ct);
        return await InboxCheckpoint.ReadAsync(connection, source, ct);
    }

    private sealed class Progress(string source, long from)
    {
        private readonly Stopwatch watch = Stopwatch.StartNew();
        private readonly ReplayPace pace = new(from);
        private TimeSpan reported;
        private ReplayStep last = new(from, from, 0);
        private long contracts;

        public async Task TellAsync(TextWriter output, ReplayStep step, long goal)
        {
            (last, contracts) = (step, contracts + step.Contracts);
            pace.Reached(step.ReadTo);
            if (watch.Elapsed - reported < ReportEvery) return;

            reported = watch.Elapsed;
            await output.WriteLineAsync($"{source}: {pace.Describe(goal, watch.Elapsed)}");
        }

        public Task EndAsync(TextWriter output) => output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"{source}: replayed from {from:N0} to {last.ReadTo:N0}, {contracts:N0} contracts in {watch.Elapsed.TotalSeconds:0.0} s"));
    }
}
