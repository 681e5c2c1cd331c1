using Chains;
using Shouldly;
using Sync.Chains;
using Sync.Providers;
using Xunit;

namespace Unit.Sync;

public sealed class NamingAncestors
{
    [Fact]
    public async Task a_node_that_leaves_its_branch_between_two_questions_names_no_ancestor()
    {
        var node = new Reorganising();
        var named = await new ProviderPool([node], TimeSpan.Zero, TimeProvider.System)
            .AncestorAsync(new Reorganising(), new ChainTip(100, Given.Hash(100)), 90, TestContext.Current.CancellationToken);
        named.ShouldNotBe(Given.Hash(91), "that block is of a branch that does not hold the tip");
    }

    // On a branch that ends at 98 when it is first asked, on the best chain from the second question on.
    private sealed class Reorganising : IBlockNames
    {
        private int asked;

        public Network Network => Networks.Bitcoin;

        string IChainAdapter.Provider => "node";

        public Task<ChainTip> TipAsync(CancellationToken ct) => throw new NotSupportedException();

        public Task<string?> BlockHashAsync(long height, CancellationToken ct) =>
            Task.FromResult((asked++, height) switch
            {
                (0, 90) => Given.Hash(91),
                (0, _) => null,
                (_, 90) => Given.Hash(90),
                _ => Given.Hash(100),
            });

        public Task<IReadOnlyList<ChainBlock>> BlocksAsync(long height, CancellationToken ct) => throw new NotSupportedException();

        public Task<AddressSummary> SummaryAsync(Address address, CancellationToken ct) => throw new NotSupportedException();

        public Task<HistoryPage> PageAsync(Address address, Position? after, CancellationToken ct) => throw new NotSupportedException();
    }
}
