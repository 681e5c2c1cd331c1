using System.Diagnostics.CodeAnalysis;

namespace Sync.Chains.Solana;

/// <summary>One account's list of signatures, newest first, as far as it was read; <c>Before</c> is the signature it was read from, null
/// for the top.</summary>
internal sealed class SolanaList(string account, string? before, string? data)
{
    public string Account => account;

    public string? Before { get; } = before;

    /// <summary>The token account's bytes when its top was read.</summary>
    public string? Data => data;

    public List<SolanaSignature> Read { get; private set; } = [];

    /// <summary>Whether nothing follows.</summary>
    public bool IsAll { get; private set; }

    /// <summary>Where reading goes on.</summary>
    public string? Next { get; private set; } = before;

    /// <summary>The slot above which everything is read; null before anything was.</summary>
    public long? Lowest { get; private set; }

    /// <summary>What lies below belonged to somebody else.</summary>
    public long? EndsAt { get; private set; }

    public void Add(IReadOnlyList<SolanaSignature> told, bool isAll)
    {
        Read.AddRange(told);
        if (told.Count > 0) (Next, Lowest) = (told[^1].Txid, told[^1].Slot);
        IsAll |= isAll;
    }

    public void EndAt(long slot) => (EndsAt, IsAll) = (slot, true);

    /// <summary>Forgets what lies above a slot; it has been handed out.</summary>
    public void Forget(long above) => Read.RemoveAll(signature => signature.Slot > above);

    /// <summary>The list's beginning, with what came on top since; as a list that may be asked on.</summary>
    public SolanaList Again(string? newData, IReadOnlyList<SolanaSignature> onTop, int most)
    {
        var list = new SolanaList(account, null, newData);
        var read = onTop.Concat(Read).ToList();
        list.Add(read.Count > most ? read[..most] : read, IsAll && EndsAt is null && read.Count <= most);
        return list;
    }
}

/// <summary>
/// The lists of an address and of its token accounts as one history: by slot, inside a slot as the block has it, a signature
/// that stands in several lists once.
/// </summary>
internal sealed class SolanaListing(string? began, DateTimeOffset since)
{
    private readonly Dictionary<string, SolanaList> lists = [];
    private readonly HashSet<string> accounts = [];
    /// <summary>The signature from which all of it was read; null for the top.</summary>
    public string? Began => began;

    public IReadOnlyCollection<SolanaList> Lists => lists.Values;

    /// <summary>When its lists were first read.</summary>
    public DateTimeOffset Since => since;

    /// <summary>The transactions and blocks at hand.</summary>
    public Dictionary<string, (SolanaTransaction Transaction, SolanaBlock Block)> Told { get; } = [];

    /// <summary>Transactions that are listed and cannot be read, by signature, and why.</summary>
    public Dictionary<string, HistoryGap> Gaps { get; } = [];

    /// <summary>The order of the address's signatures in slots in which several lists meet.</summary>
    public Dictionary<long, IReadOnlyList<string>> Orders { get; } = [];

    /// <summary>The accounts whose lists are part of it.</summary>
    public IReadOnlySet<string> Accounts => accounts;

    public void Add(SolanaList list)
    {
        lists[list.Account] = list;
        accounts.Add(list.Account);
    }

    public bool TryGet(string account, [NotNullWhen(true)] out SolanaList? list) => lists.TryGetValue(account, out list);

    public bool Holds(Position place) => began == place.Txid || lists.Values.Any(list => list.Read.Exists(signature => signature.Txid == place.Txid));

    /// <summary>The lists that have to be read on before more is known for sure: those that reach down least far. Empty where all are read.</summary>
    public IReadOnlyList<SolanaList> Shortest()
    {
        var open = lists.Values.Where(list => !list.IsAll).ToList();
        var horizon = Horizon();
        return [.. open.Where(list => (list.Lowest ?? long.MaxValue) == horizon)];
    }

