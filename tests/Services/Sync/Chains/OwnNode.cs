using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Chains;
using Contracts;
using Providers;
using Shouldly;
using Sync.Chains;
using Sync.Chains.Utxo;
using Sync.Ledgers;
using Sync.Networks;
using Testing;
using Xunit;

namespace Services.Sync;

/// <summary>
/// The parts with a real node as the only provider of a network: the configured one speaks to it over HTTP, others may be made that meet it
/// as it is, as an older or as a newer one. A class fixture.
/// </summary>
public class OwnNode : SyncParts, IAsyncLifetime
{
    public const string Regtest = "litecoin-regtest";
    public const string Filters = "filters";
    public const string Blocks = "blocks";
    public const string Scans = "scans";

    private readonly ConcurrentDictionary<string, JsonElement> blocks = new();

    internal RunningLitecoind Node { get; } = new();

    internal Network Litecoin => Networks.Find(Regtest)!;

    /// <summary>All bodies that were posted to the node by adapters made here.</summary>
    internal List<string> Posted { get; } = [];

    /// <summary>Questions that are answered before the node is gone; null for any number.</summary>
    internal int? Left { get; set; }

    /// <summary>What happens before the node that scans by itself is asked by this method; null for nothing.</summary>
    internal Func<string, Task>? Before { get; set; }

    /// <summary>What that node says by this method in place of the truth, or the truth.</summary>
    internal Func<string, JsonArray, JsonNode?, JsonNode?>? Instead { get; set; }

    /// <summary>Whether the index of a newer node lacks filters: it passes those blocks over, and calls the scan completed all the same.</summary>
    internal bool LacksFilters { get; set; }

    /// <summary>What happens to the chain once a newer node begins to scan; its index is behind then.</summary>
    internal Func<Task>? Meanwhile { get; set; }

    /// <summary>The most blocks that a newer node scans as long as somebody waits; it goes on with more until it is told to stop.</summary>
    internal int? MostScanned { get; set; }

    private bool IsScanning { get; set; }

    internal IChainAdapter Configured => Adapters.Find(Regtest)!.Named("own");

    protected override IEnumerable<(string Key, string Value)> MoreSettings =>
    [
        .. NetworkSettings.Select(entry => ($"Networks:{Regtest}:{entry.Key}", entry.Value)),
        ($"Chains:{Regtest}:Providers:0:Name", "own"), ($"Chains:{Regtest}:Providers:0:RequestsPerSecond", "0"),
        ($"Chains:{Regtest}:RestSeconds", "0"),
        .. Own.Select(entry => ($"Chains:{Regtest}:Providers:0:{entry.Key}", entry.Value)),
    ];

    /// <summary>How the provider is configured.</summary>
    protected virtual IEnumerable<(string Key, string Value)> Own =>
        [("Kind", "bitcoin-core"), ("BaseUrl", Node.Url), ("CookieFile", Node.CookieFile)];

    private static (string Key, string Value)[] NetworkSettings =>
    [
        ("Name", "Litecoin Regtest"), ("Family", "utxo"), ("Caip2", $"bip122:{RunningLitecoind.Genesis[..32]}"), ("Symbol", "rLTC"),
        ("Decimals", "8"), ("Slip44", "1"), ("ConfirmationsRequired", "2"), ("SafeDepth", "6"), ("BlockTime", "00:02:30"),
        ("CoinbaseMaturity", "100"), ("P2pkhVersion", "111"), ("P2shVersions:0", "58"), ("P2shVersions:1", "196"), ("Bech32Prefix", "rltc"),
    ];

    public new async ValueTask InitializeAsync()
    {
        await Node.StartAsync();
        await base.InitializeAsync();
    }

    public new virtual async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Node.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    internal Address Parsed(string address) => (Address)Addresses.Parse(Litecoin, address);

