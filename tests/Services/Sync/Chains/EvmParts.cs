using Chains;
using Contracts;
using EventSourcing;
using Shouldly;
using Sync.Ledgers;
using Xunit;

namespace Services.Sync;

/// <summary>The parts with chains of accounts: ethereum, optimism and bsc, each told by an explorer with a node beside it.</summary>
public class EvmParts : SyncParts
{
    public const string Ethereum = EvmWorlds.Ethereum;

    /// <summary>The providers of each network in their order: name, dialect, replica of the simulator.</summary>
    protected virtual IReadOnlyList<(string Name, string Kind, string? Replica)> Explorers => [("etherscan", "etherscan", null)];

    protected override IEnumerable<(string Key, string Value)> MoreSettings =>
        new[] { Ethereum, EvmWorlds.Optimism, EvmWorlds.Bsc }.SelectMany(network =>
        Explorers.Index().SelectMany(each => Settings($"Chains:{network}:Providers:{each.Index}", network, each.Item.Name, each.Item.Kind,
            each.Item.Replica))
            .Append(($"Chains:{network}:RestSeconds", "0")))
        .Concat(new[] { ("Name", "Optimism"), ("Family", "evm"), ("Caip2", "eip155:10"), ("Symbol", "ETH"), ("Decimals", "18"), ("Slip44", "60"),
            ("ConfirmationsRequired", "12"), ("SafeDepth", "96"), ("BlockTime", "00:00:02") }
            .Select(fact => ($"Networks:{EvmWorlds.Optimism}:{fact.Item1}", fact.Item2)));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IEnumerable<(string Key, string Value)> Settings(string at, string network, string name, string kind, string? replica)
    {
        yield return ($"{at}:Name", name);
        yield return ($"{at}:Kind", kind);
        yield return ($"{at}:BaseUrl", UrlOf(network, kind, replica));
        if (kind == "etherscan") yield return ($"{at}:RpcUrl", $"{Script.EvmUrl(network, replica)}/rpc");
        yield return ($"{at}:RequestsPerSecond", "0");
        yield return ($"{at}:TimeoutSeconds", TimeoutSeconds);
    }

    private string UrlOf(string network, string kind, string? replica) => Script.EvmUrl(network, replica) + (kind == "alchemy" ? "/rpc" : "");

    /// <summary>A wallet that tracks an account of the network, as the wallets service tells of it.</summary>
    internal async Task<(Guid Wallet, string Address)> Track(string account, string network = Ethereum)
    {
        await Script.ClearFaultsAsync(Cancellation);
        await Execute("delete from provider_pauses");
        var address = EvmAddresses.FromAccount(Networks.Find(network)!, Convert.FromHexString(account.AsSpan(2))).Text;
        var wallet = Guid.CreateVersion7();
        await Tell(
            new WalletCreated(wallet, Guid.CreateVersion7(), "wallet", DateTimeOffset.UtcNow),
            new AddressImported(wallet, Guid.CreateVersion7(), network, address, null, DateTimeOffset.UtcNow));
        return (wallet, address);
    }

    /// <summary>The ledger is the simulator's truth: its transactions with what each changed, by asset, and their sums.</summary>
    internal async Task ShouldBeTrueOf(string account, string address, string network = Ethereum)
    {
        var truth = await Script.EvmTruthAsync(network, account, Cancellation);
        var caip2 = Networks.Find(network)!.Caip2;
        var ledger = await LedgerOf(address, network);
        (await Told(ledger)).ShouldBe(truth.Transactions.Select(line =>
            $"{line.Txid} {line.Height} " + line.Delta +
            string.Concat(line.Tokens.OrderBy(token => token.Key, StringComparer.Ordinal)
                .Select(token => $" {caip2}/erc20:{token.Key}={token.Value}"))), ignoreOrder: true);
        (await Execute("select derived::text from ledgers where ledger_id = $1", ledger)).ShouldBe(
            truth.Transactions.Aggregate(Amount.Zero, (sum, line) => sum + Amount.Parse(line.Delta)).ToString());
    }

    internal async Task<Guid> LedgerOf(string address, string network) =>
        (Guid)(await Execute("select ledger_id from ledgers where address = $1 and network = $2", address, network))!;

    internal async Task<IReadOnlyList<LedgerEvent>> EventsOf(Guid ledger)
    {
        var events = new List<LedgerEvent>();
        await foreach (var stored in Store.ReadStreamAsync(StreamName.Of(LedgerEvent.Category, ledger), Cancellation))
            events.Add((LedgerEvent)stored.Data);
        return events;
    }

    /// <summary>The last verdict on an asset, or on the native one.</summary>
    internal async Task<LedgerEvent.BalanceReconciled> LastVerdict(string address, string network = Ethereum, string? asset = null) =>
        (await EventsOf(await LedgerOf(address, network))).OfType<LedgerEvent.BalanceReconciled>()
            .Last(e => e.Asset == (asset ?? Networks.Find(network)!.Native.Caip19));

    private async Task<string[]> Told(Guid ledger) => (string[])(await Execute("""
        select coalesce(array_agg(txid || ' ' || height || ' ' || delta || coalesce((
            select string_agg(' ' || key || '=' || value, '' order by key collate "C") from jsonb_each_text(others)), '')), '{}')
        from ledger_transactions where ledger_id = $1 and not orphaned
        """, ledger))!;
}
