using System.Diagnostics;
using ChainSimulator;
using ChainSimulator.Script;
using ChainSimulator.Serving;
using Npgsql;
using Shouldly;
using Testing;
using Xunit;

namespace Whole.Kills;

/// <summary>
/// A user's wallet with one large address and a few small ones, whose sync a test disturbs. A gate before the last pages
/// keeps the sync from being over before the test is done with it; what is asserted about it comes from the databases,
/// since the services may be dead.
/// </summary>
internal sealed class BigWallet : IDisposable
{
    private const string Network = "bitcoin";
    private const int Small = 40;
    private const int PageSize = 25;
    private const int PagesBehindTheGate = 20;

    private readonly FragileSystem fragile;
    private readonly SimulatorClient simulator;
    private readonly NpgsqlDataSource sync;
    private readonly Stopwatch since = Stopwatch.StartNew();
    private string? gate;

    private BigWallet(FragileSystem fragile, TestUser user, Guid id, string large, IReadOnlyList<string> small)
    {
        (this.fragile, User, Id, Large, SmallOnes) = (fragile, user, id, large, small);
        simulator = new SimulatorClient(fragile.Whole.Script);
        sync = NpgsqlDataSource.Create(fragile.Whole.DatabaseOf("sync"));
    }

    public TestUser User { get; }

    public Guid Id { get; }

    public string Large { get; }

    public IReadOnlyList<string> SmallOnes { get; }

    public int Transactions { get; private init; }

    public WholeSystem System => fragile.Whole;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Makes the world and the wallet; nothing is imported yet.</summary>
    public static async Task<BigWallet> Make(FragileSystem fragile, int transactions = 20_000, int small = 4)
    {
        await fragile.UntilWhole();
        var simulator = new SimulatorClient(fragile.Whole.Script);
        var large = await simulator.CreateAsync(new CreateAddresses(Network, transactions), Cancellation);
        var others = await simulator.CreateAsync(new CreateAddresses(Network, Small, small), Cancellation);
        var user = await fragile.Whole.NewUser();
        var wallet = new BigWallet(fragile, user, await user.CreateWallet(), large[0], others) { Transactions = transactions };
        var pages = transactions / (PageSize - 1);
        wallet.gate = await simulator.SetFaultAsync(
            new Fault(FaultKind.Gate, Network: Network, Route: $"/address/{large[0]}/txs*", Skip: pages - PagesBehindTheGate), Cancellation);
        return wallet;
    }

    public Task Import(string address) => User.Import(Id, address);

    public async Task ImportAll()
    {
        await Import(Large);
        foreach (var address in SmallOnes) await Import(address);
        since.Restart();
    }

    /// <summary>How many transactions of the large address are stored.</summary>
    public Task<long> Stored() => Count(
        "select count(*) from ledger_transactions join ledgers using (ledger_id) where address = $1", Large);

    public Task UntilStored(double share, TimeSpan? timeout = null) => Eventually.Get(
        Stored, stored => stored >= share * Transactions, $"{share:P0} of {Transactions} transactions are stored", timeout ?? TimeSpan.FromMinutes(3));

    /// <summary>Fails if the large address has been synced: what happens to it now would prove nothing.</summary>
    public async Task ShouldBeRunning() => (await IsDone()).ShouldBeFalse("the sync was over before it could be disturbed");

    public async Task<bool> IsDone() =>
        await Count("select count(*) from ledgers where address = $1 and verdict is not null", Large) > 0;

    /// <summary>The time from now until the next page is stored: how long the sync needed to get going again.</summary>
    public async Task<TimeSpan> UntilNextPage()
    {
        var watch = Stopwatch.StartNew();
        var stored = await Stored();
        await Eventually.Is(async () => await Stored() > stored || await IsAtTheGate(), "the sync goes on", TimeSpan.FromMinutes(3));
        return watch.Elapsed;
    }

    /// <summary>Waits until a service has handed all that is in its log by now to the broker.</summary>
    public async Task UntilPublished(string service)
    {
        var head = await System.Ask<long>(service, "select max(seq_id) from mt_events");
        await Eventually.Is(
            async () => await System.Ask<long>(service, "select read_to from publisher_checkpoint") >= head,
            $"{service} has published its log up to {head}", TimeSpan.FromMinutes(1));
    }

    /// <summary>Lets the last pages go.</summary>
    public async Task Release()
    {
        if (gate is null) return;
        await simulator.ClearFaultsAsync(Cancellation, gate);
        gate = null;
    }

    /// <summary>Everything is verified by itself, told as it is true, and no event stands twice.</summary>
    public async Task UntilTold(TimeSpan? timeout = null)
    {
        await Release();
        await User.UntilVerified(Id, timeout ?? TimeSpan.FromMinutes(4));
        Report($"verified {since.Elapsed.TotalSeconds:0.0} s after the import");
        foreach (var address in SmallOnes.Prepend(Large)) await System.UntilTrue(User, Id, address, timeout: timeout);
        Report($"told as it is true {since.Elapsed.TotalSeconds:0.0} s after the import");
        await System.NoEventIsThereTwice("sync");
        // The same fact under another name would be as wrong, and ids would not show it.
        (await Count("""
            select count(*) from mt_events join ledgers on stream_id = 'ledger-' || ledger_id
            where address = $1 and type = 'transaction_observed'
            """, Large)).ShouldBe(Transactions, "events that observe a transaction");
    }

    public static void Report(string figure)
    {
        var line = $"{TestContext.Current.TestMethod?.MethodName}: {figure}";
        Console.WriteLine(line);
        TestContext.Current.TestOutputHelper?.WriteLine(line);
    }

    public void Dispose()
    {
        sync.Dispose();
        User.Dispose();
    }

    private async Task<bool> IsAtTheGate() => gate is not null && (await simulator.GatesAsync(Cancellation)).Any(wait => wait.Gate == gate);

    private async Task<long> Count(string sql, params object[] values)
    {
        await using var command = sync.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return (long)(await command.ExecuteScalarAsync(Cancellation))!;
    }
}
