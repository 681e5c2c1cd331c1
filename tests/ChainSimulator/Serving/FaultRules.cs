using System.IO.Enumeration;
using ChainSimulator.World;

namespace ChainSimulator.Serving;

/// <summary>The ways in which a provider can fail, mislead or delay.</summary>
public enum FaultKind
{
    /// <summary>Answers <see cref="Fault.Status"/> (500 by default) and nothing useful.</summary>
    Status,

    /// <summary>Answers 429 with Retry-After of <see cref="Fault.RetryAfterSeconds"/>.</summary>
    RateLimit,

    /// <summary>Says nothing until cleared or until the client leaves.</summary>
    Hang,

    /// <summary>Answers after <see cref="Fault.Milliseconds"/>.</summary>
    Slow,

    /// <summary>Holds the request, or half the body with <see cref="Fault.MidBody"/>, until released.</summary>
    Gate,

    /// <summary>Announces the whole body, sends half and breaks the connection.</summary>
    Break,

    /// <summary>Sends half the body as if it were all.</summary>
    Truncate,

    /// <summary>Answers a page of HTML with 200.</summary>
    Html,

    /// <summary>Says that the body is text/html.</summary>
    ContentType,

    /// <summary>Answers <see cref="Fault.Megabytes"/> of valid JSON.</summary>
    Huge,

    /// <summary>Answers an empty list where transactions are asked for.</summary>
    EmptyPage,

    /// <summary>Never ends its pages: repeats the last transactions, or invents ones with <see cref="Fault.Invented"/>.</summary>
    EndlessPages,

    /// <summary>Starts pages <see cref="Fault.By"/> transactions too late, or too early when negative.</summary>
    PageDrift,

    /// <summary>Leaves about one of <see cref="Fault.Every"/> transactions out of every page, always the same ones.</summary>
    Omit,

    /// <summary>Adds <see cref="Fault.Balance"/> satoshis and <see cref="Fault.Transactions"/> to the summary.</summary>
    Lie,

    /// <summary>Is <see cref="Fault.By"/> blocks behind.</summary>
    Lag,

    /// <summary>Stands still at the chain as it was when the fault was set.</summary>
    Stop,
}

/// <summary>
/// What goes wrong, for whom and how often. No replica means all of them ("main" is the one without a name in its path);
/// the route is a pattern with * over the path behind /api. The first <see cref="Skip"/> matching requests pass,
/// then <see cref="Count"/> are hit, or all until it is cleared, or by chance with <see cref="Percent"/>.
/// </summary>
public sealed record Fault(
    FaultKind Kind,
    string? Id = null,
    string? Network = null,
    string? Replica = null,
    string Route = "*",
    int Skip = 0,
    int? Count = null,
    int Percent = 100,
    int Status = 500,
    int RetryAfterSeconds = 1,
    int Milliseconds = 0,
    bool MidBody = false,
    int Megabytes = 64,
    bool Invented = false,
    int By = 1,
    int Every = 10,
    long Balance = 0,
    int Transactions = 0);

/// <summary>A fault with how often its requests matched and were hit.</summary>
public sealed record FaultState(Fault Fault, int Matched, int Hit);

/// <summary>A request that stands at a gate.</summary>
public sealed record GateWait(string Gate, long Request, string Path, string Replica, DateTimeOffset Since);

/// <summary>The faults in force and the requests they hold.</summary>
internal sealed class FaultRules(TimeProvider clock)
{
    private readonly Lock gate = new();
    private readonly List<Rule> rules = [];
    private readonly Dictionary<long, (GateWait Wait, TaskCompletionSource Released)> waiting = [];
    private int named;
    private volatile bool isEmpty = true;

    public string Set(Fault fault, Chain? stopped)
    {
        lock (gate)
        {
            fault = fault with { Id = fault.Id ?? $"fault-{++named}" };
            rules.RemoveAll(rule => rule.Fault.Id == fault.Id);
            rules.Add(new(fault, stopped, new Randomness((ulong)rules.Count + 1)));
            isEmpty = false;
            return fault.Id;
        }
    }

    /// <summary>Ends one fault, or all, and lets go whatever it holds.</summary>
    public void Clear(string? id)
    {
        lock (gate)
        {
            foreach (var rule in rules.Where(rule => id is null || rule.Fault.Id == id)) rule.Cleared.TrySetResult();
            rules.RemoveAll(rule => id is null || rule.Fault.Id == id);
            isEmpty = rules.Count == 0;
        }

        ReleaseGate(id, null);
    }

    public IReadOnlyList<FaultState> List()
    {
        lock (gate) return [.. rules.Select(rule => new FaultState(rule.Fault, rule.Matched, rule.Hit))];
    }

    /// <summary>The faults that hit this request.</summary>
    public IReadOnlyList<Hit> Match(string network, string replica, string route)
    {
        if (isEmpty) return [];
        List<Hit> hits = [];
        lock (gate)
        {
            foreach (var rule in rules)
                if (rule.Hits(network, replica, route)) hits.Add(new(rule.Fault, rule.Stopped, rule.Cleared.Task));
        }

        return hits;
    }

    public async Task WaitAtGate(string id, long request, string path, string replica, CancellationToken cancellation)
    {
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate) waiting[request] = (new(id, request, path, replica, clock.GetUtcNow()), released);
        try
        {
            await released.Task.WaitAsync(cancellation);
        }
        finally
        {
            lock (gate) waiting.Remove(request);
        }
    }

    public IReadOnlyList<GateWait> Waiting()
    {
        lock (gate) return [.. waiting.Values.Select(entry => entry.Wait).OrderBy(wait => wait.Request)];
    }

    /// <summary>Lets requests go on, the oldest first; all of them without a count.</summary>
    public int ReleaseGate(string? id, int? count)
    {
        lock (gate)
        {
            var released = waiting.Values.Where(entry => id is null || entry.Wait.Gate == id).OrderBy(entry => entry.Wait.Request).Take(count ?? int.MaxValue).ToList();
            foreach (var (wait, source) in released)
            {
                waiting.Remove(wait.Request);
                source.TrySetResult();
            }

            return released.Count;
        }
    }

    internal readonly record struct Hit(Fault Fault, Chain? Stopped, Task Cleared);

    private sealed class Rule(Fault fault, Chain? stopped, Randomness random)
    {
        private Randomness random = random;

        public Fault Fault => fault;

        public Chain? Stopped => stopped;

        public TaskCompletionSource Cleared { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Matched { get; private set; }

        public int Hit { get; private set; }

        public bool Hits(string network, string replica, string route)
        {
            if (fault.Network is { } onNetwork && onNetwork != network) return false;
            if (fault.Replica is { } onReplica && onReplica != replica) return false;
            if (!FileSystemName.MatchesSimpleExpression(fault.Route, route, ignoreCase: false)) return false;
            if (++Matched <= fault.Skip || Hit >= fault.Count || !random.Percent(fault.Percent)) return false;
            Hit++;
            return true;
        }
    }
}
