using ChainSimulator.Script;
using ChainSimulator.World;
using Shouldly;
using Xunit;

namespace Unit.Simulator;

public sealed class Reorganising
{
    private const string Bitcoin = "bitcoin";

    private readonly SimulatedNetwork network = new SimulatedWorld(4)[Bitcoin];

    [Fact]
    public void kept_transactions_stand_in_new_blocks()
    {
        var address = network.Create(new(Bitcoin, 40, Blocks: 10)).Single();
        var before = network.TruthOf(address)!;

        var done = network.Reorganise(new(Bitcoin, 4));
        var after = network.TruthOf(address)!;

        done.TipHeight.ShouldBe(before.Tip.Height + 1);
        done.Orphaned.Count.ShouldBe(4);
        done.Dropped.ShouldBeEmpty();
        after.Balance.ShouldBe(before.Balance);
        after.Lines().Select(line => line.Txid).ShouldBe(before.Lines().Select(line => line.Txid), ignoreOrder: true);
        after.Lines().Where(line => line.Height > done.ForkHeight).ShouldAllBe(line => !done.Orphaned.Contains(line.BlockHash));
        network.Read(null, 0, node => node.IsInBestChain(node.BlockOf(before.Tip.Hash)!)).ShouldBeFalse();
    }

    [Fact]
    public void blocks_name_their_parents_after_it()
    {
        network.Create(new(Bitcoin, 40));
        network.Reorganise(new(Bitcoin, 6, Blocks: 8));

        for (var height = network.Tip.Height; height > SimulatedWorld.FirstHeight; height--)
            network.Read(null, 0, node => node.BlockAt(height)!.Previous).ShouldBe(network.Read(null, 0, node => node.BlockAt(height - 1)!.Hash));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void truth_equals_a_replay_after_any_mixture(int seed)
    {
        var addresses = network.Create(new(Bitcoin, 80, Count: 3, SharedPercent: 30, Blocks: 25));
        for (var round = 0; round < 8; round++)
        {
            var command = (ulong)((seed * 100) + round);
            network.Add(new AddTransactions(Bitcoin, addresses, 5, Held: round % 2 == 0, Seed: command));
            network.Reorganise(new(
                Bitcoin, 1 + (round % 6), DropPercent: 15, MovePercent: 30, ReplacePercent: 15, UnconfirmPercent: 15,
                Addresses: addresses, Transactions: round, Seed: command));
            network.Mine(new(Bitcoin, 1, addresses, 2, Seed: command));
            foreach (var address in addresses) Replay.ShouldEqualTruth(network, address);
        }
    }

    [Fact]
    public void what_builds_on_a_dropped_transaction_is_dropped_with_it()
    {
        var address = network.Create(new(Bitcoin, 0, Count: 1)).Single();
        network.Mine(new(Bitcoin));
        var parent = Pay(address, 50_000);
        network.Mine(new(Bitcoin));
        var child = network.Add(new ExactTransaction(Bitcoin, [new(address, 50_000)], [new(address, 49_000)]));
        network.Mine(new(Bitcoin));

        network.Reorganise(new(Bitcoin, 2, Drop: [parent])).Dropped.ShouldBe([parent, child], ignoreOrder: true);
        network.TruthOf(address)!.Count.ShouldBe(0);
    }

    [Fact]
    public void an_unconfirmed_one_waits_until_it_is_released()
    {
        var address = network.Create(new(Bitcoin, 0)).Single();
        network.Mine(new(Bitcoin));
        var paid = Pay(address, 50_000);
        network.Mine(new(Bitcoin));

        network.Reorganise(new(Bitcoin, 1, Unconfirm: [paid])).Unconfirmed.ShouldBe([paid]);
        network.Mine(new(Bitcoin));
        network.TruthOf(address)!.Count.ShouldBe(0);
        network.Let(new(Bitcoin));
        network.Mine(new(Bitcoin));
        network.TruthOf(address)!.Balance.ShouldBe(50_000);
    }

    [Fact]
    public void a_replaced_one_gives_way_to_another_with_the_same_inputs()
    {
        var address = network.Create(new(Bitcoin, 0)).Single();
        var replaced = network.Add(new AddTransactions(Bitcoin, [address])).Single();
        var inputs = Inputs(replaced);

        var evicted = network.Evict(new(Bitcoin, [replaced], Replace: true));

        evicted.Gone.ShouldBe([replaced]);
        network.Read(null, 0, node => node.Find(Hash256.Parse(replaced))).ShouldBeNull();
        Inputs(evicted.Replacements.Single()).ShouldBe(inputs);
    }

    private string Pay(string address, long value) =>
        network.Add(new ExactTransaction(Bitcoin, [new("3E8ociqZa9mZUSwGdSmAEMAoAxBK3FNDcd", value + 500)], [new(address, value)]));

    private List<string> Inputs(string txid) => [.. Replay.Json(network.Read(null, 0, node => node.Find(Hash256.Parse(txid)))!.Value)
        .GetProperty("vin").EnumerateArray().Select(input => $"{input.GetProperty("txid")}:{input.GetProperty("vout")}")];
}
