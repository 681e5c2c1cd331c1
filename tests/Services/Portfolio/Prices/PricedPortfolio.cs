using ChainSimulator;
using Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Portfolio.Prices;
using Portfolio.Prices.Sources;
using Portfolio.Prices.Stored;
using Postgres;
using Providers;
using Testing;

namespace Services.Portfolio.Prices;

/// <summary>The Portfolio service with the simulator's market for its sources: CoinGecko first, then DefiLlama, and the bank.</summary>
public sealed class PricedPortfolio : PortfolioService
{
    public const string Dollar = "eip155:1/erc20:0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48";

    private readonly WebApplication simulator = SimulatorApp.Build("--urls", "http://127.0.0.1:0");
    private readonly HttpClient http = new();

    public SimulatorClient Script { get; private set; } = null!;

    public static CancellationToken Ct => Xunit.TestContext.Current.CancellationToken;

    protected override async Task<(string Key, string Value)[]> SettingsAsync()
    {
        await simulator.StartAsync();
        http.BaseAddress = new Uri(simulator.Urls.Single());
        Script = new SimulatorClient(http);
        return
        [
            .. new[] { ("coingecko", "coingecko"), ("defillama", "defillama"), ("ecb", "ecb") }.SelectMany((source, i) => new[]
            {
                ($"Prices:Sources:{i}:Name", source.Item1), ($"Prices:Sources:{i}:Kind", source.Item2),
                ($"Prices:Sources:{i}:BaseUrl", Script.MarketUrl(source.Item1)), ($"Prices:Sources:{i}:RequestsPerSecond", "0"),
                ($"Prices:Sources:{i}:TimeoutSeconds", "2"),
            }),
            ("Budgets:coingecko:PerDay", "100000"), ("Prices:MostUnlisted", "3"),
        ];
    }

    /// <summary>No prices, nobody's holdings, no faults; it is that instant on the market.</summary>
    public async Task<PriceJobs> Begin(DateTimeOffset now)
    {
        await Clear();
        await Database.ExecuteAsync("""
            truncate daily_prices, latest_prices, price_gaps, exchange_rates, price_sources, manual_prices, provider_pauses, budgets, budget_charges
            """, null, Ct);
        await Script.ClearFaultsAsync(Ct);
        await Script.ResetMarketAsync(Ct);
        await Script.ResetCountersAsync(Ct);
        await Script.SetMarketTimeAsync(new(now), Ct);
        var time = new ManualTime();
        time.Advance(now - time.GetUtcNow());
        return new PriceJobs(this, time);
    }

    /// <summary>Somebody holds some of these assets of a network since that day.</summary>
    public async Task<(Guid Owner, Guid Wallet)> Hold(string network, DateOnly since, params IReadOnlyList<string> assets)
    {
        var (owner, wallet, address, ledger) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        var at = new DateTimeOffset(since, new TimeOnly(9, 0), TimeSpan.Zero);
        var account = $"account {ledger:N}";
        await FromWallets(new WalletCreated(wallet, owner, "savings", at), new AddressImported(wallet, address, network, account, null, at));
        await FromSync(
            new LedgerTracked(ledger, wallet, address, network, account, at),
            new TransactionsObserved(ledger, [.. assets.Select((asset, i) => new ObservedTransaction(
                $"0x{Guid.NewGuid():N}{Guid.NewGuid():N}", 100 + i, "block", at, null, 0, [new("native", asset, 5)],
                [new(null, 5)], [new(account, 5)], false, 0, "test"))]),
            new LedgerWalkCompleted(ledger, "first", 100, "hash", at));
        await FromSync([.. assets.Where(asset => !asset.Contains("/slip44:", StringComparison.Ordinal))
            .Select(asset => new AssetDescribed(network, asset, "TOKEN", 6, "test", at))]);
        return (owner, wallet);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        http.Dispose();
        await simulator.DisposeAsync();
    }
}

/// <summary>What keeps prices up, by a clock of the test's.</summary>
public sealed class PriceJobs
{
    internal PriceJobs(PricedPortfolio portfolio, ManualTime time)
    {
        Time = time;
        IServiceProvider services = new Unpaused(portfolio.Services);
        var sources = ActivatorUtilities.CreateInstance<PriceSources>(services, services, time);
        var states = ActivatorUtilities.CreateInstance<SourceStates>(services, time);
        Latest = ActivatorUtilities.CreateInstance<LatestPrices>(services, sources, states, time);
        Closings = ActivatorUtilities.CreateInstance<DailyClosings>(services, sources, states, time);
        Rates = ActivatorUtilities.CreateInstance<ExchangeRates>(services, sources, states, time);
        Book = ActivatorUtilities.CreateInstance<PriceBook>(services, time);
    }

    // A process remembers who asked to be left alone; each test is one of its own.
    private sealed class Unpaused : IServiceProvider
    {
        private readonly IServiceProvider services;
        private readonly ProviderPauses pauses;
        private readonly RequestBudgets budgets;

        public Unpaused(IServiceProvider services)
        {
            this.services = services;
            pauses = ActivatorUtilities.CreateInstance<ProviderPauses>(services);
            budgets = ActivatorUtilities.CreateInstance<RequestBudgets>(
                services, pauses,
                (Func<IEnumerable<ConfiguredProvider>>)(() => services.GetRequiredService<IOptions<PricesOptions>>().Value.Providers));
        }

        public object? GetService(Type serviceType) =>
            serviceType == typeof(ProviderPauses) ? pauses : serviceType == typeof(RequestBudgets) ? budgets : services.GetService(serviceType);
    }

    public ManualTime Time { get; }

    internal LatestPrices Latest { get; }

    internal DailyClosings Closings { get; }

    internal ExchangeRates Rates { get; }

    internal PriceBook Book { get; }

    /// <summary>Fills in closings until nothing is to be asked; how many stretches that were.</summary>
    public async Task<int> FillAll()
    {
        var stretches = 0;
        while (await Closings.FillAsync(PricedPortfolio.Ct)) stretches++;
        return stretches;
    }
}
