using System.IO.Enumeration;
using ChainSimulator.World;

namespace ChainSimulator.Serving;

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
            var released = waiting.Values.Where(entry => id is null || entry.Wait.Gate == id).OrderBy(entry => entry.Wait.Request)
                .Take(count ?? int.MaxValue).ToList();
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
