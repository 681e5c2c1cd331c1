using System.Diagnostics;
using ChainSimulator;
using ChainSimulator.Script;
using ChainSimulator.Serving;
using Shouldly;
using Testing;
using Xunit;

namespace Whole.Kills;

/// <summary>
/// A user's wallet with one large address and a few small ones, whose sync a test disturbs. Gates hold
/// it where a test wants it, the last one shortly before its end; what is asserted about it comes from the databases,
/// since the services may be dead.
/// </summary>
internal sealed class BigWallet : IDisposable
{
    private const string Network = "bitcoin";
    private static readonly int Transactions = SyncingSystem.IsFull ? 20_000 : 6_000;
    private const int Small = 40;
    private const int PageSize = 25;
    private const int PagesBehindTheGate = 20;

    private readonly FragileSystem fragile;
    private readonly SimulatorClient simulator;
    private readonly List<string> smallOnes = [];
    private readonly Stopwatch since = Stopwatch.StartNew();
    private readonly Queue<string> gates = [];

    private BigWallet(FragileSystem fragile, TestUser user, Guid id, string large)
    {
        (this.fragile, User, Id, Large) = (fragile, user, id, large);
        simulator = new SimulatorClient(fragile.Whole.Script);
    }

    public TestUser User { get; }

    public Guid Id { get; }

    public string Large { get; }

    public WholeSystem System => fragile.Whole;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Makes the world and the wallet, with gates at these shares of the large address's pages; nothing is imported yet.</summary>
    public static async Task<BigWallet> Make(FragileSystem fragile, params double[] heldAt)
    {
        await fragile.UntilWhole();
        var user = await fragile.Whole.NewUser();
        var simulator = new SimulatorClient(fragile.Whole.Script);
        var large = await simulator.CreateAsync(new CreateAddresses(Network, Transactions), Cancellation);
        var wallet = new BigWallet(fragile, user, await user.CreateWallet(), large[0]);
        var pages = Transactions / (PageSize - 1);
        foreach (var page in heldAt.Select(share => (int)(share * pages)).Append(pages - PagesBehindTheGate))
            wallet.gates.Enqueue(await simulator.SetFaultAsync(new Fault(FaultKind.Gate, Network: Network, Route: $"/address/{large[0]}/txs*",
                Skip: page), Cancellation));
        return wallet;
    }

    public async Task ImportAll()
    {
        since.Restart();
        await User.Import(Id, Large);
        await ImportSmallOnes(4);
    }

    public async Task ImportSmallOnes(int count)
    {
        foreach (var address in await simulator.CreateAsync(new CreateAddresses(Network, Small, count), Cancellation))
        {
            await User.Import(Id, address);
            smallOnes.Add(address);
        }
    }

    /// <summary>How many transactions of the large address are stored.</summary>
    public Task<long> Stored() => System.Ask<long>(
        "sync", "select count(*) from ledger_transactions join ledgers using (ledger_id) where address = $1", Large);

    /// <summary>How far the sync is, in words.</summary>
    public async Task<string> Progress() => $"{await Stored()} of {Transactions} transactions stored";

    public Task UntilStored(double share) => Eventually.Get(
        Stored, stored => stored >= share * Transactions, $"{share:P0} of {Transactions} transactions are stored", TimeSpan.FromMinutes(3));

    /// <summary>Waits until so much is stored; pages that were lost and asked for again may let the next gate come first.</summary>
    public Task UntilStoredOrHeld(double share) => Eventually.Is(
        async () => await Stored() >= share * Transactions || await IsHeld(), $"{share:P0} of {Transactions} transactions are stored",
        TimeSpan.FromMinutes(3));

    /// <summary>Waits until a page stands at the next gate.</summary>
    public async Task UntilHeld()
    {
        await Eventually.Is(IsHeld, "a page is asked for and held", TimeSpan.FromMinutes(3));
        Report($"held with {await Progress()}");
    }

    /// <summary>Lets the sync go on to the next gate.</summary>
    public async Task Release()
    {
        if (gates.TryDequeue(out var gate)) await simulator.ClearFaultsAsync(Cancellation, gate);
    }

    /// <summary>Fails if the large address has been synced: what happens to it now would prove nothing.</summary>
    public async Task ShouldBeRunning() => (await IsDone()).ShouldBeFalse("the sync was over before it could be disturbed");

    public async Task<bool> IsDone() =>
        await System.Ask<long>("sync", "select count(*) from ledgers where address = $1 and verdict is not null", Large) > 0;

    /// <summary>The time from now until the next page is stored: how long the sync needed to get going again.</summary>
    public async Task<TimeSpan> UntilNextPage()
    {
        var watch = Stopwatch.StartNew();
        var stored = await Stored();
        await Eventually.Is(async () => await Stored() > stored || await IsHeld(), "the sync goes on", TimeSpan.FromMinutes(3));
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

    /// <summary>Everything is verified by itself, told as it is true, and no event stands twice.</summary>
    public async Task UntilTold()
    {
        while (gates.Count > 0) await Release();
        await User.UntilVerified(Id, TimeSpan.FromMinutes(4));
        Report("verified");
        foreach (var address in smallOnes.Prepend(Large)) await System.UntilTrue(User, Id, address);
        Report("told as it is true");
        await System.NoEventIsThereTwice("sync");
        // The same fact under another name would be as wrong, and ids would not show it.
        (await System.Ask<long>("sync", """
            select count(*) from mt_events join ledgers on stream_id = 'ledger-' || ledger_id
            where address = $1 and type = 'transaction_observed'
            """, Large)).ShouldBe(Transactions, "events that observe a transaction");
    }

    /// <summary>Tells a figure on the console and in the test's output.</summary>
    public void Report(string figure)
    {
        var line = $"{TestContext.Current.TestMethod?.MethodName}, {since.Elapsed.TotalSeconds,5:0.0} s: {figure}";
        Console.WriteLine(line);
        TestContext.Current.TestOutputHelper?.WriteLine(line);
    }

    public void Dispose() => User.Dispose();

    private async Task<bool> IsHeld() => gates.TryPeek(out var gate) && (await simulator.GatesAsync(Cancellation)).Any(wait => wait.Gate == gate);
}
