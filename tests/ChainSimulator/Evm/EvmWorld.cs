using System.Text.Json;
using ChainSimulator.Script;

namespace ChainSimulator.Evm;

/// <summary>The simulator's chains of accounts, made from one seed; a reset begins them anew.</summary>
internal sealed class EvmWorld(ulong seed)
{
    private IReadOnlyDictionary<string, EvmNetwork> networks = Begin(seed);

    public EvmNetwork this[string slug] => Find(slug) ?? throw new ScriptException($"There is no chain of accounts '{slug}'.");

    public EvmNetwork? Find(string slug) => networks.GetValueOrDefault(slug);

    public void Reset(ulong anew) => networks = Begin(anew);

    /// <summary>Carries out a command by its name; null where it is none of these.</summary>
    public object? Carry(string command, JsonElement body)
    {
        switch (command)
        {
            case "evm-token":
                var token = Read<EvmToken>();
                this[token.Network].Know(token);
                return token;
            case "evm-mine":
                var mine = Read<EvmMine>();
                return this[mine.Network].Mine(mine);
            case "evm-reorganise":
                var reorganise = Read<EvmReorganise>();
                return this[reorganise.Network].Reorganise(reorganise);
            default:
                return null;
        }

        T Read<T>() => body.Deserialize<T>(ScriptRunner.Json) ?? throw new ScriptException("A command needs a body.");
    }

    private static Dictionary<string, EvmNetwork> Begin(ulong seed) =>
        new[] { ("ethereum", 1L), ("optimism", 10L), ("bsc", 56L) }.ToDictionary(chain => chain.Item1,
            chain => new EvmNetwork(chain.Item1, chain.Item2, seed));
}
