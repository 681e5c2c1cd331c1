using Chains;

namespace Sync.Chains.Solana;

/// <summary>
/// Solana through a node's JSON-RPC. A history is the list of the address merged with that of each of its token accounts,
/// since a transfer to one of these does not name their owner; token accounts that ended are learnt from the history itself.
/// A place is (slot, signature), from which any node tells what is older. What was read of an address is kept in memory, so
/// that lists are not read again for each page, nor known transactions for each check.
/// </summary>
internal sealed class SolanaNode(Network network, string provider, SolanaRpc rpc, IPastAccounts past,
    int pageSize = SolanaNode.MaxPage, TimeProvider? clock = null)
    : IBlockNames, IStandingAddresses, IHeldAssets, IDifferenceReasons, IRemembers, ITransactions
{
    /// <summary>Transactions on a page, each a request and mostly another for its block.</summary>
    public const int MaxPage = 25;

    /// <summary>How long anything is believed that the node told once and may not tell any more.</summary>
    public static readonly TimeSpan Remembers = TimeSpan.FromMinutes(10);

    private const int MostKept = 1000;
    private readonly TimeProvider time = clock ?? TimeProvider.System;
    private readonly FailedTries failed = new();
    private readonly RecentlyKept<Top> tops = new(256);
    private readonly RecentlyKept<SolanaListing> walks = new(64);

    public Network Network => network;

    public string Provider => provider;

    public Task<ChainTip> TipAsync(CancellationToken ct) => rpc.TipAsync(ct);

    public async Task<string?> BlockHashAsync(long height, CancellationToken ct) => (await rpc.BlocksAsync([height], ct))[height]?.Hash;

    public async Task<IReadOnlyList<ChainBlock>> BlocksAsync(long height, CancellationToken ct) =>
        (await rpc.BlocksAsync([height], ct))[height] is { Time: { } time } block ? [new ChainBlock(height, block.Hash, time)] : [];

    /// <summary>
    /// A slot lasts less than any round. It stands if no transaction named the address above the start, and every token account
    /// is as it was when the page on top was read; who did not read that page cannot say.
    /// </summary>
    public async Task<bool> StandsAsync(Address address, ChainTip start, CancellationToken ct)
    {
        if (tops.Find(address.Text) is not { } top) return false;
        var newest = (await rpc.SignaturesAsync([(address.Text, null, null)], ct, limit: 1))[0];
        if (newest.Count > 0 && newest[0].Slot > start.Height) return false;
        return IsSame(await rpc.TokenAccountsAsync(address.Text, ct), top.Held);
    }

    public async Task<AddressSummary> SummaryAsync(Address address, CancellationToken ct) =>
        new(await rpc.BalanceAsync(address.Text, ct), Amount.Zero, TransactionCount: null);

    public async Task<IReadOnlyDictionary<string, Amount>> BalancesAsync(
        Address address, IReadOnlyCollection<string> assets, ChainTip? tip, CancellationToken ct)
    {
        var mints = assets.Select(asset => (Asset: asset, Mint: SolanaRules.MintOf(network, asset))).Where(pair => pair.Mint is not null).ToList();
        if (mints.Count == 0) return new Dictionary<string, Amount>();
        var held = (await rpc.TokenAccountsAsync(address.Text, ct)).GroupBy(account => account.Mint)
            .ToDictionary(mint => mint.Key, mint => mint.Aggregate(Amount.Zero, (sum, account) => sum + account.Amount));
        return mints.ToDictionary(pair => pair.Asset, pair => held.GetValueOrDefault(pair.Mint!));
    }

    // As of the newest page; whether anything changed since is what the round's end asks.
    public async Task<IReadOnlyCollection<string>> HeldAsync(Address address, CancellationToken ct) =>
    [
        .. (tops.Find(address.Text)?.Held.Values ?? await rpc.TokenAccountsAsync(address.Text, ct))
            .Where(account => account.Amount > 0).Select(account => SolanaRules.AssetOf(network, account.Mint)).Distinct(),
    ];

    public async Task<string?> DifferenceReasonAsync(Address address, CancellationToken ct) =>
        await rpc.ProgramAsync(address.Text, ct) is { } program && SolanaRules.RewardedPrograms.Contains(program) ? "rewards" : null;

    public async Task<HistoryPage> PageAsync(Address address, Position? after, CancellationToken ct)
    {
        var listing = after is null ? await FromTopAsync(address, ct)
            : walks.Take(address.Text) is { } kept && IsFresh(kept.Since) && kept.Holds(after) ? kept : await FromAsync(address, after, ct);
        var page = new SolanaPage(network, provider, rpc, past, listing, failed, pageSize);
        var isContradicted = false;
        try
        {
            return await page.ReadAsync(address, after, ct);
        }
        catch (ProviderException e) when (e.Failure is not (ProviderFailure.RateLimited or ProviderFailure.Unavailable))
        {
            // What was listed and is not told may not be listed any more.
            isContradicted = true;
            throw;
        }
        finally
        {
            // As far as it came: who is cut off goes on from there.
            if (after is null) KeepTop(address, listing, page.Read);
            page.Forget();
            if (isContradicted) Forget(address);
            else walks.Put(address.Text, listing);
        }
    }

    // The lists of the address and of every token account it has, from where each was last read. An account that stands as it
    // stood may have been paid and emptied meanwhile, so all are asked.
    private async Task<SolanaListing> FromTopAsync(Address address, CancellationToken ct)
    {
        var held = await rpc.TokenAccountsAsync(address.Text, ct);
        var last = tops.Find(address.Text);
        // Lists are believed for a while, then read again from the top; transactions are what they are.
        var isFresh = last is not null && IsFresh(last.Since);
        var listing = new SolanaListing(null, time.GetUtcNow());
        var again = new List<(SolanaList List, string? Data)>();
        foreach (var (account, data) in held.Select(each => (each.Account, (string?)each.Data)).Prepend((address.Text, null)))
        {
            if (!isFresh || last?.Lists.GetValueOrDefault(account) is not { } known) listing.Add(new SolanaList(account, null, data));
            else again.Add((known, data));
        }

        var told = await rpc.SignaturesAsync([.. again.Select(each => (each.List.Account, (string?)null, each.List.Read.FirstOrDefault()?.Txid))],
            ct);
        foreach (var ((list, data), onTop) in again.Zip(told))
        {
            // Whoever does not know the signature to stop at lists it too, or all there is.
            var news = onTop.TakeWhile(signature => signature.Txid != list.Read.FirstOrDefault()?.Txid).ToList();
            var fresh = new SolanaList(list.Account, null, data);
            if (news.Count == SolanaRpc.MaxSignatures || list.Read.Count == 0) fresh.Add(news, isAll: news.Count < SolanaRpc.MaxSignatures);
            listing.Add(fresh.Lowest is null && !fresh.IsAll ? list.Again(data, news, MostKept) : fresh);
        }

        foreach (var (txid, known) in last?.Told ?? []) listing.Told[txid] = known;
        foreach (var (slot, order) in last?.Orders ?? []) listing.Order(slot, order);
        tops.Put(address.Text, new Top(held.ToDictionary(each => each.Account), [], [], [], isFresh ? last!.Since : time.GetUtcNow()));
        return listing;
    }

    // The same from a place on, by who has no memory of what is above it.
    private async Task<SolanaListing> FromAsync(Address address, Position after, CancellationToken ct)
    {
        var listing = new SolanaListing(after.Txid, time.GetUtcNow());
        var accounts = (await rpc.TokenAccountsAsync(address.Text, ct)).Select(account => account.Account)
            .Concat(await past.OfAsync(address, after.Height, ct));
        foreach (var account in accounts.Prepend(address.Text).Distinct()) listing.Add(new SolanaList(account, after.Txid, null));
        return listing;
    }

    public async Task<ChainTransaction?> TransactionAsync(Address address, string txid, long height, CancellationToken ct)
    {
        var signature = new SolanaSignature(txid, height, null);
        var told = (await rpc.TransactionsAsync([signature], ct))[txid];
        var listing = new SolanaListing(null, time.GetUtcNow());
        var accounts = (await rpc.TokenAccountsAsync(address.Text, ct)).Select(account => account.Account)
            .Concat(await past.OfAsync(address, height, ct)).ToHashSet();
        var block = await new SolanaPage(network, provider, rpc, past, listing, failed, pageSize).BlockOfAsync(signature, told, ct);
        return new SolanaFacts(network, address.Text).Of(told, block, accounts);
    }

    private bool IsFresh(DateTimeOffset since) => time.GetUtcNow() - since <= Remembers;

    public void Forget(Address address)
    {
        tops.Take(address.Text);
        walks.Take(address.Text);
    }

    private void KeepTop(Address address, SolanaListing listing, IReadOnlyList<ChainTransaction>? page)
    {
        if (tops.Find(address.Text) is not { } top) return;
        var lists = listing.Lists.Where(list => list.Before is null && (list.IsAll || list.Lowest is not null)
            && (list.Account == address.Text || top.Held.ContainsKey(list.Account)))
            .ToDictionary(list => list.Account, list => list.Again(list.Data, [], MostKept));
        tops.Put(address.Text, top with
        {
            Lists = lists,
            Told = listing.Told.Where(entry => page is null || page.Any(fact => fact.Txid == entry.Key))
            .ToDictionary(),
            Orders = listing.Orders.Where(order => page is null || page.Any(fact => fact.Height == order.Key)).ToDictionary()
        });
    }

    private static bool IsSame(IReadOnlyList<SolanaTokenAccount> held, IReadOnlyDictionary<string, SolanaTokenAccount> before) =>
        held.Count == before.Count && held.All(account => before.GetValueOrDefault(account.Account)?.Data == account.Data);

    // The token accounts when the page on top was read, by account, with the beginnings of all lists and what stood on that page.
    private sealed record Top(
        IReadOnlyDictionary<string, SolanaTokenAccount> Held, Dictionary<string, SolanaList> Lists,
        Dictionary<string, (SolanaTransaction Transaction, SolanaBlock Block)> Told, Dictionary<long, IReadOnlyList<string>> Orders,
        DateTimeOffset Since);
}
