using System.Collections.Frozen;
using Chains;
using ChainSimulator.Script;

namespace ChainSimulator.World;

/// <summary>Every network of the simulator, made from one seed; a reset begins it anew.</summary>
public sealed class SimulatedWorld
{
    /// <summary>The height at which a fresh chain begins.</summary>
    public const int FirstHeight = 800_000;

    private static readonly DateTimeOffset Start = new(2023, 7, 24, 3, 0, 0, TimeSpan.Zero);
    private readonly NetworkCatalogue catalogue;
    private FrozenDictionary<string, SimulatedNetwork> networks;

    public SimulatedWorld(ulong seed, NetworkCatalogue? catalogue = null) =>
        networks = Begin(this.catalogue = catalogue ?? Networks.Shipped, seed, FirstHeight, Start);

    /// <summary>The networks that are simulated.</summary>
    public IEnumerable<string> Slugs => networks.Keys;

    public SimulatedNetwork this[string slug] => Find(slug) ?? throw new ScriptException($"There is no network '{slug}'.");

    public SimulatedNetwork? Find(string slug) => networks.GetValueOrDefault(slug);

    /// <summary>Forgets everything; the same seed and commands make the same world again.</summary>
    public void Reset(ulong seed, int height = FirstHeight, DateTimeOffset? start = null) =>
        networks = Begin(catalogue, seed, height, start ?? Start);

    private static FrozenDictionary<string, SimulatedNetwork> Begin(NetworkCatalogue catalogue, ulong seed, int height, DateTimeOffset start) =>
        catalogue.All
            .Where(network => network.Family is ChainFamily.Utxo)
            .ToFrozenDictionary(network => network.Slug, network => new SimulatedNetwork(catalogue, network, seed, height, start),
                StringComparer.Ordinal);
}
