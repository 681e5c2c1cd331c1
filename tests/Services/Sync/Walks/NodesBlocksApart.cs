using System.Text;
using ChainSimulator.Evm;
using Chains;
using Microsoft.Extensions.DependencyInjection;
using Providers;
using Shouldly;
using Sync.Chains;
using Sync.Chains.Evm;
using Sync.Ledgers;
using Sync.Providers;
using Xunit;

namespace Services.Sync;

/// <summary>Two providers of a fast chain, of which the nodes may be some blocks behind.</summary>
public sealed class NodesApart : EvmParts
{
    internal bool IsFirstAway { get; set; }

    /// <summary>By how many blocks the n-th question for the newest block is behind, by provider.</summary>
    internal Func<string, int, int> Behind { get; set; } = (_, _) => 0;

    internal int Asked { get; set; }

    private protected override void Replace(IServiceCollection parts)
    {
        var http = new HttpClient();
        var bsc = global::Chains.Networks.Shipped.Find(EvmWorlds.Bsc)!;
        IChainAdapter Provider(string name)
        {
            var calls = new EtherscanCalls(56, name, async (path, _, ct) =>
                Of(name, await http.GetStringAsync($"{Script.EvmUrl(EvmWorlds.Bsc)}/{path}", ct)));
            var node = new EvmRpc(bsc, name, async (json, _, _, ct) =>
            {
                var text = Encoding.UTF8.GetString(json.Span);
                if (text.Contains("eth_getBlockByNumber", StringComparison.Ordinal) && text.Contains("latest", StringComparison.Ordinal)
                    && Behind(name, Asked++) is > 0 and var by)
                {
                    var tip = (await Script.EvmTruthAsync(EvmWorlds.Bsc, EvmWorlds.Other, ct)).TipHeight;
                    text = text.Replace("latest", $"0x{tip - by:x}", StringComparison.Ordinal);
                }

                using var response = await http.SendAsync(EvmProvider.Posted($"{Script.EvmUrl(EvmWorlds.Bsc)}/rpc", Encoding.UTF8.GetBytes(text)),
                    ct);
                return Of(name, await response.Content.ReadAsStringAsync(ct));
            });
            return new Etherscan(bsc, name, calls, node);
        }

        parts.AddSingleton(new ProviderPools([new ProviderPool([Provider("first"), Provider("second")], TimeSpan.Zero, TimeProvider.System)]));
    }

    private Body Of(string name, string text)
    {
        if (name == "first" && IsFirstAway) throw new ProviderException(ProviderFailure.Unavailable, name, "away");
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetByteCount(text));
        return new Body(buffer, Encoding.UTF8.GetBytes(text, buffer));
    }
}

/// <summary>Two providers of a fast chain a block apart, with the boundary of a stride between them.</summary>
public sealed class NodesBlocksApart(NodesApart sync) : IClassFixture<NodesApart>
{
    private const string Usdt = "0x55d398326f99059ff775485246999027b3197955";
    private static readonly long Stride = EvmRules.Stride(Networks.Shipped.Find(EvmWorlds.Bsc)!);

    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task one_that_is_a_block_behind_concludes_nothing_false()
    {
        var (wallet, address, _) = await Known("a block behind");
        var before = (await sync.EventsOf(await sync.LedgerOf(address, EvmWorlds.Bsc))).Count;
        (sync.IsFirstAway, sync.Behind) = (true, (_, _) => 1);
        await sync.Resync(wallet);
        await ShouldBeHonest(address, before);
    }

    [Fact]
    public async Task nodes_behind_one_address_a_block_apart_conclude_nothing_false()
    {
        var (wallet, address, me) = await Known("one address");
        await sync.Script.MineEvmAsync(new EvmMine(EvmWorlds.Bsc,
            [EvmWorlds.Sends(EvmWorlds.Other, me, "11") with { Moves = [new(Usdt, EvmWorlds.Other, me, "3")] }]), ct);
        await EndStride();
        var before = (await sync.EventsOf(await sync.LedgerOf(address, EvmWorlds.Bsc))).Count;
        // The tip is told by the one, the balance by the other.
        (sync.Asked, sync.Behind) = (0, (_, asked) => asked == 1 ? 1 : 0);
        await sync.Resync(wallet);
        await ShouldBeHonest(address, before);
    }

    private async Task ShouldBeHonest(string address, int before)
    {
        (sync.IsFirstAway, sync.Behind) = (false, (_, _) => 0);
        var told = (await sync.EventsOf(await sync.LedgerOf(address, EvmWorlds.Bsc))).Skip(before).ToList();
        told.Where(e =>
            e is LedgerEvent.BalanceReconciled { Verdict: "mismatch" } or LedgerEvent.ProviderContradicted
                or LedgerEvent.WalkCompleted { Kind: "repair" }).ShouldBeEmpty(string.Join('\n', told));
    }

    private async Task<(Guid Wallet, string Address, string Me)> Known(string name)
    {
        var me = EvmProvider.Account(name);
        await sync.Script.MineEvmAsync(new EvmMine(EvmWorlds.Bsc,
            [EvmWorlds.Sends(EvmWorlds.Other, me, "100") with { Moves = [new(Usdt, EvmWorlds.Other, me, "1")] }]), ct);
        for (var n = 0; n < 6; n++) await EndStride();
        await sync.Script.MineEvmAsync(new EvmMine(EvmWorlds.Bsc,
            [EvmWorlds.Sends(EvmWorlds.Other, me, "7") with { Moves = [new(Usdt, EvmWorlds.Other, me, "2")] }]), ct);
        await EndStride();
        var (wallet, address) = await sync.Track(me, EvmWorlds.Bsc);
        await sync.Sync(wallet);
        (await sync.LastVerdict(address, EvmWorlds.Bsc)).Verdict.ShouldBe("verified");
        return (wallet, address, me);
    }

    private async Task EndStride()
    {
        var height = (await sync.Script.EvmTruthAsync(EvmWorlds.Bsc, EvmWorlds.Other, ct)).TipHeight;
        await sync.Script.MineEvmAsync(new EvmMine(EvmWorlds.Bsc, Blocks: (int)(Stride - (height % Stride))), ct);
    }
}
