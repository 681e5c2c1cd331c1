using Chains;

namespace Sync.Chains.Utxo;

/// <summary>
/// Looks a node's blocks through for addresses, from where it was left to the tip: by the node itself where it can (<c>scanblocks</c>), else
/// by its compact filters (BIP158), else block by block. The node is asked about blocks, and nobody else about anything.
/// </summary>
internal sealed class CoreScan(Network network, string provider, CoreRpc rpc, INodeScans scans, long start, TimeProvider clock)
{
    /// <summary>Addresses this near to the tip are waited for now; the others go on together.</summary>
    private const int Near = 2_000;

    // No reorganisation of a live chain was as deep.
    private const int Unsure = 100;

    private const int MostTogether = 1_000;
    private const int DeepestFork = 100_000;
    private const string FilterIndex = "basic block filter index";

    // The parameters of basic filters (BIP158).
    private const byte P = 19;
    private const uint M = 784_931;
    private const int KeyLength = 16;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(15);

    private readonly AskSize scanned = new(20_000, clock);
    private readonly AskSize filtered = new(1_000, clock);
    private readonly AskSize whole = new(50, clock);
    private bool? scansByItself;

    public CoreTip Tip { get; } = new(network, provider, rpc);

    private SemaphoreSlim Stepping { get; } = new(1);

    /// <summary>Looks through what is new since it was last asked.</summary>
    /// <exception cref="ProviderException">It takes longer than somebody waits: what is done is done, and the next call goes on.</exception>
    public async Task CatchUpAsync(Address address, CancellationToken ct)
    {
        var started = clock.GetTimestamp();
        while (true)
        {
            var tip = await Tip.ReadAsync(ct);
            var place = await scans.BeginAsync(address, start, ct)
                ?? throw new ProviderException(ProviderFailure.OutOfReach, provider, "is asked for no address that nobody tracks");
            if (place.Hash == tip.Bestblockhash) return;
            if (clock.GetElapsedTime(started) > Patience)
                throw Busy($"looks for the address in its blocks, {place.Height + 1} of {tip.Blocks + 1} so far", TimeSpan.FromSeconds(1));

            await Stepping.WaitAsync(ct);
            try
            {
                if (await scans.GroupAsync(address, tip.Blocks - Near, MostTogether, ct) is { } group) await StepAsync(group, tip, ct);
            }
            finally
            {
                Stepping.Release();
            }
        }
    }

    private async Task StepAsync(NodeGroup group, CoreChain tip, CancellationToken ct)
    {
        if (group.Place.Hash is { } hash && await HeaderAsync(hash, ct) is not { Confirmations: >= 0 })
        {
            await RewindAsync(group.Place, tip, ct);
            return;
        }

        var upTo = Math.Min(tip.Blocks, group.Next ?? long.MaxValue);
        if (group.Place.Height >= upTo) return;
        var indices = await IndicesAsync(ct);
        if (!indices.TryGetValue(FilterIndex, out var index))
        {
            await InStepsAsync(whole, group, upTo, WholeAsync, ct);
            return;
        }

        if (index.Height <= group.Place.Height)
            throw Busy($"filters its blocks, {index.Height + 1} of {tip.Blocks + 1} so far", TimeSpan.FromSeconds(5));
        upTo = Math.Min(upTo, index.Height);
        if (scansByItself is not false)
        {
            try
            {
                await InStepsAsync(scanned, group, upTo, ScannedAsync, ct);
                scansByItself = true;
                return;
            }
            catch (ProviderException e) when (scansByItself is null && e.Failure is ProviderFailure.OutOfReach)
            {
                scansByItself = false;
            }
        }

        await InStepsAsync(filtered, group, upTo, FilteredAsync, ct);
    }

    // As many blocks as are told in time; which of them to read, a way to look says.
    private static Task<bool> InStepsAsync(
        AskSize size, NodeGroup group, long upTo, Func<NodeGroup, long, CancellationToken, Task<bool>> look, CancellationToken ct) =>
        size.AskAsync(most => look(group, Math.Min(upTo, group.Place.Height + most), ct), (int)Math.Min(upTo - group.Place.Height, int.MaxValue));

    private async Task<bool> ScannedAsync(NodeGroup group, long to, CancellationToken ct)
    {
        var end = await EndAsync(to, ct);
        // Where the index lacks a filter a node passes its blocks over, and calls the scan completed. It has none of a block before those below.
        if ((await FiltersAsync([end.Hash], ct))[0] is null) throw Moved();
        var wanted = group.Scripts.Values.Select(script => $"raw({Convert.ToHexStringLower(script)})").ToArray();
        CoreScanned? told;
        try
        {
            told = await rpc.AskAsync(
                new("scanblocks", "start", wanted, group.Place.Height + 1, to, "basic"), "scan", CoreJson.Default.CoreScanned, ct);
        }
        catch (ProviderException e) when (e.MayBeTooMuch)
        {
            // It goes on by itself, and takes no other meanwhile.
            await rpc.AskAsync(new("scanblocks", "abort"), "scan", CoreJson.Default.JsonDocument, ct);
            throw;
        }

        if (told is null || !told.Completed) throw Busy("is busy with another scan", TimeSpan.FromSeconds(2));
        if (told.To != to || told.Blocks.Count > to - group.Place.Height || told.Blocks.Any(hash => hash is null || !UtxoRules.IsHash(hash)))
            throw Bad("scans other blocks than it was asked to");
        // It scans by heights: of another chain's blocks, if the chain was another one meanwhile.
        await RequireOneChainAsync(group.Place, end, ct);
        return await ReadAsync(group, told.Blocks, end, ct);
    }

