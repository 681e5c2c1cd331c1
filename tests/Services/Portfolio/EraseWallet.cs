using System.Net;
using Contracts;
using Shouldly;
using Xunit;

namespace Services.Portfolio;

public sealed class EraseWallet(PortfolioService portfolio) : IClassFixture<PortfolioService>
{
    [Fact]
    public async Task a_wallet_is_erased_when_its_deletion_was_read_and_its_ledgers_are_closed()
    {
        var world = await SmallWorld.Create(portfolio);
        await portfolio.FromSync(
            new TransactionsObserved(world.Ledger, [RandomHistory.Transaction(new Random(1), 90, 500)]), world.Report(500, 100));
        await portfolio.Reached("wallets", 6);
        (await Erased(world, position: 7)).ShouldBeFalse("the deletion is not read yet");

        await portfolio.FromWallets(new WalletDeleted(world.Wallet, world.At));
        await portfolio.Reached("wallets", 7);
        (await Erased(world, 7)).ShouldBeFalse("its ledger is still tracked");

        await portfolio.FromSync(new LedgerUntracked(world.Ledger, world.Wallet, world.Address, world.At));
        (await Erased(world, 7)).ShouldBeFalse("its ledger's rows are still there");

        await portfolio.FromSync(new LedgerClosed(world.Ledger, world.At));
        (await Erased(world, 7)).ShouldBeFalse("what was told of it is still there");

        await portfolio.Announce();
        (await Erased(world, 7)).ShouldBeTrue();
        (await portfolio.RowsOf(world.Ledger)).ShouldBe(0);
    }

    [Fact]
    public async Task facts_that_come_after_a_ledger_was_closed_change_nothing()
    {
        var world = await SmallWorld.Create(portfolio);
        var transaction = RandomHistory.Transaction(new Random(1), 90, 500);
        await portfolio.FromSync(new TransactionsObserved(world.Ledger, [transaction]));
        await portfolio.FromSync(
            new LedgerUntracked(world.Ledger, world.Wallet, world.Address, world.At), new LedgerClosed(world.Ledger, world.At),
            new TransactionsObserved(world.Ledger, [transaction]), world.Report(500, 100), world.WalkCompleted(100));
        await portfolio.FromSync(
            new TransactionsObserved(world.Ledger, [transaction with { Incarnation = 1 }]),
            new TransactionsOrphaned(world.Ledger, [new(transaction.Txid, transaction.BlockHash, 90, 0)], world.At),
            new BalanceReconciled(world.Ledger, "verified", RandomHistory.Asset, 0, 0, 0, 0, 100, "h", "test", [], world.At));
        (await portfolio.RowsOf(world.Ledger)).ShouldBe(0);
    }

    [Fact]
    public async Task an_address_removed_and_imported_again_at_once_is_seen_under_its_new_id()
    {
        var world = await SmallWorld.Create(portfolio);
        var again = new AddressImported(world.Wallet, Guid.CreateVersion7(), "bitcoin", $"bc1q{world.Ledger:N}", null, world.At);
        await portfolio.FromWallets(new AddressRemoved(world.Wallet, world.Address, world.At), again);
        await portfolio.FromSync(
            new TransactionsObserved(world.Ledger, [RandomHistory.Transaction(new Random(1), 90, 500)]),
            new LedgerUntracked(world.Ledger, world.Wallet, world.Address, world.At),
            new LedgerTracked(world.Ledger, world.Wallet, again.AddressId, "bitcoin", again.Address, world.At));
        (await world.Lines()).Single().AddressId.ShouldBe(again.AddressId);

        await portfolio.FromWallets(new WalletDeleted(world.Wallet, world.At));
        await portfolio.FromSync(new LedgerUntracked(world.Ledger, world.Wallet, again.AddressId, world.At),
            new LedgerClosed(world.Ledger, world.At));
        await portfolio.Reached("wallets", 1);
        await portfolio.Announce();
        (await Erased(world, 1)).ShouldBeTrue();
    }

    [Fact]
    public async Task only_the_service_that_erases_may_ask()
    {
        var world = await SmallWorld.Create(portfolio);
        (await Lists.Ask(world.Client, $"/internal/erasures/{world.Wallet}?position=1")).Status.ShouldBe(HttpStatusCode.Forbidden);
        using var other = portfolio.AsService("sync");
        (await Lists.Ask(other, $"/internal/erasures/{world.Wallet}?position=1")).Status.ShouldBe(HttpStatusCode.Forbidden);
    }

    private async Task<bool> Erased(SmallWorld world, long position)
    {
        using var client = portfolio.AsService("wallets");
        return (bool)(await Lists.Get(client, $"/internal/erasures/{world.Wallet}?position={position}"))["erased"]!;
    }
}
