using Contracts;

namespace Services.Portfolio;

/// <summary>One user's wallet with one address that one ledger follows; its first walk has begun.</summary>
internal sealed class SmallWorld(PortfolioService portfolio, Guid owner, Guid wallet, Guid address, Guid ledger)
{
    public DateTimeOffset At { get; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public Guid Owner => owner;

    public Guid Wallet => wallet;

    public Guid Address => address;

    public Guid Ledger => ledger;

    public HttpClient Client { get; } = portfolio.As(owner);

    public string Path => $"/api/v1/wallets/{wallet}";

    public static async Task<SmallWorld> Create(PortfolioService portfolio, Guid? ledger = null)
    {
        var world = new SmallWorld(portfolio, Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), ledger ?? Guid.CreateVersion7());
        await portfolio.FromWallets(
            new WalletCreated(world.Wallet, world.Owner, "savings", world.At),
            new AddressImported(world.Wallet, world.Address, "bitcoin", $"bc1q{world.Ledger:N}", "cold", world.At));
        await portfolio.FromSync(
            new LedgerTracked(world.Ledger, world.Wallet, world.Address, "bitcoin", $"bc1q{world.Ledger:N}", world.At),
            new LedgerWalkStarted(world.Ledger, "first", world.At));
        return world;
    }

    public BalanceReported Report(long confirmed, long tip, long pending = 0) =>
        new(Ledger, RandomHistory.Asset, confirmed, pending, 1, tip, $"hash {tip}", "test", At);

    public LedgerWalkCompleted WalkCompleted(long tip) => new(Ledger, "first", tip, $"hash {tip}", At);

    public async Task<List<Line>> Lines(string query = "") =>
        [.. (await Lists.All(Client, $"{Path}/transactions{query}", new Random(1))).Select(Lists.Line)];
}
