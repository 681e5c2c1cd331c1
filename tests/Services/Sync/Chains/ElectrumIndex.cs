using System.Text.Json;
using Chains.Proofs;

namespace Services.Sync;

/// <summary>What a server of the Electrum protocol knows of a real node's chain: its blocks by scripts, and what waits for one.</summary>
internal sealed class ElectrumIndex(RunningLitecoind node)
{
    private readonly List<Block> blocks = [];
    private readonly Dictionary<string, Transaction> pending = [];
    private readonly Dictionary<string, List<(string Txid, long Height)>> byScript = [];
    private readonly Dictionary<(string, int), Output> outputs = [];
    private readonly HashSet<(string, int)> spent = [];

    public long Height => blocks.Count - 1;

    /// <summary>A script's confirmed transactions in the chain's order.</summary>
    public IReadOnlyList<(string Txid, long Height)> HistoryOf(string script) => byScript.GetValueOrDefault(script) ?? [];

    /// <summary>Those that wait, with their fees and whether all that they spend is in blocks, in the order of the specification.</summary>
    public IReadOnlyList<(string Txid, int Height, long Fee)> WaitingOf(string script) =>
    [
        .. pending.Values.Where(waiting => waiting.Outputs.Any(output => output.Script == script)
            || waiting.Spends.Any(coin => MadeBy(coin)?.Script == script))
            .Select(waiting => (waiting.Txid, waiting.Spends.Any(coin => pending.ContainsKey(coin.Txid)) ? -1 : 0,
                waiting.Spends.Sum(coin => MadeBy(coin)?.Value ?? 0) - waiting.Outputs.Sum(output => output.Value)))
            .OrderByDescending(each => each.Item2).ThenBy(each => each.Txid, StringComparer.Ordinal),
    ];

    /// <summary>Its coins that no block spends.</summary>
    public IReadOnlyList<(string Txid, int Number, long Value, long Height)> CoinsOf(string script) =>
    [
        .. HistoryOf(script).SelectMany(entry => OutputsOf(entry.Txid).Where(output => output.Script == script
            && !spent.Contains((entry.Txid, output.Number))).Select(output => (entry.Txid, output.Number, output.Value, entry.Height))),
    ];

    /// <summary>Those of them that nothing spends which waits, and those that what waits makes.</summary>
    public IReadOnlyList<(string Txid, int Number, long Value, long Height)> UnspentOf(string script)
    {
        var gone = pending.Values.SelectMany(waiting => waiting.Spends).ToHashSet();
        return
        [
            .. CoinsOf(script).Concat(pending.Values.SelectMany(waiting => waiting.Outputs.Where(output => output.Script == script)
                .Select(output => (waiting.Txid, output.Number, output.Value, 0L)))).Where(coin => !gone.Contains((coin.Txid, coin.Number))),
        ];
    }

    public string HashAt(long height) => blocks[(int)height].Hash;

    /// <summary>A transaction's place in a block and the way to its root; null where it is not in that block.</summary>
    public (int Position, IReadOnlyList<string> Way)? BranchOf(string txid, long height)
    {
        if (height < 0 || height > Height) return null;
        var ids = blocks[(int)height].Transactions.ConvertAll(each => each.Txid);
        var position = ids.IndexOf(txid);
        return position < 0 ? null : (position, MerkleBranch.Of(ids, position));
    }

    /// <summary>Reads what is new at the node.</summary>
    public async Task UpdateAsync()
    {
        var best = (await node.CallAsync("getbestblockhash")).GetString();
        if (blocks.Count == 0 || blocks[^1].Hash != best)
        {
            var height = (await node.CallAsync("getblockcount")).GetInt64();
            while (Height > height || (Height >= 0 && (await node.CallAsync("getblockhash", Height)).GetString() != blocks[^1].Hash))
                blocks.RemoveAt(blocks.Count - 1);
            while (Height < height) blocks.Add(await BlockAsync(Height + 1));
            Index();
        }

        var waiting = (await node.CallAsync("getrawmempool")).EnumerateArray().Select(txid => txid.GetString()!).ToHashSet();
        foreach (var gone in pending.Keys.Except(waiting).ToList()) pending.Remove(gone);
        foreach (var txid in waiting.Except(pending.Keys).ToList())
        {
            try
            {
                pending[txid] = Read(await node.CallAsync("getrawtransaction", txid, true));
            }
            catch (InvalidOperationException)
            {
                // It was replaced or found its block just now.
            }
        }
    }

    private void Index()
    {
        byScript.Clear();
        outputs.Clear();
        spent.Clear();
        foreach (var (height, block) in blocks.Index())
        {
            foreach (var transaction in block.Transactions)
            {
                foreach (var output in transaction.Outputs) outputs[(transaction.Txid, output.Number)] = output;
                spent.UnionWith(transaction.Spends);
                var touched = transaction.Outputs.Select(output => output.Script)
                    .Concat(transaction.Spends.Select(coin => outputs.GetValueOrDefault(coin)?.Script).OfType<string>()).Distinct();
                foreach (var script in touched)
                {
                    if (!byScript.TryGetValue(script, out var history)) byScript[script] = history = [];
                    history.Add((transaction.Txid, height));
                }
            }
        }
    }

    private Output? MadeBy((string Txid, int Number) coin) => outputs.GetValueOrDefault(coin)
        ?? pending.GetValueOrDefault(coin.Txid)?.Outputs.Find(output => output.Number == coin.Number);

    private IEnumerable<Output> OutputsOf(string txid)
    {
        for (var n = 0; outputs.TryGetValue((txid, n), out var output); n++) yield return output;
    }

    private async Task<Block> BlockAsync(long height)
    {
        var hash = (await node.CallAsync("getblockhash", height)).GetString()!;
        var told = await node.CallAsync("getblock", hash, 2);
        return new(hash, [.. told.GetProperty("tx").EnumerateArray().Select(Read)]);
    }

    // What is inside of the MWEB has neither script nor coin.
    private static Transaction Read(JsonElement told) => new(
        told.GetProperty("txid").GetString()!,
        [
            .. told.GetProperty("vin").EnumerateArray().Where(input => input.TryGetProperty("vout", out _))
                .Select(input => (input.GetProperty("txid").GetString()!, input.GetProperty("vout").GetInt32())),
        ],
        [
            .. told.GetProperty("vout").EnumerateArray().Where(output => output.TryGetProperty("scriptPubKey", out _)).Select(output => new Output(
                output.GetProperty("n").GetInt32(), ScriptNameOf(output.GetProperty("scriptPubKey").GetProperty("hex").GetString()!),
                (long)(output.GetProperty("value").GetDecimal() * 100_000_000m))),
        ]);

    // As the specification has it, computed here once more.
    private static string ScriptNameOf(string hex) => Convert.ToHexStringLower(
        [.. System.Security.Cryptography.SHA256.HashData(Convert.FromHexString(hex)).Reverse()]);

    private sealed record Output(int Number, string Script, long Value);

    private sealed record Transaction(string Txid, IReadOnlyList<(string Txid, int Number)> Spends, List<Output> Outputs);

    private sealed record Block(string Hash, List<Transaction> Transactions);
}
