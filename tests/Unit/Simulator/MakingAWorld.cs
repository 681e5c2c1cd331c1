using System.Text.Json;
using Chains;
using ChainSimulator.Script;
using ChainSimulator.World;
using Shouldly;
using Xunit;

namespace Unit.Simulator;

public sealed class MakingAWorld
{
    private const string Bitcoin = "bitcoin";

    [Fact]
    public void the_same_seed_and_commands_make_the_same_world_to_the_byte()
    {
        Show(Script(new(seed: 5))).ShouldBe(Show(Script(new(seed: 5))));
        Show(Script(new(seed: 6))).ShouldNotBe(Show(Script(new(seed: 5))));
    }

    [Fact]
    public void a_reset_makes_the_same_world_again()
    {
        var world = new SimulatedWorld(5);
        var before = Show(Script(world));
        world.Reset(5);

        Show(Script(world)).ShouldBe(before);
    }

    [Theory]
    [InlineData(Profile.Small, AddressKind.P2wpkh)]
    [InlineData(Profile.Small, AddressKind.P2sh)]
    [InlineData(Profile.Recorded, AddressKind.P2pkh)]
    [InlineData(Profile.Recorded, AddressKind.P2tr)]
    public void truth_equals_a_replay_of_the_shown_transactions(Profile profile, AddressKind kind)
    {
        var network = new SimulatedWorld(1)[Bitcoin];
        var addresses = network.Create(new(Bitcoin, 120, Count: 3, Profile: profile, SharedPercent: 30, Kind: kind));

        addresses.Count.ShouldBe(3);
        foreach (var address in addresses)
        {
            network.TruthOf(address)!.Count.ShouldBe(120);
            Replay.ShouldEqualTruth(network, address);
        }
    }

    [Fact]
    public void some_transactions_belong_to_several_addresses_and_some_blocks_hold_several()
    {
        var network = new SimulatedWorld(1)[Bitcoin];
        var truths = network.Create(new(Bitcoin, 100, Count: 3, SharedPercent: 30)).Select(address => network.TruthOf(address)!.Lines().ToList())
            .ToList();

        truths[0].Select(line => line.Txid).Intersect(truths[1].Select(line => line.Txid)).ShouldNotBeEmpty();
        truths[0].GroupBy(line => line.Height).Count(group => group.Count() > 1).ShouldBeGreaterThan(10);
        truths[0].ShouldContain(line => line.Delta < 0);
    }

    [Theory]
    [InlineData(Profile.Small)]
    [InlineData(Profile.Recorded)]
    public void what_goes_in_comes_out_but_for_the_fee(Profile profile)
    {
        var network = new SimulatedWorld(2)[Bitcoin];
        var address = network.Create(new(Bitcoin, 200, Profile: profile)).Single();

        foreach (var json in Replay.Walk(network, address).Select(Replay.Json))
        {
            List<long> paid = [.. json.GetProperty("vout").EnumerateArray().Select(output => output.GetProperty("value").GetInt64())];
            paid.ShouldAllBe(value => value >= 0);
            var spent = json.GetProperty("vin").EnumerateArray().Sum(input => input.GetProperty("prevout").GetProperty("value").GetInt64());
            spent.ShouldBe(paid.Sum() + json.GetProperty("fee").GetInt64());
        }
    }

    [Fact]
    public void sizes_are_those_of_the_recorded_blocks()
    {
        var network = new SimulatedWorld(3)[Bitcoin];
        var address = network.Create(new(Bitcoin, 300, Profile: Profile.Recorded)).Single();
        var shown = Replay.Walk(network, address).Select(Replay.Json).ToList();

        Median(shown.Select(json => json.GetRawText().Length)).ShouldBeInRange(9_500, 11_500);
        Median(shown.Select(json => json.GetProperty("vin").GetArrayLength())).ShouldBe(11);
        Median(shown.Select(json => json.GetProperty("vout").GetArrayLength())).ShouldBe(11);

        static int Median(IEnumerable<int> values) => values.Order().ElementAt(150);
    }

    [Fact]
    public void every_shown_address_is_valid_and_names_its_script()
    {
        var network = new SimulatedWorld(3)["bitcoin-testnet"];
        var address = network.Create(new("bitcoin-testnet", 100)).Single();

        foreach (var output in Replay.Walk(network, address).Select(Replay.Json).SelectMany(json => json.GetProperty("vout").EnumerateArray()))
        {
            var parsed = Addresses.Parse(Networks.BitcoinTestnet, output.GetProperty("scriptpubkey_address").GetString()).ShouldBeOfType<Address>();
            Convert.ToHexStringLower(parsed.Script.AsSpan()).ShouldBe(output.GetProperty("scriptpubkey").GetString());
        }
    }

    [Fact]
    public void the_demo_tells_the_story_of_a_quiet_and_a_busy_address()
    {
        var world = new SimulatedWorld(9);
        Demo.Build(world);
        var told = Demo.Tell(world);

        told.Addresses.Select(address => address.Transactions).ShouldBe([2, 392]);
        told.Addresses[0].Balance.ShouldBe("0");
        world["bitcoin"].TruthOf(told.Addresses[0].Address)!.Lines().Select(line => (line.Delta, line.Fee, line.Time))
            .ShouldBe([(-666_601L, 429L, 1_635_331_567L), (666_601L, 568L, 1_635_329_801L)]);
        Replay.ShouldEqualTruth(world["bitcoin"], told.ToImport.Address);
    }

    private static SimulatedNetwork Script(SimulatedWorld world)
    {
        var network = world[Bitcoin];
        var addresses = network.Create(new(Bitcoin, 60, Count: 2, SharedPercent: 20));
        network.Add(new AddTransactions(Bitcoin, addresses, 3, Held: true));
        network.Mine(new(Bitcoin, 2, addresses, 4));
        network.Reorganise(new(Bitcoin, 3, MovePercent: 30, ReplacePercent: 20));
        return network;
    }

    private static string Show(SimulatedNetwork network) => JsonSerializer.Serialize(new
    {
        network.Tip,
        First = network.Read(null, 0, node => node.BlockAt(SimulatedWorld.FirstHeight + 1)!.Hash.ToString()),
        Transactions = network.Read(null, 0, node => Enumerable.Range(SimulatedWorld.FirstHeight, network.Tip.Height - SimulatedWorld.FirstHeight + 1)
            .SelectMany(height => node.BlockAt(height)!.Transactions.Select(transaction => Replay.Json(new(transaction, node.BlockAt(height)))))
            .ToList()),
    });
}
