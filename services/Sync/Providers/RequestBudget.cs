using Npgsql;
using Sync.Chains;

namespace Sync.Providers;

/// <summary>The right to send one request now. <c>SentAt</c> is by the clock all processes share; <c>FullGap</c>, the seconds between two requests where nobody throttles.</summary>
internal sealed record Permit(DateTimeOffset SentAt, double FullGap);

/// <summary>
/// What one account at a provider may be asked, by all processes together: requests are charged in the database before they
/// are sent, a few at a time. Each has its place in the rate and is sent there or not at all; what was not sent is given
/// back with the next lot, and what a killed process had in hand counts as sent.
/// </summary>
internal sealed class RequestBudget(string name, int perSecond, BudgetOptions limits, ProviderPauses pauses, NpgsqlDataSource dataSource, TimeProvider clock) : IDisposable
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

    private double FullGap => perSecond == 0 ? 0 : (1 + Lateness) / perSecond;

    /// <summary>Waits for the place of the caller's next request, for seconds at most.</summary>
    /// <exception cref="ProviderException">The budget has no room in that time, or the provider is to be left alone.</exception>
    public async Task<Permit> TakeAsync(string provider, CancellationToken ct)
    {
        var line = Urgency.IsWaitedFor ? urgent : regular;
        while (true)
        {
            var (lot, place) = await NextAsync(line, provider, ct);
            while (lot.Opens(place) - clock.GetElapsedTime(lot.Received).TotalSeconds is var left && left > 0)
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(left * 1000)), clock, ct);

            if (await pauses.OfAsync(name, atThisMoment: true, ct) is { } pause)
            {
                lot.NotSent();
                throw new ProviderException(ProviderFailure.RateLimited, provider, pause.Reason, pause.Left);
            }

            if (!IsOver(lot, place)) return new Permit(lot.At + TimeSpan.FromSeconds(lot.Opens(place)), FullGap);
            lot.NotSent();
        }
    }

    public void Dispose()
    {
        urgent.Gate.Dispose();
        regular.Gate.Dispose();
    }

    private async Task<(Lot Lot, int Place)> NextAsync(Line line, string provider, CancellationToken ct)
    {
        await line.Gate.WaitAsync(ct);
        try
        {
            var missed = false;
            while (true)
            {
                while (line.Lot is { IsEmpty: false } lot)
                {
                    if (!IsOver(lot, lot.Next)) return (lot, lot.Take());
                    lot.PassOver();
                    missed = true;
                }

                // Who uses what he has gets more at once, up to what a second brings.
                line.Size = line.Lot is null || missed ? 1 : Math.Min(2 * line.Size, MostAtOnce);
                await LeaseAsync(line, provider, ct);
            }
        }
        finally
        {
            line.Gate.Release();
        }
    }

    private async Task LeaseAsync(Line line, string provider, CancellationToken ct)
    {
        if (line.Refusal is { } refusal && refusal.Wait - clock.GetElapsedTime(refusal.At) is var left && left > TimeSpan.Zero)
            throw Refused(line, provider, refusal.Span, left);

        // Whatever becomes of the call, this is given back once at most.
        var (unused, unusedAt) = line.Lot is { } last ? (last.GiveBack(), last.At) : (0, DateTimeOffset.UnixEpoch);
        var asked = clock.GetTimestamp();
        await using var command = dataSource.CreateCommand("select granted, at, wait, gap, retry_in, refused_by from lease_requests($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");
        command.Parameters.Add(new() { Value = name });
        command.Parameters.Add(clock.AsParameter());
        command.Parameters.Add(new() { Value = line.Size });
        command.Parameters.Add(new() { Value = FullGap });
        command.Parameters.Add(new() { Value = Patience });
        foreach (var span in Spans) command.Parameters.Add(new NpgsqlParameter<long?> { TypedValue = LimitOf(span, line) });
        command.Parameters.Add(new() { Value = unused });
        command.Parameters.Add(new() { Value = unusedAt });
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        line.Lot = new Lot(reader.GetInt32(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetDouble(2), reader.GetDouble(3), asked, clock.GetTimestamp());
        line.Refusal = null;
        if (line.Lot.Granted > 0) return;

        var wait = TimeSpan.FromSeconds(Math.Max(reader.GetDouble(4), 0.001));
        var by = reader.GetString(5);
        // A place in the rate comes up again too soon to be worth remembering.
        if (by != "second") line.Refusal = (by, wait, clock.GetTimestamp());
        throw Refused(line, provider, by, wait);
    }

    private ProviderException Refused(Line line, string provider, string span, TimeSpan wait)
    {
        ProviderMetrics.BudgetWaits.Add(1, new("budget", name), new("window", span));
        if (span == "second") return new ProviderException(ProviderFailure.RateLimited, provider, $"its {perSecond} requests a second are taken", TimeSpan.FromSeconds(Math.Max(2, wait.TotalSeconds)));

        var (limit, own, a) = (LimitOf(span, urgent), LimitOf(span, line), span == "hour" ? "an" : "a");
        var budget = own == limit ? $"the budget of {limit} requests {a} {span} is" : $"the {own} of {limit} requests {a} {span} that regular checks may use are";
        return new ProviderException(ProviderFailure.RateLimited, provider, $"{budget} used up until {(clock.GetUtcNow() + wait).UtcDateTime:yyyy-MM-dd HH:mm}Z", wait);
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
        public SemaphoreSlim Gate { get; } = new(1);

        public Lot? Lot { get; set; }

        public int Size { get; set; } = 1;

        public (string Span, TimeSpan Wait, long At)? Refusal { get; set; }
    }

    private sealed class Lot(int granted, DateTimeOffset at, double wait, double gap, long asked, long received)
    {
        private int taken;
        private int notSent;

        public int Granted => granted;

        public DateTimeOffset At => at;

        public double Gap => gap;

        public long Asked => asked;

        public long Received => received;

        public int Next { get; private set; }

        public bool IsEmpty => Next >= granted;

        /// <summary>Seconds from the charge to a place in the rate.</summary>
        public double Opens(int place) => wait + (place * gap);

        public int Take()
        {
            taken++;
            return Next++;
        }

        public void PassOver() => Next++;

        public void NotSent() => Interlocked.Increment(ref notSent);

        public int GiveBack()
        {
            var left = granted - taken + Volatile.Read(ref notSent);
            taken = granted;
            Volatile.Write(ref notSent, 0);
            return left;
        }
    }
}