    /// <summary>The address, of which somebody wants to know what it holds.</summary>
    internal Address Wanted(string address)
    {
        using var command = Database.DataSource.CreateCommand("""
            insert into ledgers (ledger_id, network, address, opened_at, wanted_at) values ($1, $2, $3, now(), now()) on conflict do nothing
            """);
        foreach (var value in new object[] { Guid.CreateVersion7(), Regtest, address }) command.Parameters.Add(new() { Value = value });
        command.ExecuteNonQuery();
        return Parsed(address);
    }

    /// <summary>An adapter of its own, as of another process, for which nothing was found yet where <paramref name="afresh"/>.</summary>
    internal async Task<CoreNode> Adapter(
        string way, bool afresh = true, long start = RunningLitecoind.LastBeforeMweb, Network? network = null)
    {
        if (afresh) await Execute("delete from node_scans");
        Posted.Clear();
        var rpc = new CoreRpc(way, 100, (json, _, _, _) => AnswerAsync(way, json));
        return new(network ?? Litecoin, way, rpc, new NodeScans(Database.DataSource), start, TimeProvider.System);
    }

    /// <summary>A wallet that tracks the address.</summary>
    internal async Task<Guid> Track(string address)
    {
        var wallet = Guid.CreateVersion7();
        await Tell(
            new WalletCreated(wallet, Guid.CreateVersion7(), "wallet", DateTimeOffset.UtcNow),
            new AddressImported(wallet, Guid.CreateVersion7(), Regtest, address, null, DateTimeOffset.UtcNow));
        return wallet;
    }

    /// <summary>Spends the largest coin of the address, with the change elsewhere.</summary>
    internal async Task<string> SpendFrom(string address, decimal coins, string? to = null)
    {
        var unspent = (await Node.OfAsync(RunningLitecoind.Watched, "listunspent", 0, 9999999, new[] { address })).EnumerateArray()
            .MaxBy(coin => coin.GetProperty("amount").GetDecimal());
        var value = unspent.GetProperty("amount").GetDecimal();
        var paid = Math.Min(coins, value / 2);
        var raw = (await Node.CallAsync("createrawtransaction",
            new[] { new { txid = unspent.GetProperty("txid").GetString(), vout = unspent.GetProperty("vout").GetInt32() } },
            new Dictionary<string, decimal>
            {
                [to ?? await Node.NewAddressAsync()] = decimal.Round(paid, 8),
                [await Node.NewAddressAsync()] = value - decimal.Round(paid, 8) - 0.0001m,
            })).GetString();
        var signed = (await Node.OfAsync(RunningLitecoind.Watched, "signrawtransactionwithwallet", raw)).GetProperty("hex").GetString();
        return (await Node.CallAsync("sendrawtransaction", signed)).GetString()!;
    }

    /// <summary>All pages of a history, each of which has to adjoin the one before.</summary>
    internal async Task<List<ChainTransaction>> Walk(IChainAdapter adapter, string address)
    {
        var (read, cursor, anchor) = (new List<ChainTransaction>(), (Position?)null, (Position?)null);
        while (true)
        {
            var page = await Patiently(() => adapter.PageAsync(Wanted(address), anchor ?? cursor, TestContext.Current.CancellationToken));
            var rest = PageRules.Adjoin(page.Transactions, anchor ?? cursor, cursor, switchHeight: null).ShouldNotBeNull("its pages adjoin");
            read.AddRange(rest);
            if (!page.Full || rest.Count == 0) return read;
            cursor = page.PositionAt(page.Transactions.Count - 1);
            anchor = page.PositionAt(page.Transactions.Count - 2);
        }
    }

    /// <summary>As a walk does: what is looked for longer than somebody waits is asked for again, and is further each time.</summary>
    internal static Task<T> Patiently<T>(Func<Task<T>> ask) => Eventually.Get(ask, _ => true, "the blocks are looked through");

