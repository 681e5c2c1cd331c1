using System.Numerics;
using Chains;
using Contracts;
using Portfolio.Performance;
using ServiceDefaults;
using Shouldly;
using Xunit;

namespace Services.Portfolio;

public sealed class ReadOwnLedgers(PortfolioService portfolio) : IClassFixture<PortfolioService>
{
    private static readonly DateOnly First = new(2025, 1, 1);
    private static readonly DateOnly Last = new(2027, 1, 1);

    [Fact]
    public async Task a_transaction_between_two_wallets_comes_once_with_both_sides_and_the_fee_that_was_theirs()
    {
        var (world, other) = await TwoWallets();
        var transfer = Transaction("transfer", 20, -1_000) with { From = [new(Text(world), 1_000)], Fee = 50 };
        await portfolio.FromSync(
            new TransactionsObserved(world.Ledger, [Transaction("first", 10, 5_000), transfer]),
            new TransactionsObserved(other.Ledger, [transfer with { Movements = [new("native", RandomHistory.Asset, 950)] }]));

        var all = await Read(world);
        all.Select(one => one.Changes.Count).ShouldBe([1, 2]);
        (all[0].Fee, all[1].Fee).ShouldBe(((BigInteger)0, (BigInteger)50));
        var share = OwnShare.Of(all[1], RandomHistory.Asset).Single();
        share.Moves.ShouldBe([new(world.Wallet, other.Wallet, 950, 50)]);

        var alone = (await Read(world, world.Wallet))[1];
        OwnShare.Of(alone, RandomHistory.Asset).Single().Went.ShouldBe([new(world.Wallet, 950)]);
    }

    [Fact]
    public async Task a_fee_that_others_paid_too_is_nobodys_own()
    {
        var (world, _) = await TwoWallets();
        await portfolio.FromSync(new TransactionsObserved(
            world.Ledger, [Transaction("joint", 20, -1_000) with { From = [new(Text(world), 1_000), new("bc1qstranger", 9_000)], Fee = 50 }]));
        (await Read(world)).Single().Fee.ShouldBe(0);
    }

    [Fact]
    public async Task an_address_in_two_wallets_counts_once_for_the_one_asked_for()
    {
        var world = await SmallWorld.Create(portfolio);
        var (wallet, address) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await portfolio.FromWallets(
            new WalletCreated(wallet, world.Owner, "again", world.At), new AddressImported(wallet, address, "bitcoin", Text(world), null, world.At));
        await portfolio.FromSync(
            new LedgerTracked(world.Ledger, wallet, address, "bitcoin", Text(world), world.At),
            new TransactionsObserved(world.Ledger, [Transaction("in", 10, 5_000)]));
        (await Read(world)).Single().Changes.Single().Place.ShouldBe(world.Wallet);
        (await Read(world, foremost: wallet)).Single().Changes.Single().Place.ShouldBe(wallet);
    }

    [Fact]
    public async Task assets_are_told_with_what_was_held_before_the_range()
    {
        var (world, _) = await TwoWallets();
        await portfolio.FromSync(new TransactionsObserved(
            world.Ledger, [Transaction("old", 10, 5_000) with { BlockTime = world.At.AddDays(-30) }, Transaction("new", 20, 700)]));
        var held = await Reader().AssetsAsync(Caller(world), null, new(2025, 12, 31), Last, CancellationToken.None);
        held.ShouldBe([new("bitcoin", RandomHistory.Asset, DateOnly.FromDateTime(world.At.AddDays(-30).UtcDateTime), 5_000)]);
    }

    [Fact]
    public async Task what_was_orphaned_is_not_there()
    {
        var (world, _) = await TwoWallets();
        var transaction = Transaction("in", 10, 5_000);
        await portfolio.FromSync(new TransactionsObserved(world.Ledger, [transaction]));
        await portfolio.FromSync(new TransactionsOrphaned(world.Ledger, [new(transaction.Txid, transaction.BlockHash, 10, 0)], world.At));
        (await Read(world)).ShouldBeEmpty();
        (await Reader().AssetsAsync(Caller(world), null, First, Last, CancellationToken.None)).ShouldBeEmpty();
    }

    private static string Text(SmallWorld world) => $"bc1q{world.Ledger:N}";

    private static Caller Caller(SmallWorld world) => new(world.Owner, Guid.CreateVersion7(), new HashSet<string>(), null);

    private static ObservedTransaction Transaction(string name, long height, long delta) =>
        RandomHistory.Transaction(new Random(1), height, delta, txid: RandomHistory.Hash($"{name} {Guid.CreateVersion7()}"));

    private LedgerReader Reader() => new(portfolio.Database, Networks.Shipped);

    private Task<List<LedgerTransaction>> Read(SmallWorld world, Guid? only = null, Guid? foremost = null) =>
        Reader().ReadAsync(Caller(world), only, foremost, First, Last, CancellationToken.None).ToListAsync().AsTask();

    private async Task<(SmallWorld World, SmallWorld Other)> TwoWallets()
    {
        var world = await SmallWorld.Create(portfolio);
        var other = new SmallWorld(portfolio, world.Owner, Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        await portfolio.FromWallets(
            new WalletCreated(other.Wallet, world.Owner, "other", world.At),
            new AddressImported(other.Wallet, other.Address, "bitcoin", Text(other), null, world.At));
        await portfolio.FromSync(
            new LedgerTracked(other.Ledger, other.Wallet, other.Address, "bitcoin", Text(other), world.At),
            new LedgerWalkStarted(other.Ledger, "first", world.At));
        return (world, other);
    }
}