    private async Task<bool> FilteredAsync(NodeGroup group, long to, CancellationToken ct)
    {
        var end = await EndAsync(to, ct);
        var hashes = await HashesAsync(group.Place, end, ct);
        var filters = await FiltersAsync(hashes, ct);
        var scripts = group.Scripts.Values.ToArray();
        var matching = new List<string>();
        foreach (var (hash, told) in hashes.Zip(filters))
            if (Matches(told?.Filter ?? throw Bad($"has no filter of block {hash}"), hash, scripts)) matching.Add(hash);
        return await ReadAsync(group, matching, end, ct);
    }

    private async Task<IReadOnlyList<CoreFilter?>> FiltersAsync(IReadOnlyList<string> hashes, CancellationToken ct)
    {
        try
        {
            return await rpc.ManyAsync(
                [.. hashes.Select(hash => new RpcQuestion("getblockfilter", hash))], "filter", CoreJson.Default.CoreFilter, ct);
        }
        catch (ProviderException e) when (e.Failure is ProviderFailure.OutOfReach)
        {
            // There is an index, so a block came before its filter.
            throw Busy("filters its newest blocks", TimeSpan.FromSeconds(2));
        }
    }

    private async Task<bool> WholeAsync(NodeGroup group, long to, CancellationToken ct)
    {
        var end = await EndAsync(to, ct);
        return await ReadAsync(group, await HashesAsync(group.Place, end, ct), end, ct);
    }

    private bool Matches(string filter, string hash, byte[][] scripts)
    {
        try
        {
            // A block without any script has an empty filter, which matches nothing.
            var bytes = Convert.FromHexString(filter);
            if (bytes is [0]) return false;
            var key = Convert.FromHexString(hash);
            Array.Reverse(key);
            return new NBitcoin.GolombRiceFilter(bytes, P, M).MatchAny(scripts, key[..KeyLength]);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException or IOException or IndexOutOfRangeException)
        {
            throw new ProviderException(ProviderFailure.BadAnswer, provider, $"tells a filter of block {hash} that is none", inner: e);
        }
    }

    // Reads blocks in the order of their heights, and moves to the end of the range.
    private async Task<bool> ReadAsync(NodeGroup group, IReadOnlyList<string> hashes, CoreHeader end, CancellationToken ct)
    {
        var started = clock.GetTimestamp();
        foreach (var hash in hashes)
        {
            var block = await rpc.AskAsync(new("getblock", hash, 2), "block", CoreJson.Default.CoreBlock, ct);
            if (block is null || block.Hash != hash || block.Height <= group.Place.Height || block.Height > end.Height || block.Tx.Contains(null!))
                throw Bad($"tells block {hash} otherwise than its chain");
            var at = new ChainBlock(block.Height, hash, UtxoRules.TimeOf(block.Time, Bad));
            if (await FindAsync(group, block, ct) is not { Count: > 0 } found) continue;
            if (!await scans.MoveAsync(network, group, at, found, ct)) return false;
            group = group with { Place = new(at.Height, at.Hash) };
            // Of an address in every block some are read at a time.
            if (clock.GetElapsedTime(started) > LongestStep) return true;
        }

        return group.Place.Hash == end.Hash
            || await scans.MoveAsync(network, group, new(end.Height, end.Hash, UtxoRules.TimeOf(end.Time, Bad)), [], ct);
    }

    private async Task<List<NodeFinding>> FindAsync(NodeGroup group, CoreBlock block, CancellationToken ct)
    {
        var byScript = group.Scripts.ToDictionary(entry => Convert.ToHexStringLower(entry.Value), entry => entry.Key);
        var inputs = block.Tx.SelectMany(transaction => transaction.Vin).Select(CoinOf).OfType<(string, int)>().Distinct().ToList();
        var owners = new Dictionary<(string, int), string>(await scans.OwnersAsync(network, [.. group.Scripts.Keys], inputs, ct));
        var found = new List<NodeFinding>();
        foreach (var (position, transaction) in block.Tx.Index())
        {
            if (!UtxoRules.IsHash(transaction.Txid) || !transaction.IsPossible) throw Bad($"tells {transaction.Txid} in a way that cannot be");
            var touched = new Dictionary<string, NodeFinding>();
            foreach (var input in transaction.Vin)
                if (CoinOf(input) is { } coin && owners.TryGetValue(coin, out var owner)) ((List<(string, int)>)Of(owner).Spent).Add(coin);
            foreach (var output in transaction.Vout)
            {
                if (output.IsMweb || output is not { ScriptPubKey.Hex: { } script, Value: { } value, Number: { } number }
                    || !byScript.TryGetValue(script, out var owner)) continue;
                UtxoRules.CheckValue(network, value, Bad);
                ((List<NodeCoin>)Of(owner).Made).Add(new(transaction.Txid, number, value));
                // It may be spent further down in the same block.
                owners[(transaction.Txid, number)] = owner;
            }

            found.AddRange(touched.Values);

            NodeFinding Of(string owner) => touched.TryGetValue(owner, out var known)
                ? known : touched[owner] = new(owner, transaction.Txid, position, new List<NodeCoin>(), new List<(string, int)>());
        }

        return found;
    }

