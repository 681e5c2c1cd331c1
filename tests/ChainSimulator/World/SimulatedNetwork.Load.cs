using System.Text;
using System.Text.Json;
using ChainSimulator.Script;

namespace ChainSimulator.World;

/// <summary>What was loaded and where the chain now stands.</summary>
public sealed record Loaded(int Blocks, int Transactions, int Addresses, TipState Tip);

public sealed partial class SimulatedNetwork
{
    /// <summary>
    /// Takes in recorded blocks and transactions, one JSON object of Esplora's shape a line. They follow the tip, or become
    /// the whole chain when nothing is kept yet. Every address in them is kept from then on.
    /// </summary>
    public Loaded Load(IEnumerable<string> lines)
    {
        lock (gate)
        {
            var recording = new Recording(parties);
            foreach (var line in lines) recording.Read(line);
            var blocks = recording.Blocks();
            if (blocks is []) throw new ScriptException("There is no block in what is to be loaded.");
            if (blocks[0].Previous != chain.Tip.Hash)
            {
                if (chain.Tip.Height != chain.BaseHeight)
                    throw new ScriptException($"Block {blocks[0].Height} does not follow the tip at {chain.Tip.Height}; reset first.");
                chain = new();
            }

            foreach (var block in blocks) chain.Append(block);
            foreach (var transaction in recording.Unconfirmed)
            {
                chain.Stage(transaction);
                Receive(transaction, isHeld: true);
            }

            return new(blocks.Count, recording.Count, recording.Parties, Tip);
        }
    }

    private sealed class Recording(Parties parties)
    {
        private readonly SortedDictionary<int, (Hash256 Hash, long Time, Hash256? Previous, byte[]? Json)> blocks = [];
        private readonly Dictionary<Hash256, List<Transaction>> transactions = [];
        private readonly HashSet<Party> seen = [];

        public List<Transaction> Unconfirmed { get; } = [];

        public int Count { get; private set; }

        public int Parties => seen.Count;

        public void Read(string line)
        {
            if (string.IsNullOrWhiteSpace(line)) return;
            using var document = JsonDocument.Parse(line);
            var json = document.RootElement;
            if (json.TryGetProperty("txid", out _)) ReadTransaction(line, json);
            else ReadBlock(line, json);
        }

        public List<Block> Blocks()
        {
            List<Block> built = [];
            foreach (var (height, (hash, time, previous, json)) in blocks)
            {
                if (built is [.., var below] && (below.Height + 1 != height || (previous is { } parent && parent != below.Hash)))
                    throw new ScriptException($"Block {height} does not follow block {below.Height}.");
                built.Add(new(height, hash, built is [.., var last]
                    ? last.Hash : previous, time, transactions.GetValueOrDefault(hash) ?? [])
                { Recorded = json });
            }

            return built;
        }

        private void ReadBlock(string line, JsonElement json)
        {
            Hash256? previous = json.GetProperty("previousblockhash") is { ValueKind: JsonValueKind.String } parent
                ? Hash256.Parse(parent.GetString()) : null;
            blocks[json.GetProperty("height").GetInt32()] =
                (Hash256.Parse(json.GetProperty("id").GetString()), json.GetProperty("timestamp").GetInt64(), previous, Encoding.UTF8.GetBytes(line));
        }

        private void ReadTransaction(string line, JsonElement json)
        {
            var end = line.LastIndexOf(",\"status\":", StringComparison.Ordinal);
            if (end < 0) throw new ScriptException("A transaction's status must be its last property.");
            List<Spend> spends = [];
            foreach (var input in json.GetProperty("vin").EnumerateArray())
            {
                if (input.GetProperty("prevout") is not { ValueKind: JsonValueKind.Object } prevout || PartyOf(prevout) is not { } party) continue;
                var coin = new Outpoint(Hash256.Parse(input.GetProperty("txid").GetString()), input.GetProperty("vout").GetInt32());
                spends.Add(new(spends.Count, party, coin, prevout.GetProperty("value").GetInt64()));
            }

            List<Receipt> receipts = [];
            var vout = 0;
            foreach (var output in json.GetProperty("vout").EnumerateArray())
            {
                if (PartyOf(output) is { } party) receipts.Add(new(vout, party, output.GetProperty("value").GetInt64()));
                vout++;
            }

            var transaction = new LoadedTransaction(
                Hash256.Parse(json.GetProperty("txid").GetString()),
                json.GetProperty("fee").GetInt64(),
                [.. spends],
                [.. receipts],
                Encoding.UTF8.GetBytes(line[..end]),
                json.GetProperty("vin")[0].GetProperty("is_coinbase").GetBoolean());
            Place(transaction, json.GetProperty("status"));
            Count++;
        }

        private void Place(LoadedTransaction transaction, JsonElement status)
        {
            if (!status.GetProperty("confirmed").GetBoolean())
            {
                Unconfirmed.Add(transaction);
                return;
            }

            var hash = Hash256.Parse(status.GetProperty("block_hash").GetString());
            blocks.TryAdd(status.GetProperty("block_height").GetInt32(), (hash, status.GetProperty("block_time").GetInt64(), null, null));
            if (!transactions.TryGetValue(hash, out var block)) transactions.Add(hash, block = []);
            block.Add(transaction);
        }

        private Party? PartyOf(JsonElement output)
        {
            if (!output.TryGetProperty("scriptpubkey_address", out var address)) return null;
            var party = parties.Get(address.GetString()!);
            seen.Add(party);
            return party;
        }
    }
}
