using ChainSimulator.Script;
using ChainSimulator.World;
using Shouldly;
using Xunit;

namespace Unit.Simulator;

public sealed class HoldingBack
{
    private const string Bitcoin = "bitcoin";

    private readonly SimulatedNetwork network = new SimulatedWorld(4)[Bitcoin];

    [Fact]
    public void a_block_takes_what_waits_but_not_what_is_held()
    {
        var address = network.Create(new(Bitcoin, 10)).Single();
        var held = network.Add(new AddTransactions(Bitcoin, [address], Held: true)).Single();
        var free = network.Add(new AddTransactions(Bitcoin, [address])).Single();
        network.Read(null, 0, node => node.Mempool(network.FindParty(address))).Select(placed => placed.Transaction.Id.ToString())
            .ShouldBe([free, held]);

        network.Mine(new(Bitcoin)).Waiting.ShouldBe(1);
        network.TruthOf(address)!.Lines().First().Txid.ShouldBe(free);
        network.Let(new(Bitcoin, [held]));
        network.Mine(new(Bitcoin)).Waiting.ShouldBe(0);
        network.TruthOf(address)!.Count.ShouldBe(12);
        Replay.ShouldEqualTruth(network, address);
    }

    [Fact]
    public void what_builds_on_a_held_one_waits_too()
    {
        var address = network.Create(new(Bitcoin, 0)).Single();
        network.Add(new ExactTransaction(Bitcoin, [new("3E8ociqZa9mZUSwGdSmAEMAoAxBK3FNDcd", 60_500)], [new(address, 60_000)], Held: true));
        network.Add(new ExactTransaction(Bitcoin, [new(address, 60_000)], [new(address, 59_000)]));

        network.Mine(new(Bitcoin)).Waiting.ShouldBe(2);
        network.Let(new(Bitcoin));
        network.Mine(new(Bitcoin)).Waiting.ShouldBe(0);
        Replay.ShouldEqualTruth(network, address);
    }

    [Fact]
    public void impossible_commands_are_refused_with_the_reason()
    {
        var address = network.Create(new(Bitcoin, 0)).Single();

        Should.Throw<ScriptException>(() => network.Add(new ExactTransaction(Bitcoin, [new(address, 5)], [new(address, 4)]))).Message.ShouldContain(
            "unspent");
        Should.Throw<ScriptException>(() => network.Reorganise(new(Bitcoin, 500))).Message.ShouldContain("depth");
        Should.Throw<ScriptException>(() => network.Mine(new(Bitcoin, 1, ["nonsense"], 1)));
    }
}
