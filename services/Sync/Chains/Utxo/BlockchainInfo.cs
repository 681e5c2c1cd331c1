using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Chains;

namespace Sync.Chains.Utxo;

/// <summary>
/// blockchain.info's dialect: 50 transactions a page, asked by their number in a list that has the unconfirmed ones on top,
/// and refused beyond a number. It names no block but the tip, and a transaction's time is when it first saw it. It counts coins paid
/// to a key in the open with the key's address, so an address that has such coins is out of its reach.
/// </summary>
internal sealed class BlockchainInfo(Network network, string provider, Fetch fetch, TimeProvider clock) : IManySummaries
{
    private const int PageSize = 50;
    private const int SummarySize = 100;
    private const int MaxSummaryPages = 50;

    private readonly NumberedList history = new(PageSize, long.MaxValue, clock, (failure, reason) => new(failure, provider, reason));

    public Network Network => network;

    public string Provider => provider;

    public int AddressesAtOnce => 50;

    public async Task<ChainTip> TipAsync(CancellationToken ct) =>
        TipOf(await JsonAsync("latestblock", "tip", BlockchainInfoJson.Default.BlockchainInfoBlock, ct) ?? throw Bad("has no tip"));

    public async Task<AddressSummary> SummaryAsync(Address address, CancellationToken ct) =>
        (await SummariesAsync([address], ct)).ByAddress[address.Text];

    public async Task<ManySummaries> SummariesAsync(IReadOnlyList<Address> addresses, CancellationToken ct)
    {
        var active = string.Join("%7C", addresses.Select(address => address.Text));
        var first = await AddressesAsync(active, 0, ct);
        var (waiting, answer) = (new Dictionary<string, BlockchainInfoTransaction>(), first);
        for (var offset = 0; ; answer = await AddressesAsync(active, offset, ct))
        {
            if (!answer.Addresses.OrderBy(told => told.Address, StringComparer.Ordinal)
                .SequenceEqual(first.Addresses.OrderBy(told => told.Address, StringComparer.Ordinal)))
                throw Contradiction("sums up otherwise while its unconfirmed transactions are read");
            foreach (var transaction in answer.Txs.Where(transaction => transaction.Height is null)) waiting[transaction.Hash] = transaction;
            offset += answer.Txs.Count;
            if (answer.Txs.Count < SummarySize || answer.Txs.Any(transaction => transaction.Height is not null)) break;
            if (offset >= MaxSummaryPages * SummarySize) throw Beyond($"has more than {offset} unconfirmed transactions of the address");
        }

        var told = first.Addresses.ToLookup(entry => entry.Address);
        return new ManySummaries(TipOf(first.Info.Latest), addresses.ToDictionary(address => address.Text, address =>
            told[address.Text].ToList() is [var only] ? Confirmed(address, only, waiting.Values) : throw Bad($"does not sum up {address.Text}")));
    }

    public async Task<HistoryPage> PageAsync(Address address, Position? after, CancellationToken ct)
    {
        var (list, from, offset, full) = await history.FindAsync(after, offset => ListAsync(address, offset, ct));
        return Page(address, list, from, offset, full);
    }

    private HistoryPage Page(Address address, IReadOnlyList<BlockchainInfoTransaction> list, int from, long offset, bool full)
    {
        var script = Convert.ToHexStringLower(address.Script.AsSpan());
        var page = new List<ChainTransaction>(list.Count - from);
        foreach (var transaction in list.Skip(from))
            page.Add(transaction.Height is { } height
                ? Read(address, transaction, height, script) : throw Bad("lists an unconfirmed transaction among the confirmed"));
        UtxoRules.CheckPage(page, Bad);
        return new HistoryPage(page, full, provider, offset + from);
    }

    private ChainTransaction Read(Address address, BlockchainInfoTransaction transaction, long height, string script)
    {
        if (transaction.Inputs.Count != transaction.InputCount || transaction.Out.Count != transaction.OutputCount || transaction.Inputs.Count +
            transaction.Out.Count > UtxoRules.MaxParts)
            throw Bad($"tells {transaction.Hash} in part only");

        var coinbase = transaction.Inputs is [{ Spent: null }];
        var sides = new CoinSides(network, script, transaction.Inputs.Count, transaction.Out.Count, Bad);
        foreach (var input in transaction.Inputs)
        {
            if (coinbase) break;
            if (input.Spent is not { } spent) throw Bad($"leaves out what {transaction.Hash} spends");
            sides.Spends(spent.Script, spent.Address, spent.Value);
        }

        foreach (var output in transaction.Out) sides.Receives(output.Script, output.Address, output.Value);
        if (transaction.Out.Concat(transaction.Inputs.Select(input => input.Spent).OfType<BlockchainInfoOutput>())
            .Any(coin => coin.Address == address.Text && coin.Script != script))
            throw Beyond($"counts coins paid to a key in the open as {address.Text}'s");
        return sides.Of(transaction.Hash, height, block: null, transaction.Time, transaction.Fee, coinbase);
    }

