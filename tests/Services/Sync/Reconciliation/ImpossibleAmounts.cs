using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Providers;
using Shouldly;
using Sync.Chains.Evm;
using Sync.Providers;
using Xunit;

namespace Services.Sync;

/// <summary>An explorer whose rows are rewritten on their way, each into one that may be.</summary>
public sealed class RewrittenExplorer : EvmParts
{
    internal Func<string, string> Rewrite { get; set; } = body => body;

    private protected override void Replace(IServiceCollection parts)
    {
        var http = new HttpClient();
        var calls = new EtherscanCalls(1, "explorer", async (path, _, ct) =>
        {
            var bytes = Encoding.UTF8.GetBytes(Rewrite(await http.GetStringAsync($"{Script.EvmUrl(Ethereum)}/{path}", ct)));
            var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(bytes.Length);
            bytes.CopyTo(buffer, 0);
            return new Body(buffer, bytes.Length);
        });
        parts.AddSingleton(new ProviderPools([new ProviderPool([new Etherscan(global::Chains.Networks.Ethereum, "explorer", calls, Node(http))],
            TimeSpan.Zero, TimeProvider.System)]));
    }

    private EvmRpc Node(HttpClient http) => new(global::Chains.Networks.Ethereum, "explorer", async (json, _, _, ct) =>
    {
        using var response = await http.SendAsync(EvmProvider.Posted($"{Script.EvmUrl(Ethereum)}/rpc", json), ct);
        var bytes = Encoding.UTF8.GetBytes(Rewrite(await response.Content.ReadAsStringAsync(ct)));
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(buffer, 0);
        return new Body(buffer, bytes.Length);
    });
}

/// <summary>Numbers of 256 bits, each of which may be, that come to more than any amount that is read again.</summary>
public sealed class ImpossibleAmounts(RewrittenExplorer sync) : IClassFixture<RewrittenExplorer>
{
    private const string MaxWord = "115792089237316195423570985008687907853269984665640564039457584007913129639935";

    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_sum_beyond_all_amounts_is_refused_before_it_is_in_the_log()
    {
        var me = EvmProvider.Account("is paid more than there is");
        await sync.Script.MineEvmAsync(EvmWorlds.Mine(EvmWorlds.Sends(EvmWorlds.Other, EvmWorlds.Router) with
        {
            Inside = [.. Enumerable.Repeat(new ChainSimulator.Evm.EvmInside(EvmWorlds.Router, me, "987654321987"), 12)],
        }), ct);
        sync.Rewrite = body => body.Replace("\"987654321987\"", $"\"{MaxWord}\"", StringComparison.Ordinal);
        await ShouldSyncOrSayWhy(me);
    }

    [Fact]
    public async Task a_cost_that_is_told_late_and_beyond_all_amounts_does_not_end_the_reading_of_the_log()
    {
        var me = EvmProvider.Account("is told late what it paid");
        await sync.Script.MineEvmAsync(EvmWorlds.Mine(EvmWorlds.Sends(EvmWorlds.Other, me, "1000000000000000000")), ct);
        await sync.Script.MineEvmAsync(EvmWorlds.Mine(EvmWorlds.Sends(me, EvmWorlds.Usdc,
            price: "1234567891") with
        { Moves = [new(EvmWorlds.Usdc, EvmWorlds.Other, me, "3")] }), ct);
        sync.Rewrite = body => body;
        var (wallet, _) = await sync.Track(me);
        await sync.Script.SetFaultAsync(new(ChainSimulator.Serving.FaultKind.EmptyPage, Route: "*action=txlist&*"), ct);
        await sync.Sync(wallet);
        await sync.Script.ClearFaultsAsync(ct);

        // By the node's receipt it cost little, so what it changed is small; the explorer's price is a part of its own.
        sync.Rewrite = body => body.Replace("\"1234567891\"", $"\"{MaxWord}\"", StringComparison.Ordinal);
        await sync.Tell(new global::Contracts.SyncRequested(wallet, DateTimeOffset.UtcNow));
        var slice = await Record.ExceptionAsync(() => sync.Sync(wallet, tries: 3));
        (await Record.ExceptionAsync(async () => await sync.Store.ReadLogAsync(0, 1_000_000, ct))).ShouldBeNull();
        slice.ShouldBeNull();
    }

    // Whoever is synced afterwards, the publisher reads the log in order: what it cannot read stops it for all.
    private async Task ShouldSyncOrSayWhy(string me)
    {
        var (wallet, address) = await sync.Track(me);
        var from = await sync.Store.HeadAsync(ct) - 1;
        var slice = await Record.ExceptionAsync(() => sync.Sync(wallet, tries: 3));
        var log = await Record.ExceptionAsync(async () => await sync.Store.ReadLogAsync(from, 1000, ct));
        (slice, log).ShouldBe((null, null));
        (await sync.Execute("select coalesce(reason, '') <> '' or not active from walks join ledgers using (ledger_id) where address = $1", address))
            .ShouldBe(true);
    }
}
