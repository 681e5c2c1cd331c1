namespace ChainSimulator.World;

/// <summary>
/// The chain as one node sees it, up to its own tip, which may lie behind. Valid only while the network's lock is held.
/// </summary>
internal readonly struct NodeView(Chain chain, int tipHeight)
{
    public const int PageSize = 25;
    public const int MempoolPageSize = 50;
    private const int BlocksSearched = 50;

    public Block Tip => chain.BlockAt(tipHeight)!;

    public Block? BlockAt(int height) => height > tipHeight ? null : chain.BlockAt(height);

    public Block? BlockOf(Hash256 hash) => chain.BlockOf(hash) is { } block && block.Height <= tipHeight ? block : null;

    public bool IsInBestChain(Block block) => BlockAt(block.Height) == block;

    public Placed? Find(Hash256 txid) => chain.Find(txid) is { } found && (found.Block?.Height ?? 0) <= tipHeight ? found : null;

    public Totals ConfirmedTotals(Party? party) =>
        HistoryOf(party) is { } history ? history.TotalsAt(history.CountUpTo(tipHeight)) : default;

    public Totals MempoolTotals(Party? party)
    {
        Totals totals = default;
        if (party is null || HistoryOf(party) is not { } history) return totals;
        foreach (var transaction in history.Unconfirmed) totals = totals.Plus(party, transaction);
        return totals;
    }

    /// <summary>Who spends a coin: in the mempool, or in the newest blocks.</summary>
    public Placed? SpenderOf(Outpoint coin)
    {
        foreach (var transaction in chain.Mempool)
        {
            if (transaction.Inputs.Contains(coin)) return new(transaction, null);
        }

        for (var height = tipHeight; height > tipHeight - BlocksSearched && chain.BlockAt(height) is { } block; height--)
        {
            foreach (var transaction in block.Transactions)
            {
                if (transaction.Inputs.Contains(coin)) return new(transaction, block);
            }
        }

        return null;
    }

    public List<Placed> Mempool(Party? party)
    {
        List<Placed> page = [];
        if (HistoryOf(party) is not { } history) return page;
        for (var i = history.Unconfirmed.Count - 1; i >= 0 && page.Count < MempoolPageSize; i--) page.Add(new(history.Unconfirmed[i], null));
        return page;
    }

    /// <summary>
    /// Up to 25 confirmed transactions, newest first, after the given one; none when that one is not confirmed here.
    /// A drift starts the page so many transactions too late, or too early when negative; every nth transaction may be left out.
    /// </summary>
    public List<Placed> Page(Party? party, Hash256? after, int drift = 0, int leaveOutEvery = 0)
    {
        List<Placed> page = new(PageSize);
        if (HistoryOf(party) is not { } history) return page;
        var place = history.CountUpTo(tipHeight) - 1;
        if (after is { } last)
        {
            if (Find(last) is not { Block: { } block } seen) return page;
            var seenAt = history.PlaceOf(seen.Transaction, block.Height);
            if (seenAt < 0) return page;
            place = Math.Min(seenAt - 1 - drift, place);
        }

        for (; place >= 0 && page.Count < PageSize; place--)
        {
            var transaction = history[place];
            if (leaveOutEvery > 0 && transaction.Id.D % (ulong)leaveOutEvery == 0) continue;
            page.Add(new(transaction, chain.BlockAt(history.HeightAt(place))));
        }

        return page;
    }

    /// <summary>blockchain.info's number of a transaction, by which it orders the transactions of a block.</summary>
    public static long TxIndex(Transaction transaction) => (long)(transaction.Id.D >> 11);

    /// <summary>
    /// So many of the parties' transactions together from a place on, newest first: the unconfirmed, then by block and, in a
    /// block, by number. About one of so many may be left out, or all that are unconfirmed.
    /// </summary>
    public List<Placed> Listed(IReadOnlyList<Party> parties, int offset, int count, int leaveOutEvery = 0, bool onlyConfirmed = false)
    {
        List<Placed> unconfirmed = [];
        foreach (var party in parties)
        {
            if (onlyConfirmed || HistoryOf(party) is not { } history) continue;
            for (var i = history.Unconfirmed.Count - 1; i >= 0; i--) unconfirmed.Add(new(history.Unconfirmed[i], null));
        }

        if (parties.Count > 1) unconfirmed = [.. unconfirmed.DistinctBy(placed => placed.Transaction.Id)];
        var (from, to) = (Math.Max(0, offset - unconfirmed.Count), Math.Max(0, offset + count - unconfirmed.Count));
        IEnumerable<Placed> list = [.. unconfirmed.Skip(offset).Take(count), .. parties is [var only]
            ? ConfirmedOf(only, from, to) : ConfirmedOf(parties, from, to)];
        return [.. leaveOutEvery > 0 ? list.Where(placed => placed.Transaction.Id.D % (ulong)leaveOutEvery != 0) : list];
    }

    // The places from one to before the other; whole blocks are ordered, since a place may be in the middle of one.
    private List<Placed> ConfirmedOf(Party party, int from, int to)
    {
        if (HistoryOf(party) is not { } history) return [];
        var all = history.CountUpTo(tipHeight);
        (from, to) = (Math.Min(from, all), Math.Min(to, all));
        if (from >= to) return [];
        var above = history.CountUpTo(history.HeightAt(all - 1 - from));
        var below = history.CountUpTo(history.HeightAt(all - to) - 1);
        List<Placed> blocks = new(above - below);
        for (var i = above - 1; i >= below; i--) blocks.Add(new(history[i], chain.BlockAt(history.HeightAt(i))));
        return [.. blocks.OrderByDescending(placed => placed.Block!.Height).ThenByDescending(placed => TxIndex(placed.Transaction))
            .Skip(from - (all - above)).Take(to - from)];
    }

    private List<Placed> ConfirmedOf(IReadOnlyList<Party> parties, int from, int to)
    {
        List<Placed> newest = [];
        foreach (var party in parties) newest.AddRange(ConfirmedOf(party, 0, to));
        return
        [
            .. newest.DistinctBy(placed => placed.Transaction.Id).OrderByDescending(placed => placed.Block!.Height)
            .ThenByDescending(placed => TxIndex(placed.Transaction))
                .Skip(from).Take(to - from),
        ];
    }

    /// <summary>Unspent outputs with where their transactions stand; a node behind has to find them from its own history.</summary>
    public List<(Coin Coin, Block? Block)> Unspent(Party? party)
    {
        List<(Coin, Block?)> unspent = [];
        if (party is null || HistoryOf(party) is not { } history) return unspent;
        if (tipHeight == chain.Tip.Height)
        {
            for (var i = 0; i < history.Coins.Count; i++)
                unspent.Add((history.Coins[i], chain.Find(history.Coins[i].Outpoint.Txid)?.Block));
            return unspent;
        }

        Dictionary<Outpoint, (Coin, Block?)> found = [];
        for (var i = 0; i < history.CountUpTo(tipHeight); i++)
        {
            var transaction = history[i];
            foreach (var spend in transaction.SpendSpan) found.Remove(spend.Coin);
            foreach (var receipt in transaction.ReceiptSpan)
            {
                if (receipt.Party != party) continue;
                var outpoint = new Outpoint(transaction.Id, receipt.Vout);
                found[outpoint] = (new(outpoint, receipt.Value), chain.BlockAt(history.HeightAt(i)));
            }
        }

        unspent.AddRange(found.Values);
        return unspent;
    }

    private History? HistoryOf(Party? party) => party is null ? null : chain.HistoryOf(party);
}
