using System.Buffers;
using System.Text;
using System.Text.Json;
using Chains;
using Shouldly;
using Sync.Chains;
using Sync.Chains.Utxo;
using Testing;
using Xunit;

namespace Unit.Sync;

public sealed class Adversary
{
    [Fact]
    public async Task recorded_transactions_of_one_block_have_that_blocks_time()
    {
        Assert.SkipUnless(SharedData.IsPresent, SharedData.Absent);
        var times = new Dictionary<long, HashSet<(DateTimeOffset, string)>>();
        foreach (var file in Directory.EnumerateFiles(SharedData.PathOf("providers", "blockchain-info"), "*.json"))
        {
            var root = JsonDocument.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).RootElement;
            if (!root.TryGetProperty("response", out var answer)) continue;
            foreach (var transaction in answer.TryGetProperty("txs", out var list) ? list.EnumerateArray() : Enumerable.Repeat(answer, 1))
            {
                if (!transaction.TryGetProperty("out", out var outs) || transaction.GetProperty("vout_sz").GetInt32() != outs.GetArrayLength()) continue;
                var address = outs.EnumerateArray().Select(o => o.TryGetProperty("addr", out var a) ? a.GetString() : null).First(a => a is not null)!;
                var body = $$"""{"address":"{{address}}","n_tx":1,"txs":[{{transaction.GetRawText()}}]}""";
                var page = await new BlockchainInfo(Networks.Bitcoin, "info", (_, _, _, _) => Task.FromResult<Body?>(Rented(body))).PageAsync((Address)Addresses.Parse(Networks.Bitcoin, address), null, TestContext.Current.CancellationToken);
                var read = page.Transactions.Single();
                if (!times.TryGetValue(read.Height, out var set)) times[read.Height] = set = [];
                set.Add((read.BlockTime, read.Txid));
            }
        }

        times.Where(entry => entry.Value.Select(t => t.Item1).Distinct().Count() > 1)
            .Select(entry => $"{entry.Key}: {string.Join(", ", entry.Value)}").ShouldBeEmpty();
    }

    [Fact]
    public async Task a_node_that_leaves_its_branch_between_two_questions_names_no_ancestor()
    {
        var node = new Reorganising();
        var named = await new Failover([node], TimeSpan.Zero, TimeProvider.System).AncestorAsync(new Reorganising(), new ChainTip(100, Given.Hash(100)), 90, TestContext.Current.CancellationToken);
        named.ShouldNotBe(Given.Hash(91), "that block is of a branch that does not hold the tip");
    }

    private static Body Rented(string text)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetByteCount(text));
        return new Body(buffer, Encoding.UTF8.GetBytes(text, buffer));
    }

    // On a branch that ends at 98 when it is first asked, on the best chain from the second question on.
    private sealed class Reorganising : IChainAdapter
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

        public Task<AddressSummary> SummaryAsync(Address address, CancellationToken ct) => throw new NotSupportedException();

        public Task<HistoryPage> PageAsync(Address address, Position? after, CancellationToken ct) => throw new NotSupportedException();
    }
}
