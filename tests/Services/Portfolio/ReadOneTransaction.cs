using System.Net;
using System.Text.Json.Nodes;
using Contracts;
using ServiceDefaults;
using Shouldly;
using Xunit;

namespace Services.Portfolio;

public sealed class ReadOneTransaction(PortfolioService portfolio) : IClassFixture<PortfolioService>
{
    [Fact]
    public async Task it_says_what_changed_for_each_of_the_callers_addresses_in_every_wallet()
    {
        var (world, second, transaction) = await Shared();
        foreach (var chain in new[] { "bitcoin", "bip122:000000000019d6689c085ae165831e93" })
        {
            var told = await Lists.Get(world.Client, $"/api/v1/transactions/{chain}/{transaction.Txid.ToUpperInvariant()}");
            ((string)told["txid"]!, (string)told["status"]!, (long)told["height"]!, (long)told["confirmations"]!)
                .ShouldBe((transaction.Txid, "confirmed", 90, 11));
            told["changes"]!.AsArray()
                .Select(change => ((Guid)change!["walletId"]!, (Guid)change["addressId"]!, (int)Lists.Amount(change["result"])!.Value,
                    (int)Lists.Amount(change["balance"])!.Value, (string)change["direction"]!))
                .ShouldBe(
                    [
                        (world.Wallet, world.Address, -300, 200, "out"), (second.WalletId, second.AddressId, -300, 200, "out"),
                        (second.WalletId, second.Other, 290, 290, "in"),
                    ], ignoreOrder: true);
        }
    }

    [Fact]
    public async Task a_key_for_some_wallets_hears_of_those_only()
    {
        var (world, second, transaction) = await Shared();
        using var narrow = portfolio.As(world.Owner, new HashSet<Guid> { second.WalletId });
        (await Lists.Get(narrow, $"/api/v1/transactions/bitcoin/{transaction.Txid}"))["changes"]!.AsArray()
            .Select(change => (Guid)change!["walletId"]!).Distinct().ShouldBe([second.WalletId]);
        using var none = portfolio.As(world.Owner, new HashSet<Guid> { Guid.CreateVersion7() });
        await NotFound(none, transaction.Txid);
        using var scopeless = portfolio.As(world.Owner, scope: Scopes.WalletsRead);
        (await Lists.Ask(scopeless, $"/api/v1/transactions/bitcoin/{transaction.Txid}")).Status.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task somebody_elses_transaction_is_not_there()
    {
        var (_, _, transaction) = await Shared();
        var stranger = await SmallWorld.Create(portfolio);
        await NotFound(stranger.Client, transaction.Txid);
        await NotFound(stranger.Client, "00ff");
        await NotFound(stranger.Client, "00-ff");
        await NotFound(stranger.Client, new string('a', 1000));
        (await Lists.Ask(stranger.Client, $"/api/v1/transactions/bitcoin-testnet/{transaction.Txid}")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await Lists.Ask(stranger.Client, $"/api/v1/transactions/nowhere/{transaction.Txid}")).Status.ShouldBe(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task one_that_a_reorganisation_took_out_says_so()
    {
        var (world, _, transaction) = await Shared();
        await portfolio.FromSync(new TransactionsOrphaned(world.Ledger, [new(transaction.Txid, transaction.BlockHash, 90, 0)], world.At));
        var told = await Lists.Get(world.Client, $"/api/v1/transactions/bitcoin/{transaction.Txid}");
        ((string)told["status"]!).ShouldBe("confirmed", "another address's history still has it");
        told["changes"]!.AsArray().Where(change => (Guid)change!["addressId"]! == world.Address)
            .ShouldAllBe(change => (string)change!["status"]! == "orphaned" && change["balance"] == null);
    }

    private async Task<(SmallWorld World, (Guid WalletId, Guid AddressId, Guid Other) Second, ObservedTransaction Transaction)> Shared()
    {
        var world = await SmallWorld.Create(portfolio);
        var (wallet, again, other, ledger) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        await portfolio.FromWallets(
            new WalletCreated(wallet, world.Owner, "second", world.At),
            new AddressImported(wallet, again, "bitcoin", $"bc1q{world.Ledger:N}", null, world.At),
            new AddressImported(wallet, other, "bitcoin", $"bc1q{ledger:N}", null, world.At));
        var transaction = RandomHistory.Transaction(new Random(world.Ledger.GetHashCode()), 90, -300);
        var newer = RandomHistory.Transaction(new Random(world.Ledger.GetHashCode() + 1), 95, 7);
        var older = RandomHistory.Transaction(new Random(world.Ledger.GetHashCode() + 2), 80, 500);
        await portfolio.FromSync(
            new LedgerTracked(world.Ledger, wallet, again, "bitcoin", $"bc1q{world.Ledger:N}", world.At),
            new LedgerTracked(ledger, wallet, other, "bitcoin", $"bc1q{ledger:N}", world.At));
        await portfolio.FromSync(
            new TransactionsObserved(world.Ledger, [newer, transaction, older]), world.WalkCompleted(100),
            new TransactionsObserved(ledger, [transaction with { Movements = [new Movement("native", RandomHistory.Asset, 290)] }]),
            new LedgerWalkCompleted(ledger, "first", 100, "h", world.At));
        return (world, (wallet, again, other), transaction);
    }

    private static async Task NotFound(HttpClient client, string txid)
    {
        var answer = await Lists.Ask(client, $"/api/v1/transactions/bitcoin/{txid}");
        answer.Status.ShouldBe(HttpStatusCode.NotFound);
        ((string)JsonNode.Parse(answer.Body)!["type"]!).ShouldEndWith("transaction-not-found");
    }
}
