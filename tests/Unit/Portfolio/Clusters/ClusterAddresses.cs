using System.Diagnostics;
using Chains;
using Contracts;
using Portfolio.Clusters;
using Shouldly;
using Xunit;

namespace Unit.Portfolio.Clusters;

public sealed class ClusterAddresses(ITestOutputHelper output)
{
    [Fact]
    public void who_spends_together_belongs_together()
    {
        var clusters = Clusters(Spend("1", "a", "b"), Spend("2", "b", "c"), Spend("3", "d", "e"));
        clusters.MembersOf("a").ShouldBe(["a", "b", "c"], ignoreOrder: true);
        clusters.MembersOf("x").ShouldBe(["x"]);
        clusters.IsOneCluster("a", "d").ShouldBeFalse();
    }

    [Fact]
    public void the_evidence_between_two_addresses_is_shown_step_by_step()
    {
        var clusters = Clusters(Spend("1", "a", "b"), Spend("2", "b", "c"), Spend("3", "c", "d"), Spend("4", "b", "d"));
        clusters.PathBetween("a", "d")!.Select(step => (step.From, step.To, step.Txid)).ShouldBe([("a", "b", "1"), ("b", "d", "4")]);
        clusters.PathBetween("a", "x").ShouldBeNull();
    }

    [Fact]
    public void without_the_evidence_the_cluster_falls_apart()
    {
        Observed[] transactions = [Spend("1", "a", "b"), Spend("2", "b", "c"), Spend("3", "c", "d")];
        Clusters(transactions).MembersOf("a").Count.ShouldBe(4);
        var split = Clusters(transactions[0], transactions[2]);
        split.MembersOf("a").ShouldBe(["a", "b"], ignoreOrder: true);
        split.MembersOf("c").ShouldBe(["c", "d"], ignoreOrder: true);
    }

    [Fact]
    public void what_would_join_two_large_clusters_waits()
    {
        var clusters = AddressClusters.Of([Spend("1", "a", "b", "c"), Spend("2", "d", "e", "f"), Spend("3", "c", "d"), Spend("4", "c", "x")], 3);
        clusters.IsOneCluster("a", "d").ShouldBeFalse();
        clusters.Waiting.Single().ShouldBe(new("3", DateTimeOffset.UnixEpoch, "c", "d", 3, 3));
        clusters.IsOneCluster("a", "x").ShouldBeTrue();
    }

    [Fact]
    public void a_mix_joins_nobody_and_one_that_spends_of_a_mix_is_more_surely_one()
    {
        var first = Mix("1", 0, [.. Enumerable.Range(0, 5).Select(i => new Party($"a{i}", 1_000_000))]);
        var second = Mix("2", 1, [.. first.To]);
        var clusters = Clusters(first, second);
        clusters.MembersOf("a0").ShouldBe(["a0"]);
        clusters.Excluded[1].Shape.Confidence.ShouldBeGreaterThan(clusters.Excluded[0].Shape.Confidence);
        clusters.Excluded[1].Shape.Reason.ShouldEndWith("; it spends coins of whirlpool");
    }

