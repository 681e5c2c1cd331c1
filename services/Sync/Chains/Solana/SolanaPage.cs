using Chains;

namespace Sync.Chains.Solana;

/// <summary>Reads one page of a listing: takes what is next, asks for the transactions, and takes in the lists of accounts that these show
/// to be the address's.</summary>
internal sealed class SolanaPage(Network network, string provider, SolanaRpc rpc, IPastAccounts past, SolanaListing listing,
    FailedTries failed, int size)
{
    private const int MaxTries = 60;

    private readonly List<(string Txid, string Account)> latecomers = [];
    private readonly HashSet<(string Account, long Slot)> noted = [];

    /// <summary>What the page came to; null where it failed.</summary>
    public IReadOnlyList<ChainTransaction>? Read { get; private set; }

    /// <summary>The page after a place; one that is full leads on, by two transactions at least.</summary>
    public async Task<HistoryPage> ReadAsync(Address address, Position? after, CancellationToken ct)
    {
        var (facts, wanted) = (new SolanaFacts(network, address.Text), size);
        for (var tries = 0; tries < MaxTries; tries++)
        {
            var (signatures, more) = await NextAsync(after, wanted, ct);
            await TellAsync(signatures, ct);
            // What the new lists tell may stand between.
            if (await LearnAsync(address, facts, signatures, ct)) continue;

            var page = await FactsAsync(facts, signatures, after, ct);
            if (more && page.Count < 2)
            {
                wanted += size;
                continue;
            }

            if (!more) await CheckEndAsync(address, page, ct);
            Read = page;
            return new HistoryPage(page, more, provider, after is null ? 0 : after.Newer + 1, NotesOf(page))
            {
                Gaps = [.. signatures.Select(signature => listing.Gaps.GetValueOrDefault(signature.Txid)).OfType<HistoryGap>()],
            };
        }

        throw new ProviderException(ProviderFailure.OutOfReach, provider, "lists too much at once that is not the address's");
    }

    /// <summary>Forgets what the next page does not need, which begins with the last transaction of this one. After a failure nothing is
    /// forgotten.</summary>
    public void Forget()
    {
        if (Read is not [.., var last]) return;
        listing.Forget(Read.TakeLast(2).First().Height, new HashSet<string> { last.Txid });
    }

    // The next signatures in order, and whether more follow.
    private async Task<(IReadOnlyList<SolanaSignature> Signatures, bool More)> NextAsync(Position? after, int wanted, CancellationToken ct)
    {
        while (true)
        {
            var next = await AfterAsync(after, wanted, ct);
            var open = listing.Shortest();
            // One more than wanted says that more follow.
            if (next.Count > wanted || open.Count == 0)
            {
                // Of a place that it does not know a node tells nothing, as it does of the last one.
                if (after is not null && next.Count == 0 && !await rpc.KnowsAsync(after.Txid, ct))
                    throw Contradiction($"does not list {after.Txid} any more");
                return ([.. next.Take(wanted)], next.Count > wanted);
            }

            var told = await rpc.SignaturesAsync([.. open.Select(list => (list.Account, list.Next, (string?)null))], ct);
            foreach (var (list, signatures) in open.Zip(told))
            {
                if (signatures.Count > 0 && signatures[0].Slot > (list.Lowest ?? (list.Before is null ? null : after?.Height) ?? long.MaxValue))
                    throw Contradiction("lists newer transactions where older ones are due");
                // Some repeat a signature, the last one of the page before too.
                if (signatures.Count == SolanaRpc.MaxSignatures && signatures[^1].Txid == list.Next) throw Contradiction("repeats its pages");
                list.Add(signatures, isAll: signatures.Count < SolanaRpc.MaxSignatures);
            }
        }
    }

    // What is known for sure after the place, in order, a few more than wanted.
    private async Task<List<SolanaSignature>> AfterAsync(Position? after, int wanted, CancellationToken ct)
    {
        var next = new List<SolanaSignature>();
        foreach (var (slot, signatures) in listing.After(after))
        {
            var ordered = await OrderAsync(slot, signatures, ct);
            var place = slot == after?.Height ? ordered.Index().Where(entry => entry.Item.Txid == after.Txid).Select(entry => entry.Index + 1)
                .FirstOrDefault() : 0;
            next.AddRange(ordered.Skip(place));
            if (next.Count > wanted) break;
        }

        return next;
    }

    private async Task<IReadOnlyList<SolanaSignature>> OrderAsync(long slot, IReadOnlyList<SolanaSignature> signatures, CancellationToken ct)
    {
        if (listing.Ordered(slot, signatures) is { } known) return known;
        // Several lists meet in the slot, and none has all that is in it.
        var ours = signatures.Select(signature => signature.Txid).ToHashSet();
        listing.Order(slot, [.. (await rpc.OrderAsync(slot, ct)).Where(ours.Contains)]);
        return listing.Ordered(slot, signatures) ?? throw Contradiction($"lists transactions in block {slot} that are not in it");
    }

    private async Task TellAsync(IReadOnlyList<SolanaSignature> signatures, CancellationToken ct)
    {
        var missing = signatures.Where(signature => !listing.Told.ContainsKey(signature.Txid) && !listing.Gaps.ContainsKey(signature.Txid)).ToList();
        if (missing.Count == 0) return;

        var (told, untold) = await rpc.TryTransactionsAsync(missing, ct);
        var blocks = await rpc.BlocksAsync([.. missing.Select(signature => signature.Slot).Distinct()], ct);
        foreach (var signature in missing)
        {
            if (told.TryGetValue(signature.Txid, out var transaction))
                listing.Told[signature.Txid] = (transaction, await BlockOfAsync(signature, transaction, blocks[signature.Slot], ct));
        }

        // What can be read is at hand by now, whoever goes on.
        ProviderException? first = null;
        foreach (var signature in missing)
        {
            if (!untold.TryGetValue(signature.Txid, out var failure)) failed.Forget(signature.Txid);
            else if (failed.IsEnough(signature.Txid, failure)) listing.Gaps[signature.Txid] = new(signature.Txid, signature.Slot, failure.Reason);
            else first ??= failure;
        }

        if (first is not null) throw first;
    }

    /// <summary>The block of one transaction.</summary>
    public async Task<SolanaBlock> BlockOfAsync(SolanaSignature signature, SolanaTransaction transaction, CancellationToken ct) =>
        await BlockOfAsync(signature, transaction, (await rpc.BlocksAsync([signature.Slot], ct))[signature.Slot], ct);

    // The time is the block's, by whichever answer. Where none has it, it lies between what is known.
    private async Task<SolanaBlock> BlockOfAsync(
        SolanaSignature signature, SolanaTransaction transaction, SolanaToldBlock? block, CancellationToken ct)
    {
        var times = ((DateTimeOffset?[])[block?.Time, transaction.Time, signature.Time]).OfType<DateTimeOffset>().Distinct().ToList();
        if (times.Count > 1) throw Contradiction($"tells two times of block {signature.Slot}");
        if (block is null && !failed.IsEnough($"{signature.Slot}", null))
            throw new ProviderException(ProviderFailure.Behind, provider, $"does not tell block {signature.Slot} yet");
        if (times is [var time]) return new(signature.Slot, block?.Hash, time);

        var (below, above) = listing.Around(signature.Slot);
        if (above is null && (await rpc.BlocksAsync([(await rpc.TipAsync(ct)).Height], ct)).Values.Single() is { Time: { } newest } tip)
            above = new(tip.Slot, newest);
        below ??= SolanaRules.First(network);
        return above is not null ? new(signature.Slot, null, SolanaRules.Estimate(signature.Slot, below, above))
            : throw new ProviderException(ProviderFailure.OutOfReach, provider, $"does not know when block {signature.Slot} was made");
    }

    // Whether a token account came to light that has a list of its own. One that ended here is read from here on; one that
    // did not, and is none of the address's today, ended unseen: it is read from its top.
    private async Task<bool> LearnAsync(Address address, SolanaFacts facts, IReadOnlyList<SolanaSignature> signatures, CancellationToken ct)
    {
        var (ended, made, isLearnt) = (new List<PastAccount>(), new List<(string, long)>(), false);
        foreach (var signature in signatures.Where(signature => listing.Told.ContainsKey(signature.Txid)))
        {
            foreach (var holding in facts.Holdings(listing.Told[signature.Txid].Transaction, listing.Accounts)
                .Where(holding => holding.Account != address.Text))
            {
                if (!holding.IsLeft && noted.Add((holding.Account, signature.Slot))) ended.Add(new PastAccount(holding.Account, signature.Slot));
                if (listing.TryGet(holding.Account, out var list) && !(list.EndsAt > signature.Slot))
                {
                    if (holding.IsAcquired) list.EndAt(signature.Slot);
                    if (holding.IsMade && noted.Add((holding.Account, -signature.Slot))) made.Add((holding.Account, signature.Slot));
                    continue;
                }

                listing.Add(new SolanaList(holding.Account, holding.IsLeft ? null : signature.Txid, null));
                isLearnt = true;
                if (!holding.IsLeft) continue;
                // Nobody saw it end: it may have ended anywhere above.
                ended.Add(new PastAccount(holding.Account, SolanaRules.MaxSlot));
                latecomers.Add((signature.Txid, holding.Account));
            }
        }

        await past.NoteAsync(address, ended, made, ct);
        return isLearnt;
    }

    private async Task<List<ChainTransaction>> FactsAsync(SolanaFacts facts, IReadOnlyList<SolanaSignature> signatures, Position? after,
        CancellationToken ct)
    {
        var page = new List<ChainTransaction>();
        foreach (var signature in signatures)
        {
            // What an account that ended unseen had above the place stands before the transaction that told of it; the first
            // of a page was the last of the page before, where that was told already.
            if (after is not null && page.Count > 0)
            {
                foreach (var (_, account) in latecomers.Where(late => late.Txid == signature.Txid))
                {
                    if (!listing.TryGet(account, out var list)) continue;
                    var late = list.Read.Where(above => above.Slot > after.Height).ToList();
                    await TellAsync(late, ct);
                    page.AddRange(late.Select(Fact).OfType<ChainTransaction>());
                }
            }

            if (Fact(signature) is { } fact) page.Add(fact);
        }

        return page;

        ChainTransaction? Fact(SolanaSignature signature) =>
            listing.Told.TryGetValue(signature.Txid, out var told) ? facts.Of(told.Transaction, told.Block, listing.Accounts) : null;
    }

    // A node that keeps the newest blocks only ends its lists with them. An account begins with nothing.
    private async Task CheckEndAsync(Address address, List<ChainTransaction> page, CancellationToken ct)
    {
        var oldest = page.Select(fact => listing.Told[fact.Txid].Transaction)
            .LastOrDefault(transaction => transaction.Accounts.Contains(address.Text));
        if (oldest is null || oldest.Before[oldest.IndexOf(address.Text)] == 0) return;
        if (await rpc.FirstSlotAsync(ct) > 0)
            throw new ProviderException(ProviderFailure.OutOfReach, provider, "does not keep what lies so far back");
    }

    // Nodes tell no names. Tokens of the other sides are shown too.
    private List<TokenDescription> NotesOf(List<ChainTransaction> page) =>
    [
        .. page.Select(fact => listing.Told[fact.Txid].Transaction)
        .SelectMany(transaction => transaction.TokensBefore.Concat(transaction.TokensAfter))
            .DistinctBy(tokens => tokens.Mint).Select(tokens =>
                new TokenDescription(SolanaRules.AssetOf(network, tokens.Mint), null, tokens.Decimals)),
    ];

    private ProviderException Contradiction(string reason) => new(ProviderFailure.Contradiction, provider, reason);
}
