using System.Diagnostics;

namespace ChainSimulator.Serving;

/// <summary>One provider request by its time of arrival; the status is 0 when the client left before the answer.</summary>
public sealed record LoggedRequest(long Number, DateTimeOffset Time, string Network, string Replica, string Path, int Status);

/// <summary>How often a route was asked and how it answered.</summary>
public sealed record RouteCount(string Route, int Status, long Count);

/// <summary>What was asked of the simulator since the last reset of the counters.</summary>
public sealed record RequestCounts(
    long Total,
    IReadOnlyList<RouteCount> Routes,
    IReadOnlyDictionary<string, long> PageCalls,
    int DistinctPages,
    long Bytes,
    int Shifts,
    int ShiftsInsideWalks,
    long CpuMilliseconds);

/// <summary>Counts requests and remembers the last ten thousand.</summary>
internal sealed class RequestLog
{
    private const int Remembered = 10_000;

    private readonly Lock gate = new();
    private readonly LoggedRequest?[] ring = new LoggedRequest?[Remembered];
    private readonly Dictionary<(string Route, int Status), long> routes = [];
    private readonly Dictionary<string, long> pageCalls = [];
    private readonly HashSet<(string Address, string Position)> pages = [];
    private TimeSpan cpuAtReset;
    private long next;
    private long total;
    private long bytes;
    private int shifts;
    private int shiftsInside;

    public long NextNumber() => Interlocked.Increment(ref next);

    public void Add(LoggedRequest request, string route, int length)
    {
        lock (gate)
        {
            ring[total++ % Remembered] = request;
            bytes += length;
            routes[(route, request.Status)] = routes.GetValueOrDefault((route, request.Status)) + 1;
        }
    }

    public void AddPage(string address, string position)
    {
        lock (gate)
        {
            pageCalls[address] = pageCalls.GetValueOrDefault(address) + 1;
            pages.Add((address, position));
        }
    }

    public void AddShift(bool isInsideWalk)
    {
        lock (gate)
        {
            shifts++;
            if (isInsideWalk) shiftsInside++;
        }
    }

    public void Reset()
    {
        lock (gate)
        {
            Array.Clear(ring);
            routes.Clear();
            pageCalls.Clear();
            pages.Clear();
            (total, bytes, shifts, shiftsInside) = (0, 0, 0, 0);
            cpuAtReset = Cpu();
        }
    }

    public RequestCounts Counts()
    {
        lock (gate)
        {
            return new(
                total,
                [.. routes.Select(entry => new RouteCount(entry.Key.Route, entry.Key.Status, entry.Value))
                    .OrderBy(count => count.Route, StringComparer.Ordinal)],
                new Dictionary<string, long>(pageCalls),
                pages.Count,
                bytes,
                shifts,
                shiftsInside,
                (long)(Cpu() - cpuAtReset).TotalMilliseconds);
        }
    }

    /// <summary>The remembered requests, oldest first.</summary>
    public IReadOnlyList<LoggedRequest> Last()
    {
        lock (gate) return [.. ring.OfType<LoggedRequest>().OrderBy(entry => entry.Number)];
    }

    private static TimeSpan Cpu()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime;
    }
}
