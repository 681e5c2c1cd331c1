using ChainSimulator;
using ChainSimulator.Script;
using Chains;
using Contracts;
using EventSourcing;
using Marten;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Postgres;
using Providers;
using ServiceDefaults;
using Sync;
using Sync.Ledgers;
using Sync.Networks;
using Sync.Providers;
using Sync.Providers.Cache;
using Sync.Walks;
using Sync.WalletSyncs;
using Testing;
using Xunit;

namespace Services.Sync;

/// <summary>
/// What a slice is made of: ledgers and walks in a real database, and a simulated chain behind two providers. The saga is
/// played by the test, which may also let time pass. A class fixture.
/// </summary>
public class SyncParts : IAsyncLifetime
{
    public const string Bitcoin = "bitcoin";

    /// <summary>The provider that is asked when the first refuses.</summary>
    public const string Second = "second";

    private readonly TestDatabase database = new() { Schema = Schemas.Sync };
    private readonly WebApplication simulator;
    private readonly HttpClient http = new();
    private ServiceProvider? services;

    public SyncParts() => simulator = SimulatorApp.Build(["--urls", "http://127.0.0.1:0", .. SimulatorArguments]);

    /// <summary>The providers in their order: name, dialect, replica of the simulator.</summary>
    protected virtual IReadOnlyList<(string Name, string Kind, string? Replica)> Providers =>
        [("first", "esplora", null), (Second, "esplora", Second)];

    protected virtual string TimeoutSeconds => "10";

    protected virtual string[] SimulatorArguments => [];

    protected virtual IEnumerable<(string Key, string Value)> MoreSettings => [];

    internal SimulatorClient Script { get; private set; } = null!;

    internal TestDatabase Database => database;

    internal SliceRunner Runner => services!.GetRequiredService<SliceRunner>();

    internal ProviderPools Adapters => services!.GetRequiredService<ProviderPools>();

    internal RequestBudgets Budgets => services!.GetRequiredService<RequestBudgets>();

    internal ProviderUsage Usage => services!.GetRequiredService<ProviderUsage>();

    internal TipMonitor Tips => services!.GetRequiredService<TipMonitor>();

    internal CachedPages Pages => services!.GetRequiredService<CachedPages>();

    internal CacheUsage CacheUsage => services!.GetRequiredService<CacheUsage>();

    internal NetworkCatalogue Networks => services!.GetRequiredService<NetworkCatalogue>();

    internal IOptions<ChainsOptions> Chains => services!.GetRequiredService<IOptions<ChainsOptions>>();

    internal ProviderPool Network => Adapters.Find(Bitcoin)!;