    /// <summary>What every block of the chain, read one after the other, holds of an address: newest first.</summary>
    internal async Task<IReadOnlyList<(string Txid, long Height, string Delta)>> TruthOf(string address)
    {
        var script = Convert.ToHexStringLower(Parsed(address).Script.AsSpan());
        var (coins, lines) = (new Dictionary<(string, int), (string Script, decimal Value)>(), new List<(string, long, string)>());
        var tip = (await Node.CallAsync("getblockcount")).GetInt64();
        for (var height = 0L; height <= tip; height++)
        {
            var block = await BlockAsync((await Node.CallAsync("getblockhash", height)).GetString()!);
            foreach (var transaction in block.GetProperty("tx").EnumerateArray())
            {
                var (txid, delta, isIts) = (transaction.GetProperty("txid").GetString()!, 0m, false);
                foreach (var input in transaction.GetProperty("vin").EnumerateArray())
                {
                    if (!input.TryGetProperty("txid", out var from)) continue;
                    var (by, value) = coins[(from.GetString()!, input.GetProperty("vout").GetInt32())];
                    if (by == script) (delta, isIts) = (delta - value, true);
                }

                foreach (var output in transaction.GetProperty("vout").EnumerateArray())
                {
                    var (by, value) = (output.GetProperty("scriptPubKey").GetProperty("hex").GetString()!, output.GetProperty("value").GetDecimal());
                    coins[(txid, output.GetProperty("n").GetInt32())] = (by, value);
                    if (by == script) (delta, isIts) = (delta + value, true);
                }

                if (isIts) lines.Add((txid, height, $"{(long)(delta * 100_000_000m)}"));
            }
        }

        lines.Reverse();
        return lines;
    }

    /// <summary>What is stored of an address, without what was taken back.</summary>
    internal async Task<IReadOnlyList<(string Txid, long Height, string Delta)>> StoredOf(string address)
    {
        await using var command = Database.DataSource.CreateCommand("""
            select t.txid, t.height, t.delta::text from ledger_transactions t join ledgers l using (ledger_id)
            where l.address = $1 and not t.orphaned
            """);
        command.Parameters.Add(new() { Value = address });
        var stored = new List<(string, long, string)>();
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
            stored.Add((reader.GetString(0), reader.GetInt64(1), reader.GetString(2)));
        return stored;
    }

    /// <summary>The sum of an address's coins by the node's own set of unspent outputs.</summary>
    internal async Task<string> UnspentOf(string address)
    {
        var told = await Node.CallAsync("scantxoutset", "start", new[] { $"addr({address})" });
        return $"{(long)(told.GetProperty("total_amount").GetDecimal() * 100_000_000m)}";
    }

    // A block says the same for ever.
    private async Task<JsonElement> BlockAsync(string hash) =>
        blocks.TryGetValue(hash, out var known) ? known : blocks[hash] = await Node.CallAsync("getblock", hash, 2);

    private async Task<Body?> AnswerAsync(string way, ReadOnlyMemory<byte> json)
    {
        lock (Posted) Posted.Add(System.Text.Encoding.UTF8.GetString(json.Span));
        if (Left is { } left && (Left = left - 1) < 0) throw new ProviderException(ProviderFailure.Unavailable, way, "is gone");
        var bytes = way == Filters ? await Node.PostAsync(json)
            : JsonSerializer.SerializeToUtf8Bytes(new JsonArray([.. await OtherwiseAsync(way, JsonNode.Parse(json.Span)!.AsArray())]));
        var buffer = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(buffer, 0);
        return new Body(buffer, bytes.Length);
    }