    // Owners who pay, consolidate and mix. A payment that two people make together so that it looks like one's is not among them: nothing in
    // a transaction tells it from one's own.
    [Fact]
    public void of_a_labelled_world_almost_no_pair_is_wrong()
    {
        var (random, owners, all) = (new Random(7), new Dictionary<string, int>(), new List<Observed>());
        var next = 0;
        for (var i = 0; i < 6_000; i++)
        {
            var kind = random.Next(10);
            all.Add(kind < 7 ? Payment(i) : kind == 7 ? Pool(i) : kind == 8 ? Makers(i, random.Next(3, 9)) : Rounds(i, random.Next(10, 40)));
        }

        var clusters = AddressClusters.Of(all, 1_000);
        var spenders = all.SelectMany(one => one.From).Select(party => party.Address!).Distinct().ToList();
        var groups = spenders.GroupBy(address => clusters.MembersOf(address).Min(StringComparer.Ordinal)!).ToList();
        var joined = groups.Sum(group => Pairs(group.Count()));
        var right = groups.Sum(group => group.GroupBy(address => owners[address]).Sum(same => Pairs(same.Count())));
        var real = RealPairs(spenders);
        var paid = RealPairs(all.Where(one => one.To.Count == 2).SelectMany(one => one.From).Select(party => party.Address!).Distinct());
        output.WriteLine($"{spenders.Count} addresses: precision {(decimal)right / joined:0.0000}, recall {(decimal)right / real:0.0000}, "
            + $"of those that ever paid {(decimal)right / paid:0.0000}");
        ((decimal)right / joined).ShouldBeGreaterThanOrEqualTo(0.99m);

        long RealPairs(IEnumerable<string> addresses) => addresses.GroupBy(address => owners[address]).Sum(same => Pairs(same.Count()));

        // An owner spends of few addresses again and again, and of new ones.
        string AddressOf(int owner)
        {
            var address = random.Next(3) == 0 ? $"o{owner}-{random.Next(12)}" : $"o{owner}-n{next++}";
            owners[address] = owner;
            return address;
        }

        Party Coin(int owner, long value) => new(AddressOf(owner), value);

        Observed Payment(int i)
        {
            var owner = random.Next(150);
            var coins = Enumerable.Range(0, random.Next(2, 6)).Select(_ => Coin(owner, random.Next(10_000, 90_000_000))).ToList();
            var sum = coins.Aggregate(Amount.Zero, (total, coin) => total + coin.Value).Value;
            return new($"t{i}", DateTimeOffset.UnixEpoch, coins, [new("shop", new(sum * 2 / 3)), new("change", new((sum / 3) - 500))]);
        }

        Observed Pool(int i) => Mixed(i, 5, 1_000_000, change: false);

        Observed Makers(int i, int count) => Mixed(i, count, 1_000_000 + random.Next(50_000_000), change: true);

        Observed Rounds(int i, int count) => Mixed(i, count, 10_000_001 + random.Next(90_000), change: true);

        Observed Mixed(int i, int count, long value, bool change)
        {
            var first = random.Next(150);
            var more = Enumerable.Range(0, count).Select(_ => change ? random.NextInt64(2_000, 9_000_000) : random.Next(2) * 3_000L).ToList();
            var coins = more.Select((extra, n) => Coin((first + n) % 150, value + extra)).ToList();
            return new($"t{i}", DateTimeOffset.UnixEpoch, coins,
            [
                .. Enumerable.Range(0, count).Select(n => new Party($"m{i}-{n}", value)),
                .. change ? more.Select((extra, n) => new Party($"c{i}-{n}", extra - 1_000)) : [],
            ]);
        }
    }

    [Fact]
    public void a_hundred_thousand_transactions_are_clustered_at_once()
    {
        var random = new Random(3);
        var all = Enumerable.Range(0, 100_000).Select(i => Spend($"t{i}",
            [.. Enumerable.Range(0, random.Next(2, 5)).Select(_ => $"a{random.Next(200_000)}")])).ToList();
        var watch = Stopwatch.StartNew();
        var clusters = AddressClusters.Of(all, 1_000);
        var steps = clusters.StepsFrom(all[0].From[0].Address!).Count;
        output.WriteLine(
            $"100000 transactions in {watch.ElapsedMilliseconds} ms, {steps + 1} addresses in a cluster, {clusters.Waiting.Count} waiting");
        steps.ShouldBeGreaterThan(0);
    }

    private static long Pairs(long count) => count * (count - 1) / 2;

    private static AddressClusters Clusters(params Observed[] transactions) => AddressClusters.Of(transactions, 1_000);

    private static Observed Spend(string txid, params string[] addresses) => new(txid, DateTimeOffset.UnixEpoch,
        [.. addresses.Select((address, i) => new Party(address, 70_000 + (i * 13_000)))],
        [new("shop", 100_000), new("change", (83_000 * addresses.Length) - 100_000)]);

    private static Observed Mix(string txid, int round, IReadOnlyList<Party> from) => new(
        txid, DateTimeOffset.UnixEpoch, from, [.. from.Select((_, i) => new Party($"m{round}-{i}", 1_000_000))]);
}
