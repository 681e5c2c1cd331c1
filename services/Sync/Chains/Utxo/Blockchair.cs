using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Chains;

namespace Sync.Chains.Utxo;

/// <summary>
/// Blockchair's dialect: an address's confirmed transactions listed by number, they and their blocks told ten at a time. Its base address ends
/// in the chain (…/bitcoin, …/bitcoin/testnet). It counts coins paid to a key in the open with the key's address, so
/// addresses that have such coins are left to others.
/// </summary>
internal sealed partial class Blockchair(Network network, string provider, Fetch fetch, TimeProvider clock) : IBlockNames
{
    private const int PageSize = 50;
    private const int ToldAtOnce = 10;
    private const long MaxCount = 1_000_000_000;

    // The largest offset by its documentation.
    private const long MaxOffset = 1_000_000;

    private readonly NumberedList history = new(PageSize, MaxOffset, clock, (failure, reason) => new(failure, provider, reason));
    private long newest;

    public Network Network => network;

    public string Provider => provider;

    public async Task<ChainTip> TipAsync(CancellationToken ct)
    {
        var answer = await AnswerAsync("stats", "tip", ct) ?? throw Bad("has no tip");
        var tip = Read(answer.Data, "tip", BlockchairJson.Default.BlockchairStats);
        if (!UtxoRules.IsHash(tip.Hash) || tip.Height is < 0 or > UtxoRules.MaxHeight) throw Bad("names a tip that is no block");
        // The second time it is believed: a chain may have become shorter.
        var before = Interlocked.Exchange(ref newest, tip.Height);
        return tip.Height >= before ? new ChainTip(tip.Height, tip.Hash) : throw Stale(tip.Height, before);
    }

    public async Task<string?> BlockHashAsync(long height, CancellationToken ct) => (await BlocksAsync([height], ct)).GetValueOrDefault(height)?.Hash;

    public async Task<IReadOnlyList<ChainBlock>> BlocksAsync(long height, CancellationToken ct)
    {
        var heights = Enumerable.Range(0, ToldAtOnce).Select(down => height - down).Where(one => one >= 0).ToList();
        var told = await BlocksAsync(heights, ct);
        return [.. heights.TakeWhile(told.ContainsKey).Select(one => told[one])];
    }

    // Its call for many addresses tells neither their counts nor a block.
    public async Task<AddressSummary> SummaryAsync(Address address, CancellationToken ct)
    {
        var (confirmed, state) = await SumAsync(address, "&state=latest", ct);
        var (all, stateThen) = await SumAsync(address, "", ct);
        if (state != stateThen) throw Contradiction($"sums up {address.Text} at two heights");
        if (confirmed.Balance < 0 || all.Balance < 0 || confirmed.TransactionCount is < 0 or > MaxCount
            || (confirmed.TransactionCount == 0 && confirmed.Balance > 0))
            throw Bad($"sums up {address.Text} in a way that cannot be");
        // Money is on its way, so there is a transaction more.
        if (all.TransactionCount < confirmed.TransactionCount
            || (all.Balance != confirmed.Balance && all.TransactionCount == confirmed.TransactionCount))
            throw Contradiction($"counts the unconfirmed of {address.Text} among the confirmed");
        return new AddressSummary(
            new Amount((BigInteger)confirmed.Balance), new Amount((BigInteger)(all.Balance - confirmed.Balance)), confirmed.TransactionCount);
    }

    public async Task<HistoryPage> PageAsync(Address address, Position? after, CancellationToken ct)
    {
        var (list, from, offset, full) = await history.FindAsync(after, offset => ListAsync(address, offset, ct));
        var script = ScriptOf(address);
        var page = new List<ChainTransaction>(list.Count - from);
        foreach (var some in list.Skip(from).Chunk(ToldAtOnce))
        {
            var answer = await AnswerAsync($"dashboards/transactions/{string.Join(',', some.Select(line => line.Hash))}", "transactions", ct)
                ?? throw Bad("tells no transaction");
            foreach (var line in some)
            {
                var data = Find(answer.Data, line.Hash) ?? throw Contradiction($"does not tell {line.Hash}, which it lists");
                page.Add(Read(Read(data, "transactions", BlockchairJson.Default.BlockchairTransaction), line, address, script));
            }
        }

        await NameAsync(page, ct);
        UtxoRules.CheckPage(page, Bad);
        return new HistoryPage(page, full, provider, offset + from);
    }

