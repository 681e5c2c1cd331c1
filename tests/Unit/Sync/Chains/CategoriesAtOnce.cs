using System.Text;
using Chains;
using Shouldly;
using Sync.Chains.Evm;
using Xunit;

namespace Unit.Sync;

/// <summary>A network on which Alchemy lists nothing that moves inside, asked by two walks at the same moment.</summary>
public sealed class CategoriesAtOnce
{
    [Fact]
    public async Task both_of_two_who_ask_at_once_are_answered_without_the_category_that_is_refused()
    {
        var (asked, both) = (0, new TaskCompletionSource());
        var node = new EvmRpc(Networks.Ethereum, "node", async (json, _, _, _) =>
        {
            var text = Encoding.UTF8.GetString(json.Span);
            if (text.Contains("eth_chainId", StringComparison.Ordinal)) return GivenAccounts.Body("""{"jsonrpc":"2.0","id":1,"result":"0x1"}""");
            if (!text.Contains("internal", StringComparison.Ordinal))
                return GivenAccounts.Body("""{"jsonrpc":"2.0","id":1,"result":{"transfers":[]}}""");
            if (Interlocked.Increment(ref asked) == 2) both.SetResult();
            await both.Task;
            return GivenAccounts.Body(
                """{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"The 'internal' category is only supported for some networks; remove it from the requested categories"}}""");
        });

        async Task<int> Ask() =>
            (await node.AssetTransfersAsync(GivenAccounts.Me, true, 5, 10, null, TestContext.Current.CancellationToken)).Told.Count;
        (await Task.WhenAll(Ask(), Ask())).ShouldBe([0, 0]);
    }
}
