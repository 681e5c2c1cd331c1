using System.Net;
using Contracts;
using ServiceDefaults;
using Shouldly;
using Xunit;

namespace Services.Portfolio;

public sealed class KeepUsersApart(PortfolioService portfolio) : IClassFixture<PortfolioService>
{
    [Theory]
    [InlineData("transactions")]
    [InlineData("transactions?direction=in&page=1")]
    [InlineData("balances")]
    [InlineData("balances?at=2026-01-01T00:00:00Z")]
    [InlineData("history")]
    public async Task another_users_wallet_looks_like_one_that_does_not_exist(string list)
    {
        var mine = await SmallWorld.Create(portfolio);
        var theirs = await SmallWorld.Create(portfolio);
        var foreign = await Lists.Ask(mine.Client, $"{theirs.Path}/{list}");
        var missing = await Lists.Ask(mine.Client, $"/api/v1/wallets/{Guid.CreateVersion7()}/{list}");
        foreign.Status.ShouldBe(HttpStatusCode.NotFound);
        WithoutInstance(foreign.Body).ShouldBe(WithoutInstance(missing.Body));
    }

    [Fact]
    public async Task a_key_for_some_wallets_sees_only_those()
    {
        var world = await SmallWorld.Create(portfolio);
        using var allowed = portfolio.As(world.Owner, new HashSet<Guid> { world.Wallet });
        using var narrow = portfolio.As(world.Owner, new HashSet<Guid> { Guid.CreateVersion7() });
        (await Lists.Ask(allowed, $"{world.Path}/transactions")).Status.ShouldBe(HttpStatusCode.OK);
        (await Lists.Ask(narrow, $"{world.Path}/transactions")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await Lists.Ask(narrow, $"{world.Path}/balances")).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task a_key_without_the_scope_reads_nothing()
    {
        var world = await SmallWorld.Create(portfolio);
        using var client = portfolio.As(world.Owner, scope: Scopes.WalletsWrite);
        foreach (var path in new[] { $"{world.Path}/transactions", $"{world.Path}/balances", $"{world.Path}/history", "/api/v1/portfolio" })
            (await Lists.Ask(client, path)).Status.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task one_users_deletion_leaves_the_other_users_view_of_the_same_address_as_it_was()
    {
        var mine = await SmallWorld.Create(portfolio);
        var theirs = new SmallWorld(portfolio, Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), mine.Ledger);
        await portfolio.FromWallets(
            new WalletCreated(theirs.Wallet, theirs.Owner, "theirs", mine.At),
            new AddressImported(theirs.Wallet, theirs.Address, "bitcoin", $"bc1q{mine.Ledger:N}", null, mine.At));
        await portfolio.FromSync(
            new LedgerTracked(mine.Ledger, theirs.Wallet, theirs.Address, "bitcoin", $"bc1q{mine.Ledger:N}", mine.At),
            new TransactionsObserved(mine.Ledger, [RandomHistory.Transaction(new Random(1), 90, 500)]), mine.WalkCompleted(100));
        var before = await mine.Lines();
        before.Count.ShouldBe(1);

        await portfolio.FromWallets(new WalletDeleted(theirs.Wallet, mine.At));
        (await Lists.Ask(theirs.Client, $"{theirs.Path}/transactions")).Status.ShouldBe(HttpStatusCode.NotFound);
        await portfolio.FromSync(new LedgerUntracked(mine.Ledger, theirs.Wallet, theirs.Address, mine.At));
        (await mine.Lines()).ShouldBe(before);
    }

    private static string WithoutInstance(string problem) => problem[..problem.IndexOf("\"instance\"", StringComparison.Ordinal)];
}
