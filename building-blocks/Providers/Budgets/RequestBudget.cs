using System.Collections.Concurrent;
using Npgsql;

namespace Providers;

/// <summary>The right to send one request now. <c>SentAt</c> is by the clock all processes share; <c>FullGap</c>, the seconds between two
/// requests where nobody throttles.</summary>
public sealed record Permit(DateTimeOffset SentAt, double FullGap);

/// <summary>
/// What one account at a provider may be asked, by all processes together: requests are charged in the database before they
/// are sent, a few at a time. Each has its place in the rate and is sent there or not at all; the questions of a batch have
/// as many places in a row, all or none, and are sent at the last. What was not sent is given back with the next lot, and
/// what a killed process had in hand counts as sent.
/// </summary>
public sealed class RequestBudget(string name, int perSecond, BudgetOptions limits, ProviderPauses pauses, NpgsqlDataSource dataSource,
    TimeProvider clock, ProviderMetrics metrics, int largestBatch = 1) : IDisposable
{
    /// <summary>How late a request may be at its place in the rate, in seconds; the rate is as much below the limit (ADR 0019).</summary>
    public const double Lateness = 0.08;

    private const int MostAtOnce = 50;
    private const double Patience = 5;
    // Where there is no rate a lot has no places, but an end all the same: it must be used up near to when it was charged.
    private const double LotLasts = 10;
    private static readonly string[] Spans = ["hour", "day", "month"];

    private readonly Line urgent = new();
    private readonly Line regular = new();

    public string Name => name;

    public BudgetOptions Limits => limits;

    /// <summary>0 is no rate.</summary>
    public int PerSecond => perSecond;

    /// <summary>The most requests that are sent at once, by any of those who share the account.</summary>
    public int LargestBatch => largestBatch;

    // A second may see the whole of a batch that has but its last place in it.
    private double FullGap => perSecond == 0 ? 0 : (1 + Lateness) / (perSecond - largestBatch + 1);

    /// <summary>Waits for the place of the caller's next requests, which are sent at once; for seconds at most.</summary>
    /// <exception cref="ProviderException">The budget has no room in that time, or the provider is to be left alone.</exception>
    public async Task<Permit> TakeAsync(string provider, int requests, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(requests, largestBatch);
        var line = RequestPriority.IsWaitedFor ? urgent : regular;
        while (true)
        {
            var (lot, place) = await NextAsync(line, requests, provider, ct);
            var isSent = false;
            try
            {
                while (lot.Opens(place) - clock.GetElapsedTime(lot.Received).TotalSeconds is var left && left > 0)
                    await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(left * 1000)), clock, ct);

                if (await pauses.OfAsync(name, atThisMoment: true, ct) is { } pause)
                    throw new ProviderException(ProviderFailure.RateLimited, provider, pause.Reason, pause.Left);

                isSent = !IsOver(lot, place);
                if (isSent) return new Permit(lot.At + TimeSpan.FromSeconds(lot.Opens(place)), FullGap);
            }
            finally
            {
                if (!isSent) line.NotSent(lot, requests);
            }
        }
    }

    public void Dispose()
    {
        urgent.Gate.Dispose();
        regular.Gate.Dispose();
    }

    private async Task<(Lot Lot, int Place)> NextAsync(Line line, int requests, string provider, CancellationToken ct)
    {
        await line.Gate.WaitAsync(ct);
        try
        {
            var missed = false;
            while (true)
            {
                while (line.Lot is { IsEmpty: false } lot)
                {
                    if (!IsOver(lot, lot.Next))
                    {
                        if (requests == 1) return (lot, lot.Take());
                        break;
                    }

                    lot.Take();
                    line.NotSent(lot, 1);
                    missed = true;
                }

                // A lot has places for requests one by one; a batch has a lot to itself.
                if (requests > 1) return (await LeaseAsync(line, requests, requests, provider, ct), requests - 1);

                // Who uses what he has gets more at once, up to what a second brings.
                line.Size = line.Lot is null || missed ? 1 : Math.Min(2 * line.Size, MostAtOnce);
                line.Lot = await LeaseAsync(line, line.Size, 1, provider, ct);
            }
        }
        finally
        {
            line.Gate.Release();
        }
    }

    private async Task<Lot> LeaseAsync(Line line, int wanted, int least, string provider, CancellationToken ct)
    {
        // What is given back may be the very room.
        if (line.Refusal is { } refusal && least >= refusal.Requests && !line.HasUnsent && refusal.Wait - clock.GetElapsedTime(refusal.At) is var left
            && left > TimeSpan.Zero)
            throw Refused(line, provider, refusal.Span, left);

        // Whatever becomes of the call, this is given back once at most.
        var (unused, unusedAt) = line.TakeUnsent();
        var asked = clock.GetTimestamp();
        await using var command = dataSource.CreateCommand(
            "select granted, at, wait, gap, retry_in, refused_by from lease_requests($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
        command.Parameters.Add(new() { Value = name });
        command.Parameters.Add(clock.AsParameter());
        command.Parameters.Add(new() { Value = wanted });
        command.Parameters.Add(new() { Value = FullGap });
        command.Parameters.Add(new() { Value = Patience });
        foreach (var span in Spans) command.Parameters.Add(new NpgsqlParameter<long?> { TypedValue = LimitOf(span, line) });
        command.Parameters.Add(new() { Value = unused });
        command.Parameters.Add(new() { Value = unusedAt });
        command.Parameters.Add(new() { Value = least });
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        line.Refusal = null;
        if (reader.GetInt32(0) is var granted && granted > 0)
            return new Lot(granted, reader.GetFieldValue<DateTimeOffset>(1), reader.GetDouble(2), reader.GetDouble(3), asked, clock.GetTimestamp());

        var wait = TimeSpan.FromSeconds(Math.Max(reader.GetDouble(4), 0.001));
        var by = reader.GetString(5);
        // A place in the rate comes up again too soon to be worth remembering.
        if (by != "second") line.Refusal = (by, least, wait, clock.GetTimestamp());
        throw Refused(line, provider, by, wait);
    }

    private ProviderException Refused(Line line, string provider, string span, TimeSpan wait)
    {
        metrics.BudgetWaits.Add(1, new("budget", name), new("window", span));
        if (span == "second")
            return new ProviderException(ProviderFailure.RateLimited, provider, $"its {perSecond} requests a second are taken",
                TimeSpan.FromSeconds(Math.Max(2, wait.TotalSeconds)));

        var (limit, own, a) = (LimitOf(span, urgent), LimitOf(span, line), span == "hour" ? "an" : "a");
        var budget = own == limit
            ? $"the budget of {limit} requests {a} {span} is" : $"the {own} of {limit} requests {a} {span} that regular checks may use are";
        return new ProviderException(ProviderFailure.RateLimited, provider,
            $"{budget} used up until {(clock.GetUtcNow() + wait).UtcDateTime:yyyy-MM-dd HH:mm}Z", wait);
    }

    private long? LimitOf(string span, Line line)
    {
        foreach (var (limited, limit, withoutReserve) in limits.Limits())
        {
            if (limited == span) return line == urgent ? limit : withoutReserve;
        }

        return null;
    }

    // Measured from before the lot was asked for: so it is never later, by the clock of whoever charged it, than it seems.
    private bool IsOver(Lot lot, int place) =>
        clock.GetElapsedTime(lot.Asked).TotalSeconds > lot.Opens(place) + (lot.Gap > 0 ? Lateness : LotLasts);

    // Those who have reserves and those who have not draw lots of their own.
    private sealed class Line
    {
        private readonly ConcurrentQueue<(int Requests, DateTimeOffset ChargedAt)> unsent = new();

        public SemaphoreSlim Gate { get; } = new(1);

        public Lot? Lot { get; set; }

        public int Size { get; set; } = 1;

        public (string Span, int Requests, TimeSpan Wait, long At)? Refusal { get; set; }

        public bool HasUnsent => !unsent.IsEmpty;

        public void NotSent(Lot lot, int requests) => unsent.Enqueue((requests, lot.At));

        /// <summary>Requests that were charged at one time, to be given back.</summary>
        public (int Requests, DateTimeOffset ChargedAt) TakeUnsent()
        {
            var (requests, chargedAt) = (0, DateTimeOffset.UnixEpoch);
            while (unsent.TryPeek(out var next) && (requests == 0 || next.ChargedAt == chargedAt) && unsent.TryDequeue(out next))
                (requests, chargedAt) = (requests + next.Requests, next.ChargedAt);
            return (requests, chargedAt);
        }
    }

    private sealed class Lot(int granted, DateTimeOffset at, double wait, double gap, long asked, long received)
    {
        public DateTimeOffset At => at;

        public double Gap => gap;

        public long Asked => asked;

        public long Received => received;

        public int Next { get; private set; }

        public bool IsEmpty => Next >= granted;

        /// <summary>Seconds from the charge to a place in the rate.</summary>
        public double Opens(int place) => wait + (place * gap);

        public int Take() => Next++;
    }
}
