using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using Chains;
using ChainSimulator.Script;
using ChainSimulator.World;
using Shouldly;
using Testing;
using Xunit;

namespace Unit.Simulator;

public sealed class RecordedShapes
{
    private static readonly string[] Recording = ["testnet3-928848-928849.blocks.jsonl.gz", "testnet3-928848-928849.txs.jsonl.gz"];

    [Fact]
    public void made_transactions_have_the_recorded_properties_in_the_recorded_order()
    {
        SkipWithoutData();
        var shapes = Lines(Recording[1]).SelectMany(line => Shapes(JsonDocument.Parse(line).RootElement)).ToHashSet();
        var network = new SimulatedWorld(1)["bitcoin-testnet"];

        foreach (var kind in new[] { AddressKind.P2wpkh, AddressKind.P2pkh })
        {
            var address = network.Create(new("bitcoin-testnet", 30, Kind: kind)).Single();
            foreach (var json in Replay.Walk(network, address).Select(Replay.Json))
            {
                shapes.ShouldContain(string.Join(',', json.EnumerateObject().Select(property => property.Name)));
                foreach (var input in json.GetProperty("vin").EnumerateArray().Where(input => InputKind(input) == Name(kind)))
                    ShapesOf(input, "vin").ShouldBeSubsetOf(shapes);
                foreach (var output in json.GetProperty("vout").EnumerateArray()) ShapesOf(output, "vout").ShouldBeSubsetOf(shapes);
                Shape(json.GetProperty("status"), "status").ShouldBe(
                    Shape(Recorded("providers", "esplora",
                        "_tx_19c6cd6b7b8a91e1a63d759eedd2818877a624771d38e00c3ffcedfdd09afc50_status.4165f1a1.json"), "status"));
            }
        }
    }

    [Fact]
    public void loaded_transactions_come_back_as_recorded_and_add_up_to_the_stored_truth()
    {
        SkipWithoutData();
        var network = new SimulatedWorld(1)["bitcoin-testnet"];
        var loaded = network.Load(Recording.SelectMany(Lines));
        loaded.Blocks.ShouldBe(2);
        loaded.Transactions.ShouldBe(1669);

        foreach (var line in Lines(Recording[1]).Take(50))
        {
            using var buffer = new Utf8Buffer();
            var placed = network.Read(null, 0, node => node.Find(Hash256.Parse(JsonDocument.Parse(line).RootElement.GetProperty("txid")
                .GetString())))!.Value;
            TransactionJson.Whole(buffer, placed.Transaction, placed.Block);
            System.Text.Encoding.UTF8.GetString(buffer.Written.Span).ShouldBe(line);
        }

        foreach (var row in File.ReadLines(SharedData.PathOf("bitcoin", "testnet3-928848-928849.truth.csv")).Skip(1).Select(row => row.Split(',')))
        {
            var truth = network.TruthOf(row[0])!;
            truth.Count.ShouldBe(int.Parse(row[1], CultureInfo.InvariantCulture));
            truth.Balance.ShouldBe(long.Parse(row[4], CultureInfo.InvariantCulture));
        }

        foreach (var row in File.ReadLines(SharedData.PathOf("bitcoin", "testnet3-928848-928849.truth.csv")).Skip(1).Take(10))
        {
            var address = row.Split(',')[0];
            network.TruthOf(address)!.Lines().ShouldAllBe(line => line.Balance >= 0);
            Replay.Walk(network, address).Count.ShouldBe(network.TruthOf(address)!.Count);
        }

        BlocksShouldFollow(network);
    }

    private static void BlocksShouldFollow(SimulatedNetwork network)
    {
        var busiest = File.ReadLines(SharedData.PathOf("bitcoin", "testnet3-928848-928849.truth.csv")).ElementAt(1).Split(',')[0];
        var before = network.TruthOf(busiest)!.Count;

        network.Mine(new("bitcoin-testnet", 1, [busiest], 3)).Height.ShouldBe(928_850);
        network.Reorganise(new("bitcoin-testnet", 2));
        network.TruthOf(busiest)!.Count.ShouldBe(before + 3);
        Should.Throw<ScriptException>(() => network.Load(Lines(Recording[0]))).Message.ShouldContain("does not follow");
    }

    private static void SkipWithoutData() => Assert.SkipUnless(SharedData.IsPresent, SharedData.Absent);

    private static IEnumerable<string> Lines(string file)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(SharedData.PathOf("bitcoin", file)), CompressionMode.Decompress));
        while (reader.ReadLine() is { } line) yield return line;
    }

    private static JsonElement Recorded(params string[] path) => JsonDocument.Parse(File.ReadAllText(SharedData.PathOf(path))).RootElement;

    private static IEnumerable<string> Shapes(JsonElement transaction) =>
    [
        string.Join(',', transaction.EnumerateObject().Select(property => property.Name)),
        .. transaction.GetProperty("vin").EnumerateArray().SelectMany(input => ShapesOf(input, "vin")),
        .. transaction.GetProperty("vout").EnumerateArray().SelectMany(output => ShapesOf(output, "vout")),
    ];

    private static IEnumerable<string> ShapesOf(JsonElement element, string name)
    {
        yield return Shape(element, name);
        if (element.TryGetProperty("prevout", out var prevout) && prevout.ValueKind == JsonValueKind.Object) yield return Shape(prevout, "prevout");
    }

    private static string Shape(JsonElement element, string name) =>
        $"{name}({string.Join(',', element.EnumerateObject().Select(property => $"{property.Name}:{Kind(property.Value)}"))})";

    private static string Kind(JsonElement value) =>
        value.ValueKind is JsonValueKind.True or JsonValueKind.False ? "Boolean" : value.ValueKind.ToString();

    private static string? InputKind(JsonElement input) => input.GetProperty("prevout").GetProperty("scriptpubkey_type").GetString();

    private static string Name(AddressKind kind) => kind is AddressKind.P2pkh ? "p2pkh" : "v0_p2wpkh";
}
