using ChainSimulator.World;

namespace ChainSimulator.Script;

/// <summary>One address of the demo; the balance in satoshis as a string.</summary>
public sealed record DemoAddress(string Label, string Address, int Transactions, string Balance);

/// <summary>The demo's addresses: those the demo wallet starts with, and one to import while it is watched.</summary>
public sealed record DemoWorld(string Network, IReadOnlyList<DemoAddress> Addresses, DemoAddress ToImport);

/// <summary>
/// The story the project began with: a wallet with an address of two transactions (to the satoshi those of the story) and
/// a busy one of 392, and a third to import. The addresses are real ones; all but the two transactions is made up.
/// </summary>
internal static class Demo
{
    private const string Network = "bitcoin";
    private const string Quiet = "bc1q0sg9rdst255gtldsmcf8rk0764avqy2h2ksqs5";
    private const string Busy = "12xQ9k5ousS8MqNsMBqHKtjAtCuKezm2Ju";
    private const string Third = "bc1qm34lsc65zpw79lxes69zkqmk6ee3ewf0j77s3h";

    private static readonly DateTimeOffset Received = DateTimeOffset.FromUnixTimeSeconds(1_635_329_801);
    private static readonly DateTimeOffset Spent = DateTimeOffset.FromUnixTimeSeconds(1_635_331_567);

    public static void Build(SimulatedWorld world)
    {
        world.Reset(seed: 0, height: 706_900, start: Received.AddMinutes(-10));
        var network = world[Network];
        network.Create(new(Network, 0, Addresses: [Quiet]));
        network.Add(new ExactTransaction(
            Network,
            [new("bc1qu8pajdyv96d8jypwmcelxszt02427smgzhwdxr", 1_318_069)],
            [new("bc1quydf8ejp8l5f4s5qtjm68xafw6zaxqf5374t6y", 650_900), new(Quiet, 666_601)]));
        network.Mine(new(Network, At: Received));
        network.Add(new ExactTransaction(
            Network,
            [new(Quiet, 666_601)],
            [new("3E8ociqZa9mZUSwGdSmAEMAoAxBK3FNDcd", 19_700), new("bc1q9cu9gjn263uqmhawch8gj9n6s2a8emn59e23vv", 646_472)]));
        network.Mine(new(Network, At: Spent));
        const int week = 7 * 24 * 3600;
        network.Create(new(Network, 392, Addresses: [Busy], Profile: Profile.Recorded, Blocks: 120, BlockSeconds: week));
        network.Create(new(Network, 640, Addresses: [Third], Profile: Profile.Recorded, Blocks: 130, BlockSeconds: week));
        network.Mine(new(Network, Blocks: 6));
    }

    public static DemoWorld Tell(SimulatedWorld world)
    {
        return new(Network, [Of("quiet", Quiet), Of("busy", Busy)], Of("third", Third));

        DemoAddress Of(string label, string address)
        {
            var truth = world[Network].TruthOf(address) ?? throw new ScriptException("This world is not the demo's.");
            return new(label, address, truth.Count, truth.Balance.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
    }
}
