namespace ChainSimulator.World;

/// <summary>
/// The chain as one node sees it, up to its own tip, which may lie behind. Valid only while the network's lock is held.
/// </summary>
internal readonly struct NodeView(Chain chain, int tipHeight)
{
    public const int PageSize = 25;
    public const int MempoolPageSize = 50;

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