    private static (string, int)? CoinOf(CoreInput input) => input is { IsMweb: false, Txid: { } txid, Vout: { } number } ? (txid, number) : null;

    private async Task<IReadOnlyDictionary<string, CoreIndex>> IndicesAsync(CancellationToken ct)
    {
        try
        {
            return await rpc.AskAsync(new("getindexinfo"), "index", CoreJson.Default.DictionaryStringCoreIndex, ct) ?? [];
        }
        catch (ProviderException e) when (e.Failure is ProviderFailure.OutOfReach)
        {
            return new Dictionary<string, CoreIndex>();
        }
    }

    // The blocks above a place, up to a block. Where a reorganisation may come in between, each has to stand on the one before.
    private async Task<IReadOnlyList<string>> HashesAsync(NodePlace above, CoreHeader end, CancellationToken ct)
    {
        var questions = Enumerable.Range(1, (int)(end.Height - above.Height)).Select(n => new RpcQuestion("getblockhash", above.Height + n)).ToList();
        var hashes = (await rpc.ManyAsync(questions, "block-height", CoreJson.Default.String, ct))
            .Select(hash => hash is not null && UtxoRules.IsHash(hash) ? hash : throw Moved()).ToList();
        var young = hashes.TakeLast(Unsure).ToList();
        var headers = await rpc.ManyAsync(
            [.. young.Select(hash => new RpcQuestion("getblockheader", hash))], "header", CoreJson.Default.CoreHeader, ct);
        var below = young.Count < hashes.Count ? hashes[^(young.Count + 1)] : above.Hash;
        foreach (var (hash, header) in young.Zip(headers))
        {
            if (header?.Hash != hash || (below is not null && header.Previousblockhash != below)) throw Moved();
            below = hash;
        }

        return below == end.Hash ? hashes : throw Moved();
    }

    // What was scanned stands on what was looked through before only where both are of the chain at one moment.
    private async Task RequireOneChainAsync(NodePlace above, CoreHeader end, CancellationToken ct)
    {
        string[] hashes = above.Hash is { } place ? [place, end.Hash] : [end.Hash];
        var headers = await rpc.ManyAsync(
            [.. hashes.Select(hash => new RpcQuestion("getblockheader", hash))], "header", CoreJson.Default.CoreHeader, ct);
        if (headers.Any(header => header is not { Confirmations: >= 0 })) throw Moved();
    }

    private async Task<CoreHeader> EndAsync(long height, CancellationToken ct)
    {
        var hash = await rpc.AskAsync(new("getblockhash", height), "block-height", CoreJson.Default.String, ct) ?? throw Moved();
        return await HeaderAsync(hash, ct) is { } header && header.Height == height ? header : throw Moved();
    }

    private async Task<CoreHeader?> HeaderAsync(string hash, CancellationToken ct)
    {
        var header = await rpc.AskAsync(new("getblockheader", hash), "header", CoreJson.Default.CoreHeader, ct);
        return header is null || header.Hash == hash ? header : throw Bad("answers another block than was asked for");
    }

    // Down from a block that is no part of the chain any more to one that is; a node that never knew it begins anew. So it does not as long as it
    // may only be behind: after a crash it loads its newest blocks again, and another node beside it may have had another newest block.
    private async Task RewindAsync(NodePlace from, CoreChain tip, CancellationToken ct)
    {
        var header = await HeaderAsync(from.Hash!, ct);
        if (header is null && tip.Blocks < from.Height + network.SafeDepth)
        {
            throw Busy($"does not know block {from.Height}, which was looked through last; if it is none of its chain, that is known from block "
                + $"{from.Height + network.SafeDepth} on", TimeSpan.FromSeconds(10));
        }

        for (var steps = 0; header is { Confirmations: < 0, Previousblockhash: { } previous } && steps < DeepestFork; steps++)
            header = await HeaderAsync(previous, ct);
        await scans.RewindAsync(network, from, header is { Confirmations: >= 0 } ? new(header.Height, header.Hash) : null, ct);
    }

    private ProviderException Busy(string reason, TimeSpan wait) => new(ProviderFailure.RateLimited, provider, reason, wait);

    private ProviderException Moved() => new(ProviderFailure.Contradiction, provider, "its chain changes while it is read");

    private ProviderException Bad(string reason) => new(ProviderFailure.BadAnswer, provider, reason);
}