    internal EventStore Store => services!.GetRequiredService<EventStore>();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await database.InitializeAsync();
        await simulator.StartAsync();
        http.BaseAddress = new Uri(simulator.Urls.Single());
        Script = new SimulatorClient(http);
        Sql.AddText(text => Amount.Parse(text));
        services = Build(new ServiceCollection()).BuildServiceProvider();
    }

    public async ValueTask DisposeAsync()
    {
        await Script.ClearFaultsAsync(CancellationToken.None);
        if (services is not null) await services.DisposeAsync();
        http.Dispose();
        await simulator.DisposeAsync();
        await database.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Clients without a memory of what went wrong before: a breaker that a test opened stays open for the next.</summary>
    internal async Task Forget()
    {
        await Script.ClearFaultsAsync(Cancellation);
        if (services is not null) await services.DisposeAsync();
        services = Build(new ServiceCollection()).BuildServiceProvider();
    }

    /// <summary>The service's own parts on this fixture's database and chain, for a container that adds more to them.</summary>
    internal IServiceCollection Build(IServiceCollection parts)
    {
        var settings = new Dictionary<string, string?>
        {
            ["ConnectionStrings:Database"] = database.ConnectionString,
            // The next test breaks other things.
            [$"Chains:{Bitcoin}:RestSeconds"] = "0",
        };
        foreach (var (n, (name, kind, replica)) in Providers.Index())
        {
            settings[$"Chains:{Bitcoin}:Providers:{n}:Name"] = name;
            settings[$"Chains:{Bitcoin}:Providers:{n}:Kind"] = kind;
            settings[$"Chains:{Bitcoin}:Providers:{n}:BaseUrl"] = Script.ProviderUrl(Bitcoin, replica);
            settings[$"Chains:{Bitcoin}:Providers:{n}:RequestsPerSecond"] = "0";
            settings[$"Chains:{Bitcoin}:Providers:{n}:TimeoutSeconds"] = TimeoutSeconds;
        }

        foreach (var (key, value) in MoreSettings) settings[key] = value;
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        parts.AddSingleton(configuration);
        parts.AddLogging(logging => logging.SetMinimumLevel(LogLevel.None));
        parts.AddSingleton(TimeProvider.System);
        parts.AddSingleton<IHostApplicationLifetime, Running>();
        parts.AddValidatedOptions<SyncOptions>("Sync");
        parts.AddMarten().AddEventStore(SyncModule.Events);
        parts.AddNetworks(configuration);
        parts.AddCache();
        parts.AddProviders();
        parts.AddWalks(SyncSchedule.WakeWaitingForAsync);
        Replace(parts);
        return parts;
    }

    /// <summary>Where a fixture has parts of its own.</summary>
    private protected virtual void Replace(IServiceCollection parts)
    {
    }

    /// <summary>A wallet of new addresses, each with so many transactions, as the wallets service tells of it; whatever went wrong before
    /// is over.</summary>
    internal async Task<(Guid Wallet, IReadOnlyList<string> Addresses)> NewWallet(int transactions, int addresses = 1, ulong? seed = null,
        int sharedPercent = 0)
    {
        await Script.ClearFaultsAsync(Cancellation);
        await Script.ClearShiftsAsync(Cancellation);
        await Execute("delete from provider_pauses");
        var made = await Script.CreateAsync(new(Bitcoin, transactions, addresses, SharedPercent: sharedPercent, Seed: seed), Cancellation);
        await Script.ResetCountersAsync(Cancellation);
        var wallet = Guid.CreateVersion7();
        await Tell([new WalletCreated(wallet, Guid.CreateVersion7(), "wallet", DateTimeOffset.UtcNow),
            .. made.Select(address => Imported(wallet, address))]);
        return (wallet, made);
    }

    internal async Task<Guid> OwnerOf(Guid wallet) => (Guid)(await Execute("select owner_id from wallets where wallet_id = $1", wallet))!;

    internal static AddressImported Imported(Guid wallet, string address) =>
        new(wallet, Guid.CreateVersion7(), Bitcoin, address, null, DateTimeOffset.UtcNow);

    /// <summary>Applies what the wallets service says.</summary>
    internal async Task Tell(params IReadOnlyList<Contract> contracts)
    {
        await using var work = await Store.BeginAsync(Cancellation);
        await new WalletsInbox().ApplyAsync(work, contracts, Cancellation);
        await work.CommitAsync(Cancellation);
    }

    internal async Task<Plan> Plan(WalletSync saga, params string[] networks)
    {
        await using var work = await Store.BeginAsync(Cancellation);
        var plan = await Planner.PlanAsync(
            work.Connection, saga, networks is [] ? Adapters.Networks : networks, new SyncOptions(), DateTimeOffset.UtcNow, Cancellation);
        await work.CommitAsync(Cancellation);
        saga.InFlight.AddRange(plan.Slices);
        return plan;
    }

    /// <summary>The wallet's only slice that is to be fetched next.</summary>
    internal async Task<FetchPages> NextSlice(Guid wallet) => Command(wallet, (await Plan(SagaOf(wallet))).Slices.Single());

    /// <summary>Plays the saga until nothing is left to do, without waiting for the time of the next try.</summary>
    internal async Task<IReadOnlyList<SliceAnswer>> Sync(Guid wallet, string trigger = Triggers.Requested, int tries = 60)
    {
        var saga = SagaOf(wallet, trigger);
        var answers = new List<SliceAnswer>();
        for (var n = 0; n < tries; n++)
        {
            var plan = await Plan(saga);
            if (saga.InFlight.Count == 0 && plan.Waiting == 0) return answers;
            if (saga.InFlight.Count == 0) await LetTimePass(wallet);
            var slices = saga.InFlight.ToList();
            saga.InFlight.Clear();
            var results = await Task.WhenAll(slices.Select(slice => Runner.RunAsync(Command(wallet, slice), redelivered: false, Cancellation)));
            foreach (var (slice, result) in slices.Zip(results))
            {
                if (result is not var (answer, _)) continue;
                answers.Add(answer);
                if (answer.Outcome is SliceOutcome.More) saga.InFlight.Add(slice with { Slice = slice.Slice + 1 });
            }
        }

        return answers;
    }

    /// <summary>The user asks for a sync, and it is carried out.</summary>
    internal async Task<IReadOnlyList<SliceAnswer>> Resync(Guid wallet)
    {
        await Tell(new SyncRequested(wallet, DateTimeOffset.UtcNow));
        return await Sync(wallet);
    }

    /// <summary>Whatever waits for its next try may try now.</summary>
    internal Task LetTimePass(Guid wallet) => Execute(
        "update walks set leased_until = now(), retry_at = now() where ledger_id in (select ledger_id from ledger_trackers where wallet_id = $1)",
        wallet);

    internal async Task<object?> Execute(string sql, params object[] values)
    {
        await using var command = database.DataSource.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return await command.ExecuteScalarAsync(Cancellation);
    }

    internal async Task<Guid> LedgerOf(string address) => (Guid)(await Execute("select ledger_id from ledgers where address = $1", address))!;

    internal async Task<IReadOnlyList<LedgerEvent>> EventsOf(string address)
    {
        var events = new List<LedgerEvent>();
        await foreach (var stored in Store.ReadStreamAsync(StreamName.Of(LedgerEvent.Category, await LedgerOf(address)), Cancellation))
            events.Add((LedgerEvent)stored.Data);
        return events;
    }

    internal async Task<string?> VerdictOf(string address) => await Execute("select verdict from ledgers where address = $1", address) as string;

    internal Task<TipState> Mine(int blocks = 1, int transactions = 0, params string[] addresses) =>
        Script.MineAsync(new(Bitcoin, blocks, addresses, transactions), Cancellation);

    internal static FetchPages Command(Guid wallet, SliceInFlight slice) => new(wallet, slice.LedgerId, slice.WalkNo, slice.Slice);

    internal static WalletSync SagaOf(Guid wallet, string trigger = Triggers.Import) =>
        new() { CorrelationId = wallet, Trigger = trigger, StartedAt = DateTimeOffset.UtcNow };

    private sealed class Running : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication()
        {
        }
    }
}