    /// <summary>What is known for sure after a place, by slot, the newest first; each group is to be brought into order.</summary>
    public IReadOnlyList<(long Slot, IReadOnlyList<SolanaSignature> Signatures)> After(Position? place)
    {
        // The last slot of a list that goes on may not be all there.
        var horizon = Horizon();
        return
        [
            .. lists.Values.SelectMany(list => list.Read.Where(signature => signature.Slot >= (list.EndsAt ?? 0)))
                .Where(signature => signature.Slot > horizon && (place is null || signature.Slot <= place.Height))
                .DistinctBy(signature => signature.Txid).GroupBy(signature => signature.Slot).OrderByDescending(slot => slot.Key)
                .Select(slot => (slot.Key, (IReadOnlyList<SolanaSignature>)[.. slot])),
        ];
    }

    /// <summary>A slot's signatures in the order of the list that has them all; null where none has.</summary>
    public IReadOnlyList<SolanaSignature>? Ordered(long slot, IReadOnlyList<SolanaSignature> signatures)
    {
        if (signatures.Count == 1) return signatures;
        var txids = signatures.Select(signature => signature.Txid).ToHashSet();
        foreach (var list in lists.Values)
        {
            var there = list.Read.Where(signature => signature.Slot == slot && txids.Contains(signature.Txid))
                .DistinctBy(signature => signature.Txid).ToList();
            if (there.Count == signatures.Count) return there;
        }

        if (!Orders.TryGetValue(slot, out var order)) return null;
        var places = order.Index().ToDictionary(entry => entry.Item, entry => entry.Index);
        return signatures.All(signature => places.ContainsKey(signature.Txid)) ? [.. signatures.OrderBy(signature => places[signature.Txid])] : null;
    }

    /// <summary>The times that lists tell of the slots nearest to one, from below and from above; null where they tell none.</summary>
    public (SolanaTime? Below, SolanaTime? Above) Around(long slot)
    {
        var times = lists.Values.SelectMany(list => list.Read).Where(signature => signature.Time is not null && signature.Slot != slot)
            .Select(signature => new SolanaTime(signature.Slot, signature.Time!.Value)).ToList();
        return (times.Where(time => time.Slot < slot).MaxBy(time => time.Slot), times.Where(time => time.Slot > slot).MinBy(time => time.Slot));
    }

    public void Order(long slot, IReadOnlyList<string> signatures) => Orders[slot] = signatures;

    /// <summary>Forgets what lies above a slot, but for transactions that are kept.</summary>
    public void Forget(long above, IReadOnlySet<string> kept)
    {
        foreach (var list in lists.Values) list.Forget(above);
        foreach (var slot in Orders.Keys.Where(slot => slot > above).ToList()) Orders.Remove(slot);
        foreach (var gap in Gaps.Values.Where(gap => gap.Height > above).ToList()) Gaps.Remove(gap.Txid);
        foreach (var txid in Told.Keys.Where(txid => !kept.Contains(txid)).ToList()) Told.Remove(txid);
    }

    private long Horizon() => lists.Values.Where(list => !list.IsAll).Select(list => list.Lowest ?? long.MaxValue).DefaultIfEmpty(-1).Max();
}

/// <summary>What was kept last of so many addresses.</summary>
internal sealed class RecentlyKept<T>(int most) where T : class
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, LinkedListNode<(string Key, T Value)>> nodes = [];
    private readonly LinkedList<(string Key, T Value)> order = new();

    public T? Find(string key)
    {
        lock (gate) return nodes.TryGetValue(key, out var node) ? node.Value.Value : null;
    }

    /// <summary>Hands it over: whoever works with it has it alone.</summary>
    public T? Take(string key)
    {
        lock (gate)
        {
            if (!nodes.Remove(key, out var node)) return null;
            order.Remove(node);
            return node.Value.Value;
        }
    }

    public void Put(string key, T value)
    {
        lock (gate)
        {
            if (nodes.Remove(key, out var old)) order.Remove(old);
            nodes[key] = order.AddFirst((key, value));
            if (nodes.Count <= most) return;
            nodes.Remove(order.Last!.Value.Key);
            order.RemoveLast();
        }
    }
}
