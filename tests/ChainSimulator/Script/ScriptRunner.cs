using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Serialization;
using ChainSimulator.Evm;
using ChainSimulator.Solana;
using ChainSimulator.World;

namespace ChainSimulator.Script;

/// <summary>Begins a world anew.</summary>
public sealed record Reset(ulong Seed, int Height = SimulatedWorld.FirstHeight, DateTimeOffset? Start = null);

/// <summary>Loads recorded blocks and transactions from files of JSON lines, gzip or plain.</summary>
public sealed record LoadFiles(string Network, IReadOnlyList<string> Files);

/// <summary>
/// Carries out commands by name and, given a journal, writes each down: replayed at the next start they make the same
/// world again, so a chain that went on does not jump back.
/// </summary>
internal sealed class ScriptRunner(SimulatedWorld world, EvmWorld accounts, SolanaWorld solana)
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private readonly Lock gate = new();
    private string? journal;

    public object Run(string command, JsonElement body)
    {
        // One at a time, so that the journal's order is what happened.
        lock (gate)
        {
            var result = Carry(command, body);
            if (journal is not null) File.AppendAllText(journal, JsonSerializer.Serialize(new JournalLine(command, body), Json) + "\n");
            return result;
        }
    }

    public object Run<T>(string command, T body) => Run(command, JsonSerializer.SerializeToElement(body, Json));

    /// <summary>Replays what the file holds and goes on writing there; a line cut off by a crash is forgotten.</summary>
    public void Continue(string file)
    {
        lock (gate)
        {
            List<string> whole = [];
            foreach (var line in File.Exists(file) ? File.ReadLines(file) : [])
            {
                if (Parse(line) is not { } entry) break;
                Carry(entry.Command, entry.Body);
                whole.Add(line);
            }

            File.WriteAllLines(file, whole);
            journal = file;
        }
    }

    public static IEnumerable<string> Lines(Stream stream)
    {
        var (first, second) = (stream.ReadByte(), stream.ReadByte());
        stream.Position = 0;
        using Stream plain = first == 0x1f && second == 0x8b ? new GZipStream(stream, CompressionMode.Decompress) : stream;
        using var reader = new StreamReader(plain);
        while (reader.ReadLine() is { } line) yield return line;
    }

    private static JournalLine? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<JournalLine>(line, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private object Carry(string command, JsonElement body)
    {
        switch (command)
        {
            case "reset":
                var reset = Read<Reset>();
                world.Reset(reset.Seed, reset.Height, reset.Start);
                accounts.Reset(reset.Seed);
                solana.Reset(reset.Seed);
                return new { reset.Seed };
            case "addresses":
                var create = Read<CreateAddresses>();
                return new { Addresses = world[create.Network].Create(create) };
            case "transactions":
                var add = Read<AddTransactions>();
                return new { Txids = world[add.Network].Add(add) };
            case "exact":
                var exact = Read<ExactTransaction>();
                return new { Txid = world[exact.Network].Add(exact) };
            case "mine":
                var mine = Read<Mine>();
                return world[mine.Network].Mine(mine);
            case "release":
                var release = Read<Release>();
                world[release.Network].Let(release);
                return world[release.Network].Tip;
            case "evict":
                var evict = Read<Evict>();
                return world[evict.Network].Evict(evict);
            case "reorganise":
                var reorganise = Read<Reorganise>();
                return world[reorganise.Network].Reorganise(reorganise);
            case "load":
                var load = Read<LoadFiles>();
                return world[load.Network].Load(load.Files.SelectMany(file => Lines(File.OpenRead(file))));
            default:
                return accounts.Carry(command, body) ?? solana.Carry(command, body) ?? throw new ScriptException($"There is no command '{command}'.");
        }

        T Read<T>() => body.Deserialize<T>(Json) ?? throw new ScriptException("A command needs a body.");
    }

    private sealed record JournalLine(string Command, JsonElement Body);
}