    // Its sums and counts include what is unconfirmed.
    private AddressSummary Confirmed(Address address, BlockchainInfoAddress told, IReadOnlyCollection<BlockchainInfoTransaction> waiting)
    {
        var script = Convert.ToHexStringLower(address.Script.AsSpan());
        var (pending, count) = (Int128.Zero, told.Transactions);
        foreach (var transaction in waiting)
        {
            var mine = false;
            foreach (var spent in transaction.Inputs.Select(input => input.Spent).OfType<BlockchainInfoOutput>()
                .Where(spent => spent.Script == script))
                (pending, mine) = (pending - spent.Value, true);
            foreach (var output in transaction.Out.Where(output => output.Script == script)) (pending, mine) = (pending + output.Value, true);
            if (mine) count--;
        }

        var confirmed = told.Balance - pending;
        if (told.Transactions > 1_000_000_000 || count < 0 || confirmed < 0 || (count == 0 && confirmed > 0))
            throw Bad($"sums up {address.Text} in a way that cannot be");
        return new AddressSummary(new Amount((BigInteger)confirmed), new Amount((BigInteger)pending), count);
    }

    private ChainTip TipOf(BlockchainInfoBlock block) =>
        UtxoRules.IsHash(block.Hash) && block.Height is >= 0 and <= UtxoRules.MaxHeight
            ? new ChainTip(block.Height, block.Hash) : throw Bad("names a tip that is no block");

    private async Task<BlockchainInfoAddresses> AddressesAsync(string active, int offset, CancellationToken ct)
    {
        var answer = await JsonAsync($"multiaddr?active={active}&n={SummarySize}&offset={offset}", "summary",
            BlockchainInfoJson.Default.BlockchainInfoAddresses, ct) ?? throw Bad("does not know the address");
        if (answer.Addresses.Contains(null!) || HasHoles(answer.Txs)) throw Bad("lists nothing where something is due");
        return answer;
    }

    // Null where the list is not told that far.
    private async Task<List<BlockchainInfoTransaction>?> ListAsync(Address address, long offset, CancellationToken ct)
    {
        BlockchainInfoHistory? answer;
        try
        {
            answer = await JsonAsync($"rawaddr/{address.Text}?limit={PageSize}&offset={offset}", "page",
                BlockchainInfoJson.Default.BlockchainInfoHistory, ct);
        }
        catch (ProviderException e) when (CapOf(e.Refusal) is { } told && told < offset)
        {
            history.Refused(told);
            return null;
        }

        if (answer is null || answer.Address != address.Text) throw Bad($"has no history of {address.Text}");
        if (answer.Txs.Count > 4 * PageSize) throw Bad($"puts {answer.Txs.Count} transactions on a page");
        if (HasHoles(answer.Txs)) throw Bad("lists nothing where a transaction is due");
        return [.. answer.Txs];
    }

    private static bool HasHoles(IReadOnlyList<BlockchainInfoTransaction> list) =>
        list.Any(transaction => transaction is null || transaction.Inputs.Contains(null!) || transaction.Out.Contains(null!));

    // {"error":"user-error","message":"offset exceeded: 1712200 > 50000"}
    private static long? CapOf(string? refusal)
    {
        if (refusal?.IndexOf("offset exceeded", StringComparison.Ordinal) is not >= 0) return null;
        var number = refusal[(refusal.IndexOf('>', StringComparison.Ordinal) + 1)..].Trim(' ', '"', '}');
        return long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var cap) ? cap : null;
    }

    private async Task<T?> JsonAsync<T>(string path, string kind, JsonTypeInfo<T> type, CancellationToken ct) where T : class
    {
        using var body = await fetch(path, kind, "application/json", ct);
        if (body is null) return null;
        try
        {
            return JsonSerializer.Deserialize(body.Bytes, type) ?? throw Bad($"answers null to a {kind} request");
        }
        catch (JsonException e)
        {
            throw new ProviderException(ProviderFailure.BadAnswer, provider, $"answers a {kind} request with something unreadable", inner: e);
        }
    }

    private ProviderException Bad(string reason) => new(ProviderFailure.BadAnswer, provider, reason);

    private ProviderException Contradiction(string reason) => new(ProviderFailure.Contradiction, provider, reason);

    private ProviderException Beyond(string reason) => new(ProviderFailure.OutOfReach, provider, reason);
}