    private async Task<IReadOnlyList<JsonNode?>> OtherwiseAsync(string way, JsonArray questions)
    {
        var answers = new List<JsonNode?>();
        foreach (var question in questions)
        {
            var (method, asked) = ((string)question!["method"]!, question["params"]!.AsArray());
            JsonNode? result = null;
            (int Code, string Message)? error = null;
            if (way == Scans && Before is { } before) await before(method);
            if (way == Blocks && method == "getindexinfo") error = (-32601, "Method not found");
            else if (way == Scans && method == "scanblocks" && (string)asked[0]! == "abort") (result, IsScanning) = (IsScanning, false);
            else if (way == Scans && method == "scanblocks" && IsScanning)
                error = (-8, "Scan already in progress, use action \"abort\" or \"status\"");
            else if (way == Scans && method == "scanblocks" && (long)asked[3]! - (long)asked[2]! >= MostScanned)
            {
                IsScanning = true;
                throw new ProviderException(ProviderFailure.Unavailable, way, "no answer within 30 s") { MayBeTooMuch = true };
            }
            else if (way == Scans && method == "scanblocks") result = await ScanAsync(asked);
            else if (way == Scans && method == "getblockfilter" && LacksFilters)
                error = (-1, "Filter not found. Block filters are still in the process of being indexed.");
            else if (way == Scans && method == "getrawtransaction" && asked.Count == 2 && await IsInBlockAsync((string)asked[0]!))
                error = (-5, "No such mempool transaction. Use -txindex or provide a block hash to enable blockchain transaction queries.");
            else
            {
                var told = JsonNode.Parse(await Node.PostAsync(JsonSerializer.SerializeToUtf8Bytes(new JsonArray(question.DeepClone()))))![0]!;
                (result, error) = (told["result"]?.DeepClone(), told["error"] is { } e ? ((int)e["code"]!, (string)e["message"]!) : null);
                if (way == Scans && method == "getblock" && (int)asked[1]! == 3) await TellSpentAsync(result!["tx"]!.AsArray());
                if (way == Scans && method == "getrawtransaction" && asked.Count == 3 && (int)asked[1]! == 2 && result is not null)
                    await TellSpentAsync([result.DeepClone()], result);
            }

            if (way == Scans && Instead is { } instead) result = instead(method, asked, result);
            answers.Add(new JsonObject
            {
                ["id"] = question["id"]!.DeepClone(), ["result"] = result,
                ["error"] = error is var (code, message) ? new JsonObject { ["code"] = code, ["message"] = message } : null,
            });
        }

        return answers;
    }

    private async Task<bool> IsInBlockAsync(string txid)
    {
        try
        {
            return (await Node.CallAsync("getrawtransaction", txid, true)).TryGetProperty("blockhash", out _);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    // As Bitcoin Core 25 does it, by all that blocks say.
    private async Task<JsonNode> ScanAsync(JsonArray asked)
    {
        var scripts = asked[1]!.AsArray().Select(each => ((string)each!)["raw(".Length..^1]).ToHashSet();
        var (from, to) = ((long)asked[2]!, (long)asked[3]!);
        var relevant = new JsonArray();
        var passesOver = LacksFilters || Meanwhile is not null;
        if (Meanwhile is { } happens)
        {
            Meanwhile = null;
            await happens();
        }

        for (var height = from; height <= to && !passesOver; height++)
        {
            var hash = (await Node.CallAsync("getblockhash", height)).GetString()!;
            var block = JsonNode.Parse((await BlockAsync(hash)).GetRawText())!;
            var transactions = block["tx"]!.AsArray();
            await TellSpentAsync(transactions);
            var outputs = transactions.SelectMany(transaction =>
                transaction!["vout"]!.AsArray().Concat(transaction["vin"]!.AsArray().Select(input => input!["prevout"])));
            if (outputs.Any(output => output is not null && scripts.Contains((string)output["scriptPubKey"]!["hex"]!))) relevant.Add(hash);
        }

        return new JsonObject { ["from_height"] = from, ["to_height"] = to, ["relevant_blocks"] = relevant, ["completed"] = true };
    }

    private async Task TellSpentAsync(JsonArray transactions, JsonNode? into = null)
    {
        foreach (var (i, input) in transactions.SelectMany(transaction => transaction!["vin"]!.AsArray().Index()))
        {
            if (input!["txid"] is not { } txid) continue;
            var maker = await Node.CallAsync("getrawtransaction", (string)txid!, true);
            var output = maker.GetProperty("vout").EnumerateArray().Single(each => each.GetProperty("n").GetInt32() == (int)input["vout"]!);
            (into is null ? input : into["vin"]![i]!)["prevout"] = JsonNode.Parse(output.GetRawText());
        }
    }
}