/// <summary>blockchain.info's dialect first, which tells a history no further than a cap, then Esplora's.</summary>
public sealed class BothDialects : SyncParts
{
    public const string Info = "info";
    public const string Esplora = "esplora";
    public const int Cap = 200;

    protected override IReadOnlyList<(string Name, string Kind, string? Replica)> Providers =>
        [(Info, "blockchain-info", Info), (Esplora, "esplora", Esplora)];

    protected override string TimeoutSeconds => "2";

    protected override string[] SimulatorArguments => ["--offset-cap", $"{Cap}"];
}

/// <summary>One provider that may be asked twenty times an hour and three hundred times a month, of which a hundred are free.</summary>
public sealed class SmallBudget : SyncParts
{
    public const int PerHour = 20;

    protected override IReadOnlyList<(string Name, string Kind, string? Replica)> Providers => [("first", "esplora", null)];

    protected override IEnumerable<(string Key, string Value)> MoreSettings =>
    [
        ("Budgets:first:PerHour", $"{PerHour}"), ("Budgets:first:PerMonth", "300"),
        ("Budgets:first:Prices:0:UpTo", "100"), ("Budgets:first:Prices:1:Price", "0.5"), ("Budgets:first:Prices:1:Per", "10"),
    ];
}

/// <summary>Nobody who could name a block but the tip.</summary>
public sealed class BlockchainInfoOnly : SyncParts
{
    protected override IReadOnlyList<(string Name, string Kind, string? Replica)> Providers => [("info", "blockchain-info", null)];
}
