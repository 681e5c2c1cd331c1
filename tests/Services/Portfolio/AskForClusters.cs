using System.Net;
using System.Text.Json.Nodes;
using Contracts;
using Shouldly;
using Xunit;

namespace Services.Portfolio;

public sealed class AskForClusters(PortfolioService portfolio) : IClassFixture<PortfolioService>
{
    private const string Mine = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4";
    private const string Second = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq";
    private const string Third = "34xp4vRoCGJym3xR7yCVPFHoCNxv4Twseo";
    private const string Foreign = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa";

    [Fact]
    public async Task who_spent_beside_an_address_is_told_with_the_evidence_and_gone_with_it()
    {
        var (world, ledger) = await Create();
        var (one, two) = (Spend("one", 10, Mine, Second), Spend("two", 11, Second, Third));
        await portfolio.FromSync(new TransactionsObserved(ledger, [one, two, Spend("other", 12, Foreign, Third)]));

        var cluster = await Lists.Get(world.Client, $"/api/v1/clusters/bitcoin/{Mine}?other={Third}");
        ((int)cluster["size"]!, (int)cluster["tracked"]!).ShouldBe((4, 1));
        cluster["path"]!.AsArray().Select(step => (string)step!["txid"]!).ShouldBe([one.Txid, two.Txid]);
        cluster["data"]!.AsArray().Select(member => ((string)member!["address"]!, (string)member["confidence"]!))
            .ShouldBe([(Foreign, "0.8574"), (Third, "0.9025"), (Second, "0.95")]);
        (await Lists.All(world.Client, $"/api/v1/clusters/bitcoin/{Mine.ToUpperInvariant()}", new Random(1))).Count.ShouldBe(3);

        var suggested = await Lists.All(world.Client, $"{world.Path}/suggested-addresses", new Random(2));
        suggested.Select(one => (string)one["address"]!).ShouldBe([Foreign, Third, Second]);
        suggested[2]["evidence"]![0]!["txid"]!.GetValue<string>().ShouldBe(one.Txid);

        await portfolio.FromSync(new TransactionsOrphaned(ledger, [new(two.Txid, two.BlockHash, two.Height, 0)], world.At));
        (await Members(world.Client, Mine)).ShouldBe([Second]);
        (await Lists.Get(world.Client, $"/api/v1/clusters/bitcoin/{Mine}?other={Third}"))["path"].ShouldBeNull();
    }

    [Fact]
    public async Task what_only_another_users_ledgers_saw_is_no_evidence()
    {
        var (mine, _) = await Create();
        var (theirs, ledger) = await Create(Second);
        await portfolio.FromSync(new TransactionsObserved(ledger, [Spend("theirs", 10, Mine, Second)]));

        (await Members(mine.Client, Mine)).ShouldBeEmpty();
        (await Members(theirs.Client, Second)).ShouldBe([Mine]);
        var (status, body) = await Lists.Ask(mine.Client, $"/api/v1/clusters/bitcoin/{Second}");
        (status, (string?)JsonNode.Parse(body)!["title"]).ShouldBe((HttpStatusCode.NotFound, "Address not found"));
        (await Lists.Ask(mine.Client, $"{theirs.Path}/suggested-addresses")).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task a_key_for_some_wallets_sees_only_what_those_saw()
    {
        var (world, ledger) = await Create();
        await portfolio.FromSync(new TransactionsObserved(ledger, [Spend("mine", 10, Mine, Second)]));
        using var narrow = portfolio.As(world.Owner, new HashSet<Guid> { Guid.CreateVersion7() });
        (await Lists.Ask(narrow, $"/api/v1/clusters/bitcoin/{Mine}")).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task a_mix_joins_nobody_and_is_told()
    {
        var (world, ledger) = await Create();
        string[] others = [.. Enumerable.Range(0, 4).Select(i => $"bc1qother{i}")];
        var mix = Spend("mix", 10, [Mine, .. others]) with
        {
            From = [new(Mine, 1_003_000), .. others.Select(other => new Party(other, 1_000_000))],
            To = [.. Enumerable.Range(0, 5).Select(i => new Party($"bc1qmixed{i}", 1_000_000))],
        };
        await portfolio.FromSync(new TransactionsObserved(ledger, [mix]));
        var cluster = await Lists.Get(world.Client, $"/api/v1/clusters/bitcoin/{Mine}");
        ((int)cluster["size"]!).ShouldBe(1);
        var told = cluster["coinJoins"]!.AsArray().Single()!;
        ((string)told["shape"]!, (string)told["confidence"]!, (int)told["participants"]!, (string)told["denomination"]!["display"]!)
            .ShouldBe(("whirlpool", "0.98", 5, "0.01"));
    }

    [Fact]
    public async Task what_cannot_be_asked_is_refused()
    {
        var (world, _) = await Create();
        (await Lists.Ask(world.Client, $"/api/v1/clusters/nowhere/{Mine}")).Status.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await Lists.Ask(world.Client, "/api/v1/clusters/bitcoin/rubbish")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await Lists.Ask(world.Client, $"/api/v1/clusters/bitcoin/{Mine}?other=rubbish")).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await Lists.Ask(world.Client, $"/api/v1/clusters/bitcoin/{Mine}?limit=0")).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    private static async Task<List<string>> Members(HttpClient client, string address) =>
        [.. (await Lists.All(client, $"/api/v1/clusters/bitcoin/{address}", new Random(3))).Select(member => (string)member["address"]!)];

    private static ObservedTransaction Spend(string name, long height, params string[] addresses) =>
        RandomHistory.Transaction(new Random(1), height, -70_000, txid: RandomHistory.Hash($"{name} {Guid.CreateVersion7()}")) with
        {
            From = [.. addresses.Select((address, i) => new Party(address, 70_000 + (i * 13_000)))],
            To = [new Party("bc1qshop", 100_000), new Party("bc1qchange", 20_000)],
        };

    private async Task<(SmallWorld World, Guid Ledger)> Create(string text = Mine)
    {
        var (world, address, ledger) = (await SmallWorld.Create(portfolio), Guid.CreateVersion7(), Guid.CreateVersion7());
        await portfolio.FromWallets(new AddressImported(world.Wallet, address, "bitcoin", text, null, world.At));
        await portfolio.FromSync(
            new LedgerTracked(ledger, world.Wallet, address, "bitcoin", text, world.At), new LedgerWalkStarted(ledger, "first", world.At));
        return (world, ledger);
    }
}
