using ChainSimulator;
using ChainSimulator.Market;
using Testing;
using Xunit;

namespace Whole;

/// <summary>Tests that only ask the system to sync share one; each brings a user, wallets and addresses of its own.</summary>
[CollectionDefinition(nameof(SyncingSystem))]
public sealed class SharedSyncingSystem : ICollectionFixture<SyncingSystem>;

/// <summary>The whole system with short waits between tries, and the simulator's script.</summary>
public sealed class SyncingSystem : IAsyncLifetime
{
    public const string Bitcoin = "bitcoin";
    public const string Testnet = "bitcoin-testnet";
    public const string Ethereum = "ethereum";
    public const string Solana = "solana";

    /// <summary>The contract of USDC on Ethereum.</summary>
    public const string Usdc = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48";

    /// <summary>What a whole coin costs, on every day.</summary>
    public static readonly IReadOnlyDictionary<string, decimal> UsDollars =
        new Dictionary<string, decimal> { [Ethereum] = 3_120.50m, [$"{Ethereum}:{Usdc}"] = 1m, [Solana] = 148.25m };

    /// <summary>What the pages offer to whoever wants to try.</summary>
    public const string SampleAddress = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq";

    private WholeSystem? system;
    private SimulatorClient? script;

    /// <summary>Whether the long variants run.</summary>
    public static bool IsFull { get; } = Environment.GetEnvironmentVariable("WHOLE_FULL") is "1";

    public WholeSystem System => system!;

    public SimulatorClient Script => script!;

    public async ValueTask InitializeAsync()
    {
        system = await WholeSystem.Start(system =>
        {
            system.Settings["portfolio"] = system.SimulatedPrices();
            system.Settings["portfolio"]["Prices__LatestSeconds"] = "10";
            system.Settings["gateway"] = new()
            {
                ["Gateway__Sample__0__Network"] = Bitcoin,
                ["Gateway__Sample__0__Address"] = SampleAddress,
                ["Gateway__Sample__0__Label"] = "A sample",
            };
            system.Settings["sync"] = new()
            {
                ["Sync__RetrySeconds"] = "1",
                ["Sync__MaxRetrySeconds"] = "8",
                ["Sync__FailAfter"] = "4",
                ["Sync__CheckSeconds"] = "10",
                ["Sync__FollowedCheckSeconds"] = "10",
                ["Sync__PartlyFollowedCheckSeconds"] = "10",
                ["Sync__SliceSeconds"] = "2",
                ["Sync__AnswerSeconds"] = "10",
                // A test may hold an answer for longer than a provider would.
                ["Chains__bitcoin__Providers__0__TimeoutSeconds"] = "60",
                ["Chains__ethereum__Providers__0__Name"] = "simulator",
                ["Chains__ethereum__Providers__0__Kind"] = "etherscan",
                ["Chains__ethereum__Providers__0__BaseUrl"] = new Uri(system.AddressOf("simulator"), "/ethereum/evm").ToString(),
                ["Chains__ethereum__Providers__0__RpcUrl"] = new Uri(system.AddressOf("simulator"), "/ethereum/evm/rpc").ToString(),
                ["Chains__ethereum__Providers__0__RequestsPerSecond"] = "0",
                ["Chains__solana__Providers__0__Name"] = "simulator",
                ["Chains__solana__Providers__0__Kind"] = "solana",
                ["Chains__solana__Providers__0__BaseUrl"] = new Uri(system.AddressOf("simulator"), "/solana/solana/rpc").ToString(),
                ["Chains__solana__Providers__0__RequestsPerSecond"] = "0",
                ["Messaging__PullEvery"] = "00:00:05",
                ["Messaging__WakeAgainAfter"] = "00:00:05",
            };
        });
        script = new SimulatorClient(system.Script);
        // Before anybody asks: the price of a day is kept, so no test could set another one later.
        foreach (var (coin, price) in UsDollars)
            await script.SetPriceAsync(new SetPrice(coin, price), TestContext.Current.CancellationToken);
    }

    /// <summary>Nobody's sync goes on in the next test's counters.</summary>
    public async Task Forget(TestUser user, Guid wallet)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await Script.ClearFaultsAsync(cancellation);
        await Script.ClearShiftsAsync(cancellation);
        await user.Delete($"/api/v1/wallets/{wallet}");
        user.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        if (system is not null) await system.DisposeAsync();
    }
}
