using ChainSimulator.World;
using Shouldly;
using Xunit;

namespace Unit.Simulator;

public sealed class ReadingPages
{
    private const string Bitcoin = "bitcoin";

    private readonly SimulatedNetwork network = new SimulatedWorld(1)[Bitcoin];

    [Theory]
    [InlineData(1)]
    [InlineData(25)]
    [InlineData(26)]
    [InlineData(180)]
    public void pages_are_complete_without_repeats_and_newest_first(int count)
    {
        var address = network.Create(new(Bitcoin, count)).Single();
        var walked = Replay.Walk(network, address);

        walked.Select(placed => placed.Transaction.Id).Distinct().Count().ShouldBe(count);
        walked.Select(placed => placed.Block!.Height).ShouldBeInOrder(SortDirection.Descending);
    }

    [Fact]
    public void the_order_within_a_block_does_not_depend_on_arrival()
    {
        var address = network.Create(new(Bitcoin, 40, Blocks: 1)).Single();
        var party = network.FindParty(address)!;
        var walked = Replay.Walk(network, address).Select(placed => placed.Transaction).Reverse().ToList();

        walked.ShouldBe(walked.OrderBy(transaction => transaction.SpendsFrom(party)).ThenBy(transaction => transaction.Id));
    }

    [Fact]
    public void after_an_unknown_transaction_there_is_nothing()
    {
        var party = network.FindParty(network.Create(new(Bitcoin, 30)).Single());

        network.Read(null, 0, node => node.Page(party, Hash256.Of(1, 2, 3))).ShouldBeEmpty();
    }

    [Fact]
    public void a_drifting_page_skips_or_repeats()
    {
        var address = network.Create(new(Bitcoin, 60)).Single();
        var party = network.FindParty(address);
        var walked = Replay.Walk(network, address);
        var last = walked[24].Transaction.Id;

        network.Read(null, 0, node => node.Page(party, last, drift: 3))[0].ShouldBe(walked[28]);
        network.Read(null, 0, node => node.Page(party, last, drift: -3))[0].ShouldBe(walked[22]);
        network.Read(null, 0, node => node.Page(party, null, drift: 3))[0].ShouldBe(walked[0]);
    }

    [Fact]
    public void a_provider_that_leaves_out_transactions_always_leaves_out_the_same()
    {
        var address = network.Create(new(Bitcoin, 60, Blocks: 5)).Single();
        var party = network.FindParty(address);

        var first = network.Read(null, 0, node => node.Page(party, null, leaveOutEvery: 4));
        first.Count.ShouldBe(25);
        first.ShouldAllBe(placed => placed.Transaction.Id.D % 4 != 0);
        network.Read(null, 0, node => node.Page(party, null, leaveOutEvery: 4)).ShouldBe(first);
    }

    [Fact]
    public void a_node_behind_knows_only_its_part()
    {
        var address = network.Create(new(Bitcoin, 60, Blocks: 30)).Single();
        var party = network.FindParty(address);
        var height = network.Tip.Height - 7;
        var expected = network.TruthOf(address)!.Lines().Where(line => line.Height <= height).ToList();

        var (totals, first, unspent) = network.Read(null, 7, node => (node.ConfirmedTotals(party), node.Page(party, null), node.Unspent(party)));
        totals.Transactions.ShouldBe(expected.Count);
        totals.Balance.ShouldBe(expected[0].Balance);
        unspent.Sum(coin => coin.Coin.Value).ShouldBe(expected[0].Balance);
        first.ShouldAllBe(placed => placed.Block!.Height <= height);
        network.Read(null, 7, node => node.Find(Hash256.Parse(network.TruthOf(address)!.Lines().First().Txid))).ShouldBeNull();
    }

    [Fact]
    public void a_node_that_stopped_stays_on_its_fork()
    {
        var address = network.Create(new(Bitcoin, 60)).Single();
        var before = network.TruthOf(address)!.Balance;
        var tip = network.Tip;
        var stopped = network.Snapshot();
        network.Reorganise(new(Bitcoin, 5, DropPercent: 100));
        network.Mine(new(Bitcoin, 3, [address], 5));

        network.TruthOf(address)!.Count.ShouldNotBe(60);
        network.Read(stopped, 0, node => node.Tip.Hash.ToString()).ShouldBe(tip.Hash);
        network.Read(stopped, 0, node => node.ConfirmedTotals(network.FindParty(address))).Balance.ShouldBe(before);
    }
}
