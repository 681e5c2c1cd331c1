using Chains;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Providers;
using Shouldly;
using Sync.Chains;
using Sync.Chains.Utxo;
using Sync.CrossChecks;
using Sync.Ledgers;
using Sync.Providers;
using Xunit;

namespace Services.Sync;

/// <summary>Esplora's dialect twice; the second puts ten transactions on a page, as an instance of one's own may.</summary>
public sealed class ShortPages : SyncParts
{
    private protected override void Replace(IServiceCollection parts)
    {
        Uri UrlOf(string? replica) => new(Script.ProviderUrl(Bitcoin, replica).TrimEnd('/') + "/");
        parts.AddSingleton(new ProviderPools([new ProviderPool([Esplora("first", UrlOf(null)), new TenAPage(Esplora(Second, UrlOf(Second)))],
            TimeSpan.Zero, TimeProvider.System)]));
    }

    private static Esplora Esplora(string name, Uri url)
    {
        var http = new HttpClient { BaseAddress = url };
        return new(global::Chains.Networks.Bitcoin, name, async (path, _, _, ct) =>
        {
            using var response = await http.GetAsync(path, ct);
            if (!response.IsSuccessStatusCode) return null;
            var bytes = await response.Content.ReadAsByteArrayAsync(ct);
            var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(bytes.Length);
            bytes.CopyTo(buffer, 0);
            return new Body(buffer, bytes.Length);
        });
    }

    private sealed class TenAPage(Esplora inner) : IBlockNames
    {
        public Network Network => inner.Network;

        public string Provider => inner.Provider;

        public Task<ChainTip> TipAsync(CancellationToken ct) => inner.TipAsync(ct);

        public Task<string?> BlockHashAsync(long height, CancellationToken ct) => inner.BlockHashAsync(height, ct);

        public Task<IReadOnlyList<ChainBlock>> BlocksAsync(long height, CancellationToken ct) => inner.BlocksAsync(height, ct);

        public Task<AddressSummary> SummaryAsync(Address address, CancellationToken ct) => inner.SummaryAsync(address, ct);

        public async Task<HistoryPage> PageAsync(Address address, Position? after, CancellationToken ct)
        {
            var page = await inner.PageAsync(address, after, ct);
            // To the dialect, who puts fewer than 25 on a page has put all there is.
            return page.Transactions.Count <= 10 ? page : page with { Transactions = [.. page.Transactions.Take(10)], Full = false };
        }
    }
}

/// <summary>Two honest providers are compared and agree, though one tells what the other does not list and changes nothing, or tells it in
/// shorter pages.</summary>
public sealed class CrossCheckingHonestOnes(AlchemyFirst accounts, ShortPages coins) : IClassFixture<AlchemyFirst>, IClassFixture<ShortPages>
{
    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_failed_transaction_of_somebody_else_is_no_difference()
    {
        var me = EvmProvider.Account("somebody failed to pay me");
        await accounts.Script.MineEvmAsync(EvmWorlds.Mine(EvmWorlds.Sends(EvmWorlds.Other, me, "10000000000000000000")), ct);
        await accounts.Script.MineEvmAsync(EvmWorlds.Mine(EvmWorlds.Sends(EvmWorlds.Other, me, "9") with { Failed = true }), ct);
        await accounts.Script.MineEvmAsync(EvmWorlds.Mine(EvmWorlds.Sends(me, EvmWorlds.Other, "5")) with { Blocks = 3 }, ct);
        var (wallet, address) = await accounts.Track(me);
        await accounts.Sync(wallet);
        (await accounts.LastVerdict(address)).Verdict.ShouldBe("verified");

        (await Checker(accounts).CheckOneAsync(ct)).ShouldBeTrue();

        var found = (await accounts.EventsOf(await accounts.LedgerOf(address, EvmParts.Ethereum))).OfType<LedgerEvent.CrossChecked>().Single();
        found.Agrees.ShouldBeTrue($"{found.By} and {found.Provider} are both honest: {found.FirstKind} {found.FirstTxid}");
    }

    [Fact]
    public async Task a_second_one_with_shorter_pages_tells_all_there_is()
    {
        var (wallet, addresses) = await coins.NewWallet(60);
        await coins.Mine(15);
        await coins.Sync(wallet);
        await coins.ShouldBeTrue(addresses[0]);

        (await Checker(coins).CheckOneAsync(ct)).ShouldBeTrue();

        (await coins.Execute("select (cross_check ->> 'Agrees') || ' ' || coalesce(cross_check ->> 'FirstKind', '') from ledgers where address = $1",
            addresses[0])).ShouldBe("true ");
    }

    [Fact]
    public async Task a_walk_with_shorter_pages_ends_with_the_truth()
    {
        var (wallet, addresses) = await coins.NewWallet(60);
        await coins.Mine(15);
        await coins.Script.SetFaultAsync(new(ChainSimulator.Serving.FaultKind.Status, Status: 500, Replica: "main"), ct);
        await coins.Sync(wallet);
        await coins.ShouldBeTrue(addresses[0]);
    }

    private static CrossChecker Checker(SyncParts sync) => new(
        sync.Database.DataSource, sync.Store, sync.Adapters, Options.Create(new CrossCheckOptions { Percent = 100 }), TimeProvider.System,
        NullLogger<CrossChecker>.Instance);
}