    // It tells the heights only. A block's time is that of its transactions, unless another one took its place meanwhile.
    private async Task NameAsync(List<ChainTransaction> page, CancellationToken ct)
    {
        var blocks = new Dictionary<long, ChainBlock>();
        foreach (var some in page.Select(transaction => transaction.Height).Distinct().Chunk(ToldAtOnce))
            foreach (var (height, block) in await BlocksAsync(some, ct)) blocks[height] = block;
        for (var i = 0; i < page.Count; i++)
        {
            if (blocks.GetValueOrDefault(page[i].Height) is not { } block || block.Time != page[i].BlockTime)
                throw Contradiction($"does not tell the block of {page[i].Txid}");
            page[i] = page[i] with { BlockHash = block.Hash };
        }
    }

    private async Task<Dictionary<long, ChainBlock>> BlocksAsync(IReadOnlyList<long> heights, CancellationToken ct)
    {
        var blocks = new Dictionary<long, ChainBlock>(heights.Count);
        if (await AnswerAsync($"dashboards/blocks/{string.Join(',', heights)}?limit=0", "blocks", ct) is not { } answer) return blocks;
        foreach (var height in heights)
        {
            if (Find(answer.Data, height.ToString(CultureInfo.InvariantCulture)) is not { } data) continue;
            var block = Read(data, "blocks", BlockchairJson.Default.BlockchairBlock).Block;
            if (block.Id != height || !UtxoRules.IsHash(block.Hash)) throw Bad("answers another block than was asked for");
            blocks[height] = new ChainBlock(height, block.Hash, UtxoRules.TimeOf(SecondsOf(block.Time), Bad));
        }

        return blocks;
    }

    private ChainTransaction Read(BlockchairTransaction told, BlockchairListed line, Address address, string script)
    {
        var facts = told.Transaction;
        if (facts.Hash != line.Hash) throw Bad("tells another transaction than was asked for");
        if (facts.BlockId != line.BlockId) throw Contradiction($"lists {line.Hash} elsewhere than it tells it");
        if (told.Inputs.Count + told.Outputs.Count > UtxoRules.MaxParts || told.Inputs.Contains(null!) || told.Outputs.Contains(null!)
            || told.Outputs.Count != facts.OutputCount || told.Inputs.Count != (facts.IsCoinbase ? 0 : facts.InputCount))
            throw Bad($"tells {line.Hash} in part only");
        if (told.Inputs.Concat(told.Outputs).Any(coin => coin.Recipient == address.Text && coin.ScriptHex != script)) throw InTheOpen(address);

        var sides = new CoinSides(network, script, told.Inputs.Count, told.Outputs.Count, Bad);
        foreach (var spent in told.Inputs) sides.Spends(spent.ScriptHex, AddressOf(spent), spent.Value);
        foreach (var output in told.Outputs) sides.Receives(output.ScriptHex, AddressOf(output), output.Value);
        return sides.Of(facts.Hash, facts.BlockId, block: null, SecondsOf(facts.Time), facts.Fee, facts.IsCoinbase);
    }

    // Scripts without an address have a name of its own there.
    private static string? AddressOf(BlockchairOutput coin) =>
        coin.Type is "pubkeyhash" or "scripthash" || coin.Type.StartsWith("witness_", StringComparison.Ordinal) ? coin.Recipient : null;

