using Chains;
using Contracts;
using Shouldly;
using Xunit;

namespace Services.Portfolio;

/// <summary>A token whose contract tells no balance, which anyone can send to anybody: it is never compared, and nobody waits for that.</summary>
public sealed class ShowUntellableTokens(PortfolioService portfolio) : IClassFixture<PortfolioService>
{
    private const string Account = "0x1111111111111111111111111111111111111111";

    private readonly DateTimeOffset at = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task a_wallet_that_was_read_and_verified_is_not_syncing_for_ever_because_of_one()
    {
        var (owner, wallet, address, ledger) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        var (ether, spam) = (Networks.Ethereum.Native.Caip19, $"eip155:1/erc20:0x{Guid.NewGuid():N}00000003");
        await portfolio.FromWallets(new WalletCreated(wallet, owner, "accounts", at),
            new AddressImported(wallet, address, "ethereum", Account, null, at));
        // What Sync tells after a walk in which the token's contract refused to tell a balance: a verdict on the native asset, none on the token.
        await portfolio.FromSync(
            new LedgerTracked(ledger, wallet, address, "ethereum", Account, at),
            new BalanceReported(ledger, ether, 5, 0, null, 100, "hash", "test", at),
            new LedgerWalkStarted(ledger, "first", at),
            new TransactionsObserved(ledger,
            [
                new ObservedTransaction(Txid(), 90, Txid(), at, null, 0, [new("native", ether, 5)], [new(null, 5)], [new(Account, 5)], false, 0,
                    "test"),
                new ObservedTransaction(Txid(), 91, Txid(), at, null, 0, [new("asset", spam, 1_000_000)], [new(null, 1_000_000, spam)],
                    [new(Account, 1_000_000, spam)], false, 0, "test"),
            ]),
            new LedgerWalkCompleted(ledger, "first", 100, "hash", at),
            new BalanceReconciled(ledger, "verified", ether, 5, 5, null, 2, 100, "hash", "test", [], at));

        var told = await Lists.Get(portfolio.As(owner), $"/api/v1/wallets/{wallet}/balances");
        var token = told["data"]!.AsArray().Single(balance => (string)balance!["asset"]! == spam)!;
        ((bool)token["provisional"]!).ShouldBeFalse();
        ((string)token["status"]!).ShouldBe("unverified", "it was read to the end, and nobody tells what to compare it with");
        ((string)told["status"]!).ShouldBe("verified", "all that can be compared was");
    }

    private static string Txid() => $"0x{Guid.NewGuid():N}{Guid.NewGuid():N}";
}
