using System.Globalization;
using System.Numerics;
using System.Text.Json.Serialization.Metadata;
using Chains;

namespace Sync.Chains.Evm;

/// <summary>
/// What an explorer of Etherscan's dialect tells beside the three lists: withdrawals of stake, rewards of blocks, allocations of
/// the genesis, and the Transfers of one token alone. An explorer that does not know one of these says nothing of it.
/// </summary>
internal sealed class EtherscanInternalChanges(Network network, EtherscanCalls calls, IEvmNode node, int window,
    TimeProvider? clock = null)
{
    public const string Withdrawals = "withdrawals";
    public const string Rewards = "block-rewards";
    public const string Genesis = "genesis";
    public const string StateSync = "state-sync";

    private const int MaxTries = 50;

    private readonly AskSize size = new(window, clock);
    private const long Gwei = 1_000_000_000;

    // Ethereum, Sepolia, Holesky, Hoodi. Gnosis pays its withdrawals in a token.
    private static readonly HashSet<long> Staked = [1, 11155111, 17000, 560048];

    public async Task<OffLedgerChanges> ChangesAsync(string account, long above, long upTo, CancellationToken ct)
    {
        var (told, isWhole) = (new List<OffLedgerChange>(), true);
        if (Staked.Contains(network.EvmChainId!.Value)) Add(await ToldAsync(() => WithdrawalsAsync(account, above + 1, upTo, ct)));
        if (network.NativeContracts.Length > 0) Add(await ToldAsync(() => BridgedAsync(account, above + 1, upTo, ct)));
        Add(await ToldAsync(() => RewardsAsync(account, above, upTo, ct)));
        if (above < 0) Add(await ToldAsync(() => GenesisAsync(account, ct)));
        return new OffLedgerChanges(told, isWhole);

        void Add(List<OffLedgerChange>? changes)
        {
            isWhole &= changes is not null;
            told.AddRange(changes ?? []);
        }
    }

    public async Task<ListedAsset?> TokenAsync(string account, string contract, long upTo, CancellationToken ct)
    {
        var rows = await ToldAsync(async () => await WindowsAsync(0, upTo, RowsAsync) is { } all && await IsWholeAsync(all) ? all : null);
        if (rows is null) return null;

        var sums = new Dictionary<string, BigInteger>();
        foreach (var (_, row) in rows)
        {
            if (!string.IsNullOrEmpty(row.TokenId)) continue;
            var (from, to, hash) = (EvmRules.Account(row.From), EvmRules.Account(row.To), row.Hash);
            if (hash is null || !EvmRules.IsHash(hash) || EvmRules.Account(row.ContractAddress) != contract || (from != account && to != account))
                throw calls.Bad("lists something else than the Transfers that were asked for");
            var value = Number(row.Value).Value;
            sums[hash] = sums.GetValueOrDefault(hash) + (to == account ? value : 0) - (from == account ? value : 0);
        }

        var isWrapped = contract == EvmRules.WrappedNative(network.EvmChainId!.Value);
        return new ListedAsset(
            new Amount(sums.Values.Aggregate(BigInteger.Zero, (sum, each) => sum + each)), sums.Values.Count(each => !each.IsZero), isWrapped
                ? "wrapped-native" : "token-contract", !isWrapped);

        async Task<List<(long Height, EtherscanRow Row)>> RowsAsync(long from, long to, int most)
        {
            var list = await ListAsync("tokentx",
                $"&contractaddress={contract}&address={account}&startblock={from}&endblock={to}&page=1&offset={most}&sort=desc",
                EtherscanJson.Default.ListEtherscanRow, most, ct);
            return list.ConvertAll(row => (HeightOf(row.BlockNumber, from, to), row));
        }

        // Some cut a list off at fewer results than were asked for, and do not say so.
        async Task<bool> IsWholeAsync(List<(long Height, EtherscanRow Row)> all) =>
            all is [] || (await size.AskAsync(most => RowsAsync(0, all[^1].Height, most))).Count == all.Count(row => row.Height == all[^1].Height);
    }

    private async Task<List<OffLedgerChange>?> WithdrawalsAsync(string account, long from, long to, CancellationToken ct)
    {
        var rows = await WindowsAsync(from, to, async (lowest, top, most) =>
        {
            var list = await ListAsync("txsBeaconWithdrawal",
                $"&address={account}&startblock={lowest}&endblock={top}&page=1&offset={most}&sort=desc", EtherscanJson.Default.ListEtherscanGift,
                most, ct);
            return list.ConvertAll(row => (HeightOf(row.BlockNumber, lowest, top), row));
        });
        return rows?.ConvertAll(row => EvmRules.Account(row.Item.Address) == account
            ? new OffLedgerChange(Withdrawals, row.Height, new Amount(Number(row.Item.Amount).Value * Gwei))
            : throw calls.Bad("lists a withdrawal to another account"));
    }

    // By the node, or by the explorer where the node tells of a few blocks at once only.
    private async Task<List<OffLedgerChange>?> BridgedAsync(string account, long from, long to, CancellationToken ct)
    {
        try
        {
            return [.. await node.BridgedAsync(network.NativeContracts, account, from, to, StateSync, ct)];
        }
        catch (ProviderException e) when (e.Failure is ProviderFailure.OutOfReach)
        {
            var all = new List<OffLedgerChange>();
            foreach (var contract in network.NativeContracts)
            {
                var rows = await WindowsAsync(from, to, async (lowest, top, most) =>
                {
                    var list = await ListAsync("getLogs",
                        $"&address={contract}&fromBlock={lowest}&toBlock={top}&topic0={EvmRules.Bridged}&topic0_2_opr=and"
                            + $"&topic2={EvmRules.Padded(account)}&page=1&offset={most}", EtherscanJson.Default.ListEtherscanLog, most, ct, "logs");
                    // Oldest first, whatever is asked.
                    return list.ConvertAll(log => (EvmRules.Height(log.BlockNumber) is { } height && height >= lowest && height <= top
                        ? height : throw calls.Bad("names a height that is none or was not asked for"), log));
                }, isOldestFirst: true);
                if (rows is null) return null;
                all.AddRange(rows.ConvertAll(row => new OffLedgerChange(StateSync, row.Height,
                    EvmRules.Word(row.Item.Data) ?? throw calls.Bad("lists a log that cannot be"))));
            }

            return all;
        }
    }

    // Asked by pages only, newest first, and short: few accounts make blocks.
    private Task<List<OffLedgerChange>?> RewardsAsync(string account, long above, long upTo, CancellationToken ct) =>
        size.AskAsync(most => RewardsAsync(account, above, upTo, most, ct));

    private async Task<List<OffLedgerChange>?> RewardsAsync(string account, long above, long upTo, int most, CancellationToken ct)
    {
        var rewards = new List<OffLedgerChange>();
        for (var page = 1; page * most <= Etherscan.MaxResults; page++)
        {
            var list = await ListAsync("getminedblocks", $"&address={account}&blocktype=blocks&page={page}&offset={most}",
                EtherscanJson.Default.ListEtherscanGift, most, ct);
            var told = list.ConvertAll(row => new OffLedgerChange(Rewards, HeightOf(row.BlockNumber, 0, EvmRules.MaxHeight),
                Number(row.BlockReward)));
            rewards.AddRange(told.Where(each => each.Height > above && each.Height <= upTo));
            if (list.Count < most || told[^1].Height <= above) return rewards.DistinctBy(each => each.Height).ToList();
        }

        return null;
    }

    private async Task<List<OffLedgerChange>?> GenesisAsync(string account, CancellationToken ct)
    {
        if (await node.GenesisAsync(account, ct) is { } allocated) return [new OffLedgerChange(Genesis, 0, allocated)];

        // Some explorers list an allocation as if it were a transaction of block 0.
        var list = await ListAsync("txlist", $"&address={account}&startblock=0&endblock=0&page=1&offset={window}&sort=desc",
            EtherscanJson.Default.ListEtherscanRow, window, ct);
        return [.. list.Where(row => row.Hash?.StartsWith("GENESIS", StringComparison.Ordinal) is true && EvmRules.Account(row.To) == account)
            .Select(row => new OffLedgerChange(Genesis, 0, Number(row.Value)))];
    }

    // Whole blocks, newest first; null where they are too many.
    private async Task<List<(long Height, T Item)>?> WindowsAsync<T>(long from, long to, Func<long, long, int, Task<List<(long Height, T Item)>>> ask,
        bool isOldestFirst = false)
    {
        var all = new List<(long Height, T Item)>();
        for (var tries = 0; tries < MaxTries && to >= from; tries++)
        {
            var (low, high) = (from, to);
            var (told, most) = await size.AskAsync(async most => (await ask(low, high, most), most));
            if (told.Count < most) return [.. all, .. told];
            var last = told[^1].Height;
            if (told[0].Height == last) return null;
            all.AddRange(told.Where(row => row.Height != last));
            if (isOldestFirst) from = last;
            else to = last;
        }

        return to < from ? all : null;
    }

    private async Task<List<T>> ListAsync<T>(string action, string query, JsonTypeInfo<List<T>> type, int most, CancellationToken ct,
        string module = "account") where T : class
    {
        var list = await calls.ResultAsync(module, action, query, "list", type, ct) ?? [];
        if (list.Count > most) throw calls.Bad($"puts {list.Count} results on a page of {most}");
        return list.Contains(null!) ? throw calls.Bad("lists nothing where a result is due") : list;
    }

    // What an explorer refuses to be asked it does not tell; whoever is only busy or out of budget is asked again.
    private static async Task<T?> ToldAsync<T>(Func<Task<T?>> ask) where T : class
    {
        try
        {
            return await ask();
        }
        catch (ProviderException e) when (e.Failure is ProviderFailure.BadAnswer or ProviderFailure.OutOfReach)
        {
            return null;
        }
    }

    private long HeightOf(string text, long from, long to) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var height) && height >= from && height <= to
            ? height : throw calls.Bad("names a height that is none or was not asked for");

    private Amount Number(string? text) => EvmRules.Decimal(text) ?? throw calls.Bad("names a number that is none");
}
