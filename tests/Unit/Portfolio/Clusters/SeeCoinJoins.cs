using System.IO.Compression;
using System.Text.Json.Nodes;
using Chains;
using Contracts;
using Portfolio.Clusters;
using Shouldly;
using Testing;
using Xunit;

namespace Unit.Portfolio.Clusters;

public sealed class SeeCoinJoins(ITestOutputHelper output)
{
    [Theory(Skip = SharedData.Absent, SkipUnless = nameof(SharedData.IsPresent), SkipType = typeof(SharedData))]
    [InlineData("whirlpool", "coinjoin", 0.99)]
    [InlineData("whirlpool", "tx0", 0.99)]
    [InlineData("wasabi1", "coinjoin", 0.99)]
    [InlineData("wasabi2", "coinjoin", 0.99)]
    public void known_mixes_are_found_by_their_shape(string family, string kind, decimal least)
    {
        var shapes = Labelled(family, kind).Select(Shape).ToList();
        var found = (decimal)shapes.Count(shape => shape?.Shape.StartsWith(family, StringComparison.Ordinal) is true) / shapes.Count;
        Tell($"{family} {kind}", shapes);
        found.ShouldBeGreaterThanOrEqualTo(least);
    }

    [Fact(Skip = SharedData.Absent, SkipUnless = nameof(SharedData.IsPresent), SkipType = typeof(SharedData))]
    public void less_than_half_of_known_false_alarms_are_raised()
    {
        var shapes = Labelled("joinmarket", "false-positive-fixture").Select(Shape).ToList();
        Tell("false alarms", shapes);
        (shapes.Count(shape => shape is not null) * 2).ShouldBeLessThan(shapes.Count);
    }

    // The scanners' word for these was checked by nobody, so the figures are told and not asked for.
    [Fact(Skip = SharedData.Absent, SkipUnless = nameof(SharedData.IsPresent), SkipType = typeof(SharedData))]
    public void what_is_only_said_to_be_one_is_told()
    {
        (string, string)[] said = [("joinmarket", "coinjoin-like"), ("whirlpool", "postmix"), ("wasabi1", "postmix"), ("wasabi2", "postmix")];
        foreach (var (family, kind) in said)
            Tell($"{family} {kind}", Labelled(family, kind).Select(Shape).ToList());
    }

    [Fact(Skip = SharedData.Absent, SkipUnless = nameof(SharedData.IsPresent), SkipType = typeof(SharedData))]
    public void ordinary_transactions_of_several_inputs_are_left_alone()
    {
        var shapes = Lines("bitcoin", "testnet3-928848-928849.txs.jsonl.gz")
            .Where(transaction => transaction["vin"]!.AsArray() is { Count: > 1 })
            .Select(transaction => CoinJoinShape.Of(
                [.. transaction["vin"]!.AsArray().Select(input => Esplora(input!["prevout"]!))],
                [.. transaction["vout"]!.AsArray().Select(output => Esplora(output!))])).ToList();
        Tell("recorded blocks", shapes);
        (shapes.Count(shape => shape is not null) * 100).ShouldBeLessThanOrEqualTo(shapes.Count * 3);
    }

    [Fact]
    public void a_payment_with_change_is_none() =>
        CoinJoinShape.Of([Party("a", 700), Party("b", 400)], [Party("x", 1000), Party("c", 90)]).ShouldBeNull();

    [Fact]
    public void a_batch_of_equal_payments_from_many_small_coins_is_none() => CoinJoinShape.Of(
        [.. Enumerable.Range(0, 18).Select(i => Party($"a{i}", 60_140))],
        [.. Enumerable.Range(0, 10).Select(i => Party($"x{i}", 100_000)), Party("c", 21_800)]).ShouldBeNull();

    [Fact]
    public void equal_outputs_with_change_for_each_are_told_with_what_was_seen()
    {
        var shape = CoinJoinShape.Of(
            [.. Enumerable.Range(0, 5).Select(i => Party($"a{i}", 1_200_000 + i))],
            [.. Enumerable.Range(0, 5).Select(i => Party($"x{i}", 1_000_001)), .. Enumerable.Range(0, 5).Select(i => Party($"c{i}", 190_000 + i))])!;
        (shape.Shape, shape.Participants, shape.Denomination?.ToString()).ShouldBe(("joinMarket", 5, "1000001"));
        shape.Reason.ShouldBe("5 outputs of one value and 5 others from 5 inputs of 5 addresses");
    }

    private static Party Party(string address, long value) => new(address, value);

    private static IEnumerable<JsonNode> Labelled(string family, string kind) => Lines("coinjoin", "labelled.jsonl.gz")
        .Where(row => (string?)row["family"] == family && (string?)row["kind"] == kind);

    private static CoinJoinShape? Shape(JsonNode row) => CoinJoinShape.Of(Parties(row["in"]!), Parties(row["out"]!));

    // A script that only carries data has no address.
    private static List<Party> Parties(JsonNode sides) => [.. sides.AsArray().Select(side =>
        new Party(((string)side![1]!).StartsWith("6a", StringComparison.Ordinal) ? null : (string)side[1]!, new Amount((long)side[0]!)))];

    private static Party Esplora(JsonNode output) => new((string?)output["scriptpubkey_address"], new Amount((long)output["value"]!));

    private static IEnumerable<JsonNode> Lines(params string[] path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(SharedData.PathOf(path)), CompressionMode.Decompress));
        while (reader.ReadLine() is { } line) yield return JsonNode.Parse(line)!;
    }

    private void Tell(string what, List<CoinJoinShape?> shapes) => output.WriteLine($"{what}: {shapes.Count}, of them " + string.Join(", ",
        shapes.GroupBy(shape => shape?.Shape ?? "none").OrderByDescending(group => group.Count()).Select(group => $"{group.Count()} {group.Key}")));
}
