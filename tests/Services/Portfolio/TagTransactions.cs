using Contracts;
using Shouldly;
using Xunit;

namespace Services.Portfolio;

public sealed class TagTransactions(PortfolioService portfolio) : IClassFixture<PortfolioService>
{
    [Fact]
    public async Task what_a_user_says_of_a_transaction_is_shown_with_it_until_they_take_it_back()
    {
        var (world, older, newer) = await TwoTransactions();
        var said = Said(world, older, "Rent", ["flat"], "Late");
        await portfolio.FromWallets(said, Said(world, newer, "First", [], null), Said(world, newer, "Second", [], null));

        var list = (await Lists.Get(world.Client, $"{world.Path}/transactions"))["data"]!.AsArray();
        list.Select(entry => (string?)entry!["said"]?["label"]).ShouldBe(["Second", "Rent"]);
        list[1]!["said"]!["tags"]!.AsArray().Select(tag => (string)tag!).ShouldBe(["flat"]);
        var one = await Lists.Get(world.Client, $"/api/v1/transactions/bitcoin/{older.Txid}");
        ((string)one["said"]!["note"]!).ShouldBe("Late");

        await portfolio.FromWallets(said with { Label = null, Tags = [], Note = null });
        (await Lists.Get(world.Client, $"/api/v1/transactions/bitcoin/{older.Txid}"))["said"].ShouldBeNull();
    }

    [Fact]
    public async Task another_users_words_are_theirs()
    {
        var (world, older, _) = await TwoTransactions();
        await portfolio.FromWallets(Said(world, older, "Theirs", [], null) with { OwnerId = Guid.CreateVersion7() });
        (await Lists.Get(world.Client, $"/api/v1/transactions/bitcoin/{older.Txid}"))["said"].ShouldBeNull();
    }

    [Fact]
    public async Task a_tag_of_the_transaction_its_address_or_its_wallet_lets_it_through_the_filter()
    {
        var (world, older, newer) = await TwoTransactions();
        (await Filtered(world, "rent")).ShouldBeEmpty();

        await portfolio.FromWallets(Said(world, older, null, ["x", "Rent"], null));
        (await Filtered(world, "rent")).ShouldBe([older.Txid]);

        await portfolio.FromWallets(new AddressTagged(world.Wallet, world.Address, ["RENT"], world.At));
        (await Filtered(world, "rent")).ShouldBe([newer.Txid, older.Txid]);

        await portfolio.FromWallets(
            new AddressTagged(world.Wallet, world.Address, [], world.At), new WalletTagged(world.Wallet, ["rent", "more"], world.At));
        (await Filtered(world, "Rent")).ShouldBe([newer.Txid, older.Txid]);
        (await Filtered(world, "more&include=total,pending&limit=1")).ShouldBe([newer.Txid]);
        (await Filtered(world, "less")).ShouldBeEmpty();
    }

    private static async Task<List<string>> Filtered(SmallWorld world, string tag) =>
        [.. (await Lists.Get(world.Client, $"{world.Path}/transactions?tag={tag}"))["data"]!.AsArray().Select(entry => (string)entry!["txid"]!)];

    private static TransactionLabelled Said(
        SmallWorld world, ObservedTransaction transaction, string? label, IReadOnlyList<string> tags, string? note) =>
        new(world.Owner, "bitcoin", transaction.Txid, label, tags, note, world.At);

    private async Task<(SmallWorld World, ObservedTransaction Older, ObservedTransaction Newer)> TwoTransactions()
    {
        var world = await SmallWorld.Create(portfolio);
        var seed = world.Ledger.GetHashCode();
        var (older, newer) = (RandomHistory.Transaction(new Random(seed), 80, 500), RandomHistory.Transaction(new Random(seed + 1), 90, -300));
        await portfolio.FromSync(new TransactionsObserved(world.Ledger, [newer, older]), world.Report(200, 100), world.WalkCompleted(100));
        return (world, older, newer);
    }
}
