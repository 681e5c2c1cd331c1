using Contracts;

namespace Portfolio.Clusters;

/// <summary>One step of evidence: both addresses spent coins in this transaction.</summary>
internal sealed record EvidenceStep(string From, string To, string Txid, DateTimeOffset At);

/// <summary>Evidence that would join two clusters which are both large, and so was not followed.</summary>
internal sealed record WaitingMerge(string Txid, DateTimeOffset At, string One, string Other, int OneSize, int OtherSize);

/// <summary>A transaction that looks like several people's, and so is no evidence.</summary>
internal sealed record ExcludedTransaction(string Txid, DateTimeOffset At, CoinJoinShape Shape, IReadOnlyList<string> Addresses);

/// <summary>
/// Addresses that are probably of one owner, because their coins were spent in one transaction: made anew of the transactions that are in the
/// chain, in the chain's order, so that one which is orphaned leaves no trace. What looks like a CoinJoin joins nothing, nor does doubt; and
/// what would join two clusters of at least <c>largest</c> addresses each waits for somebody to look at it.
/// </summary>
internal sealed class AddressClusters
{
    private readonly Dictionary<string, string> parents = [];
    private readonly Dictionary<string, List<string>> members = [];
    private readonly Dictionary<string, List<Observed>> evidence = [];
    private readonly Dictionary<(string, string), string> mixed = [];
    private readonly int largest;

    private AddressClusters(int largest) => this.largest = largest;

    public List<WaitingMerge> Waiting { get; } = [];

    public List<ExcludedTransaction> Excluded { get; } = [];

    public static AddressClusters Of(IEnumerable<Observed> transactions, int largest)
    {
        var clusters = new AddressClusters(largest);
        foreach (var transaction in transactions) clusters.Add(transaction);
        return clusters;
    }

    /// <summary>The addresses of the cluster that an address is in, itself among them.</summary>
    public IReadOnlyList<string> MembersOf(string address) =>
        parents.ContainsKey(address) ? members[RootOf(address)] : [address];

    /// <summary>The transactions in which an address spent beside others of its cluster.</summary>
    public IReadOnlyList<Observed> EvidenceOf(string address) => evidence.GetValueOrDefault(address) ?? [];

    public bool IsOneCluster(string one, string other) =>
        one == other || (parents.ContainsKey(one) && parents.ContainsKey(other) && RootOf(one) == RootOf(other));

    /// <summary>The fewest steps of evidence from an address to each other of its cluster.</summary>
    public IReadOnlyDictionary<string, EvidenceStep> StepsFrom(string address)
    {
        var steps = new Dictionary<string, EvidenceStep>();
        var (reached, used, queue) = (new HashSet<string> { address }, new HashSet<string>(), new Queue<string>([address]));
        while (queue.TryDequeue(out var from))
        {
            foreach (var transaction in EvidenceOf(from))
            {
                if (!used.Add(transaction.Txid)) continue;
                foreach (var to in Spenders(transaction.From))
                {
                    if (!reached.Add(to)) continue;
                    steps[to] = new(from, to, transaction.Txid, transaction.At);
                    queue.Enqueue(to);
                }
            }
        }

        return steps;
    }

    /// <summary>The shortest chain of evidence between two addresses of one cluster, in order; null where they are not of one.</summary>
    public IReadOnlyList<EvidenceStep>? PathBetween(string from, string to)
    {
        if (!IsOneCluster(from, to)) return null;
        var (steps, path) = (StepsFrom(from), new List<EvidenceStep>());
        for (var at = to; at != from; at = path[^1].From) path.Add(steps[at]);
        path.Reverse();
        return path;
    }

    private void Add(Observed transaction)
    {
        if (CoinJoinShape.Of(transaction.From, transaction.To) is { } shape)
        {
            Exclude(transaction, shape);
            // A Tx0 is one person's, who prepares coins for a mix.
            if (shape.Participants > 1) return;
        }

        var addresses = Spenders(transaction.From);
        if (addresses.Count < 2) return;
        foreach (var address in addresses)
        {
            if (parents.TryAdd(address, address)) members[address] = [address];
        }

        // All of it or nothing: a part of a transaction is no evidence.
        var roots = addresses.Select(RootOf).Distinct().OrderByDescending(root => members[root].Count).ToList();
        if (roots.Count > 1 && members[roots[1]].Count >= largest)
        {
            Waiting.Add(new(transaction.Txid, transaction.At, addresses.First(address => RootOf(address) == roots[0]),
                addresses.First(address => RootOf(address) == roots[1]), members[roots[0]].Count, members[roots[1]].Count));
            return;
        }

        foreach (var root in roots.Skip(1))
        {
            parents[root] = roots[0];
            members[roots[0]].AddRange(members[root]);
            members.Remove(root);
        }

        foreach (var address in addresses)
        {
            if (!evidence.TryGetValue(address, out var known)) evidence[address] = known = [];
            known.Add(transaction);
        }
    }

    // Where coins come from a mix or its preparation, what looks like the next mix is more surely one.
    private void Exclude(Observed transaction, CoinJoinShape shape)
    {
        var from = transaction.From.Select(party => party.Address is { } address ? mixed.GetValueOrDefault((address, party.Value.ToString())) : null)
            .FirstOrDefault(family => family is not null);
        if (from is not null) shape = shape.WithLineage(from);
        Excluded.Add(new(transaction.Txid, transaction.At, shape, Spenders(transaction.From)));
        foreach (var party in transaction.To)
        {
            if (party.Address is { } address) mixed[(address, party.Value.ToString())] = shape.Shape;
        }
    }

    private string RootOf(string address)
    {
        var root = address;
        while (parents[root] != root) root = parents[root];
        while (parents[address] != root) (parents[address], address) = (root, parents[address]);
        return root;
    }

    private static List<string> Spenders(IReadOnlyList<Party> from) =>
        [.. from.Select(party => party.Address).OfType<string>().Distinct()];
}