    private long SecondsOf(string told) =>
        DateTimeOffset.TryParseExact(told, "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time.ToUnixTimeSeconds() : throw Bad("names a time that is none");

    private async Task<(BlockchairSums Sums, long? State)> SumAsync(Address address, string more, CancellationToken ct)
    {
        var (told, state) = await AddressAsync(address, "limit=0" + more, "summary", ct);
        return (told.Address, state);
    }

    // Null where the list is not told that far.
    private async Task<List<BlockchairListed>?> ListAsync(Address address, long offset, CancellationToken ct)
    {
        IReadOnlyList<BlockchairListed> list;
        try
        {
            list = (await AddressAsync(address, $"limit={PageSize},0&offset={offset},0&transaction_details=true&state=latest", "page",
                ct)).Told.Transactions;
        }
        catch (ProviderException e) when (offset > 0 && e.Refusal is { } refusal && RefusedOffset().IsMatch(refusal))
        {
            history.Refused(offset - 1);
            return null;
        }

        if (list.Count > PageSize) throw Bad($"puts {list.Count} transactions on a page");
        if (list.Contains(null!)) throw Bad("lists nothing where a transaction is due");
        foreach (var line in list)
        {
            if (!UtxoRules.IsHash(line.Hash)) throw Bad("names a transaction by something that is no hash");
            if (line.BlockId < 0) throw Bad("lists an unconfirmed transaction among the confirmed");
        }

        return [.. list];
    }

    private async Task<(BlockchairAddress Told, long? State)> AddressAsync(Address address, string query, string kind, CancellationToken ct)
    {
        var answer = await AnswerAsync($"dashboards/address/{address.Text}?{query}", kind, ct)
            ?? throw Bad($"does not know the address {address.Text}");
        Heed(answer.Context.State);
        var data = Find(answer.Data, address.Text) ?? throw Bad($"does not know the address {address.Text}");
        var told = Read(data, kind, BlockchairJson.Default.BlockchairAddress);
        if (told.Address is { Type: not null, ScriptHex: var script } && script != ScriptOf(address))
            throw told.Address.Type == "pubkey" ? InTheOpen(address) : Bad($"takes {address.Text} for another script");
        return (told, answer.Context.State);
    }

    private async Task<BlockchairAnswer?> AnswerAsync(string path, string kind, CancellationToken ct)
    {
        using var body = await fetch(path, kind, "application/json", ct);
        if (body is null) return null;
        BlockchairAnswer answer;
        try
        {
            answer = JsonSerializer.Deserialize(body.Bytes, BlockchairJson.Default.BlockchairAnswer)
                ?? throw Bad($"answers null to a {kind} request");
        }
        catch (JsonException e)
        {
            throw Unreadable(kind, e);
        }

        return answer.Context.Code == 200 ? answer : throw Bad($"code {answer.Context.Code} to a {kind} request");
    }

    // Its answers are cached, each for itself: one from before a block that another one knows does not fit the others.
    private void Heed(long? state)
    {
        if (state is not { } height) return;
        var known = Volatile.Read(ref newest);
        while (height > known && Interlocked.CompareExchange(ref newest, height, known) is var now && now != known) known = now;
        if (height < known) throw Stale(height, known);
    }

    private static JsonElement? Find(JsonElement data, string key) =>
        data.ValueKind is JsonValueKind.Object && data.TryGetProperty(key, out var found) && found.ValueKind is not JsonValueKind.Null ? found : null;

    private T Read<T>(JsonElement data, string kind, JsonTypeInfo<T> type) where T : class
    {
        try
        {
            return data.Deserialize(type) ?? throw Bad($"answers null to a {kind} request");
        }
        catch (JsonException e)
        {
            throw Unreadable(kind, e);
        }
    }

    private static string ScriptOf(Address address) => Convert.ToHexStringLower(address.Script.AsSpan());

    // {"data":null,"context":{"code":400,"error":"…offset…"}}
    [GeneratedRegex("\"error\":\\s*\"[^\"]*offset", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex RefusedOffset();

    private ProviderException Bad(string reason) => new(ProviderFailure.BadAnswer, provider, reason);

    private ProviderException Unreadable(string kind, Exception inner) =>
        new(ProviderFailure.BadAnswer, provider, $"answers a {kind} request with something unreadable", inner: inner);

    private ProviderException Contradiction(string reason) => new(ProviderFailure.Contradiction, provider, reason);

    private ProviderException Stale(long height, long known) =>
        new(ProviderFailure.Behind, provider, $"lags: answers from block {height} after it told of {known}");

    private ProviderException InTheOpen(Address address) =>
        new(ProviderFailure.OutOfReach, provider, $"counts coins paid to a key in the open as {address.Text}'s");
}
