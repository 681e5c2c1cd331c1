using System.Numerics;
using Contracts;
using CsCheck;
using EventSourcing;
using Portfolio.Feed;
using Shouldly;
using Xunit;

namespace Services.Portfolio;

/// <summary>
/// Generated chains with mempools and reorganisations of 1 to 20 blocks: after each step the deposits, the balances and what every user was
/// told equal the truth, whatever pieces the facts came in, and though some came twice. Every run has the same few worlds; with WHOLE_FULL
/// they are others each time, and <c>CsCheck_Seed</c> tells one again.
/// </summary>
public sealed class FollowForkingChains(PortfolioService portfolio) : IClassFixture<PortfolioService>
{
    private const int FixedWorlds = 6;
    private const int FreshWorlds = 200;

    private static readonly Gen<(List<(int, int, int)> Steps, int Pieces)> World = Gen.Select(
        Gen.Select(Gen.Int[0, 6], Gen.Int[0, 999], Gen.Int[0, 999]).List[30], Gen.Int[0, 999]);

    [Fact]
    public async Task deposits_balances_and_the_feed_equal_the_truth_after_every_step()
    {
        if (Environment.GetEnvironmentVariable("WHOLE_FULL") is "1" || Environment.GetEnvironmentVariable("CsCheck_Seed") is not null)
        {
            await World.SampleAsync(world => Follow(world.Steps, world.Pieces), iter: FreshWorlds, threads: 1);
            return;
        }

        for (uint number = 1; number <= FixedWorlds; number++)
        {
            var (steps, pieces) = World.Generate(new PCG(number, number), null, out _);
            try
            {
                await Follow(steps, pieces);
            }
            catch (Exception e)
            {
                throw new ShouldAssertException($"World {number}", e);
            }
        }
    }

    private async Task Follow(List<(int Kind, int One, int Other)> steps, int pieces)
    {
        var (first, second) = (await SmallWorld.Create(portfolio), await SmallWorld.Create(portfolio));
        // Somebody else follows the first one's address too.
        var (other, wallet, address) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        await portfolio.FromWallets(new WalletCreated(wallet, other, "w", first.At),
            new AddressImported(wallet, address, "bitcoin", $"bc1q{first.Ledger:N}", null, first.At));
        await portfolio.FromSync(new LedgerTracked(first.Ledger, wallet, address, "bitcoin", $"bc1q{first.Ledger:N}", first.At));
        foreach (var world in new[] { first, second }) await portfolio.FromSync(world.Report(0, 1_000), world.WalkCompleted(1_000));
        await portfolio.Announce();

        var chain = new ForkingChain([first.Ledger, second.Ledger], tip: 1_000);
        var random = new Random(pieces);
        for (var block = 0; block < 22; block++) await Hears(chain.Step(2, block, block), random);
        foreach (var (kind, one, offset) in steps)
        {
            await Hears(chain.Step(kind, one, offset), random);
            chain.Settle();
            await Compare(chain, first.Owner, first.Wallet, first.Address, first.Ledger);
            await Compare(chain, other, wallet, address, first.Ledger);
            await Compare(chain, second.Owner, second.Wallet, second.Address, second.Ledger);
        }

        foreach (var user in new[] { first.Owner, second.Owner, other }) Alternates(await portfolio.Feed(user));
    }

    // In pieces, some of them twice; looked at after some of them, and at the end.
    private async Task Hears(IReadOnlyList<Contract> contracts, Random random)
    {
        foreach (var piece in RandomHistory.Pieces(contracts, random, 4))
        {
            await portfolio.FromSync(piece);
            if (random.Next(4) == 0) await portfolio.FromSync(piece);
            if (random.Next(3) == 0) await portfolio.Announce();
        }

        await portfolio.Announce();
    }

    private async Task Compare(ForkingChain chain, Guid user, Guid wallet, Guid address, Guid ledger)
    {
        var expected = chain.Payments.Where(each => each.Ledger == ledger && each.Delta > 0).ToDictionary(
            each => each.Txid, each => (chain.StatusOf(each), chain.ConfirmationsOf(each), each.State is "block" ? each.Height : (long?)null));
        using var client = portfolio.As(user);
        (await Lists.All(client, $"/api/v1/deposits?wallet={wallet}", new Random(1)))
            .ToDictionary(entry => (string)entry["txid"]!, entry => ((string)entry["status"]!, (long)entry["confirmations"]!, (long?)entry["height"]))
            .ShouldBe(expected, ignoreOrder: true);

        var feed = await portfolio.Feed(user);
        feed.Select(told => told.Data).OfType<DepositMessage>().GroupBy(told => told.Txid, (_, all) => all.Last())
            .ToDictionary(told => told.Txid, told => (told.Status, told.Status is "completed" ? 0 : told.Confirmations, told.Height))
            .ShouldBe(expected.ToDictionary(each => each.Key,
                each => (each.Value.Item1, each.Value.Item1 is "completed" ? 0 : each.Value.Item2, each.Value.Item3)), ignoreOrder: true);
        feed.Select(told => told.Id).ShouldBeUnique();

        var balance = (await Lists.All(client, $"/api/v1/wallets/{wallet}/balances", new Random(1)))
            .Single(entry => (Guid)entry["addressId"]! == address);
        var (confirmed, pending) = (chain.Confirmed(ledger), chain.Pending(ledger));
        (Lists.Amount(balance["confirmed"]), Lists.Amount(balance["pending"]) ?? 0).ShouldBe((confirmed, pending));
        Lists.Amount(balance["available"]).ShouldBe(BigInteger.Max(confirmed - chain.Spent(ledger), 0));
        var told = feed.Select(each => each.Data).OfType<FeedMessage.BalanceChanged>().LastOrDefault();
        (told?.Confirmed!.Amount.Value ?? 0, told?.Pending!.Amount.Value ?? 0).ShouldBe((confirmed, pending));
    }

    // Nothing is completed twice without having been taken back, and what is taken back is named.
    private static void Alternates(IReadOnlyList<StoredEvent> feed)
    {
        foreach (var deposit in feed.Where(told => told.Data is DepositMessage).GroupBy(told => ((DepositMessage)told.Data).DepositId))
        {
            Guid? completion = null, last = null;
            foreach (var told in deposit)
            {
                if (told.Data is FeedMessage.DepositCompleted)
                {
                    completion.ShouldBeNull();
                    completion = told.Id;
                }
                else if (told.Data is FeedMessage.DepositOrphaned orphaned)
                {
                    orphaned.Cancels.ShouldBe(completion ?? last);
                    completion = null;
                }

                last = told.Id;
            }
        }
    }
}
