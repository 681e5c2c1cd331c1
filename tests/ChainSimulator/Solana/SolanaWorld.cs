using System.Text.Json;
using ChainSimulator.Script;

namespace ChainSimulator.Solana;

/// <summary>The simulator's Solana chains, made from one seed; a reset begins them anew.</summary>
internal sealed class SolanaWorld(ulong seed)
{
    private IReadOnlyDictionary<string, SolanaNetwork> networks = Begin(seed);

    public SolanaNetwork this[string slug] => Find(slug) ?? throw new ScriptException($"There is no chain of Solana '{slug}'.");

    public SolanaNetwork? Find(string slug) => networks.GetValueOrDefault(slug);

    public void Reset(ulong anew) => networks = Begin(anew);

    /// <summary>Carries out a command by its name; null where it is none of these.</summary>
    public object? Carry(string command, JsonElement body)
    {
        switch (command)
        {
            case "solana-mine":
                var mine = Read<SolanaMine>();
                return this[mine.Network].Mine(mine);
            case "solana-program":
                var owned = Read<SolanaProgram>();
                this[owned.Network].Own(owned);
                return owned;
            default:
                return null;
        }

        T Read<T>() => body.Deserialize<T>(ScriptRunner.Json) ?? throw new ScriptException("A command needs a body.");
    }

    private static Dictionary<string, SolanaNetwork> Begin(ulong seed) => new[]
    {
        ("solana", "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d"), ("solana-devnet", "EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG"),
    }.ToDictionary(chain => chain.Item1, chain => new SolanaNetwork(chain.Item1, chain.Item2, seed));
}
