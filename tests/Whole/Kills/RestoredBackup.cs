using System.Diagnostics;
using ChainSimulator;
using ChainSimulator.Script;
using ChainSimulator.Serving;
using Shouldly;
using Testing;
using Xunit;

namespace Whole.Kills;

/// <summary>
/// The drill: a backup is taken in mid-sync, the system goes on, then everything that PostgreSQL held is lost, and the
/// broker keeps messages of a time that the restored logs know nothing of, or has none.
/// </summary>
public sealed class RestoredBackup
{
    private const string Network = "bitcoin";
    private static readonly bool IsFull = Environment.GetEnvironmentVariable("WHOLE_FULL") == "1";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task a_system_restored_from_a_backup_taken_in_mid_sync_ends_with_the_truth()
    {
        await using var system = await WholeSystem.Start(whole =>
        {
            whole.Settings["sync"] = new()
            {
                ["Sync__SliceSeconds"] = "1",
                ["Sync__AnswerSeconds"] = "5",
                ["Sync__RetrySeconds"] = "1",
                ["Messaging__WakeAgainAfter"] = "00:00:03",
                ["Chains__bitcoin__Providers__0__TimeoutSeconds"] = "120",
            };
            whole.Settings["portfolio"] = new() { ["RabbitMq__InboxPrefetch"] = "1", ["Messaging__PullEvery"] = "00:00:03" };
        });
        await Drill(system, wallets: IsFull ? 6 : 2, transactions: IsFull ? 5_000 : 1_500, newCluster: false, emptyBroker: false);
        await RestoredAgain(system);
        if (IsFull) await Drill(system, wallets: 6, transactions: 5_000, newCluster: true, emptyBroker: true);
        await Rebuild(system);
    }

    private static async Task Drill(WholeSystem system, int wallets, int transactions, bool newCluster, bool emptyBroker)
    {
        var simulator = new SimulatorClient(system.Script);
        using var user = await system.NewUser();
        var addresses = await simulator.CreateAsync(new CreateAddresses(Network, transactions, wallets), Cancellation);
        // Each address stands still at two places: in one of them the backup is taken, at the other the system is lost.
        var middles = await Gates(simulator, addresses, transactions / 24 / 3);
        var ends = await Gates(simulator, addresses, transactions / 24 * 2 / 3);
        var synced = new List<(Guid Wallet, string Address)>();
        foreach (var address in addresses)
        {
            var wallet = await user.CreateWallet();
            await user.Import(wallet, address);
            synced.Add((wallet, address));
        }

        await UntilHeld(simulator, middles);
        var backup = Path.Combine(Path.GetTempPath(), $"backup-{Guid.NewGuid():N}");
        // While it is taken the walks go on, so each database is dumped at another moment of them.
        var taken = Script("backup.sh", backup, system.Servers.Folder);
        foreach (var gate in middles) await simulator.ClearFaultsAsync(Cancellation, gate);
        (await taken).ShouldContain("the backup is whole");

        await UntilHeld(simulator, ends);
        system.Portfolio.Pause();
        var lost = await user.CreateWallet("made after the backup");
        await user.Import(lost, (await simulator.CreateAsync(new CreateAddresses(Network, 100), Cancellation))[0]);
        foreach (var gate in ends) await simulator.ClearFaultsAsync(Cancellation, gate);
        await Eventually.Is(async () => await Lag(system) == 0
            && await system.Ask<long>("sync", "select count(*) from ledgers where verdict is null") == 0,
            "everything is synced and told to the broker", TimeSpan.FromMinutes(2));
        foreach (var process in system.Processes.Where(process => process.Name is not "simulator")) await process.Kill();

        if (emptyBroker) await system.Servers.PurgeQueues();
        if (newCluster) await system.Servers.RenewPostgres();
        Tell.Figures(await Script("restore.sh", newCluster ? [backup, system.Servers.Folder] : [backup, "--replace", system.Servers.Folder]));
        Directory.Delete(backup, recursive: true);
        await Task.WhenAll(system.Processes.Where(process => !process.IsRunning).Select(process => process.Start(TimeSpan.FromMinutes(2))));

        foreach (var (wallet, address) in synced)
        {
            await user.UntilVerified(wallet, TimeSpan.FromMinutes(3));
            await system.UntilTrue(user, wallet, address);
            (await system.Ask<long>("sync", """
                select count(*) from mt_events join ledgers on stream_id = 'ledger-' || ledger_id
                where address = $1 and type = 'transaction_observed'
                """, address)).ShouldBe(transactions, "events that observe a transaction");
        }

        foreach (var service in (string[])["wallets", "sync", "portfolio"]) await system.NoEventIsThereTwice(service);
        (await system.RowsWith("portfolio", "wallet_id", lost)).ShouldBeEmpty("what was told of a wallet that the backup does not have");
    }

    // Since it was restored nobody has written to Wallets, so its readers stand where its log goes on, beyond its newest event.
    private static async Task RestoredAgain(WholeSystem system)
    {
        var head = await system.Ask<long>("wallets", "select max(seq_id) from mt_events");
        foreach (var reader in (string[])["sync", "portfolio"])
            await Eventually.Is(async () => await system.Ask<long>(reader, "select read_to from inbox_checkpoints where source = 'wallets'") > head,
                $"{reader} stands where the log goes on");
        var backup = Path.Combine(Path.GetTempPath(), $"backup-{Guid.NewGuid():N}");
        (await Script("backup.sh", backup, system.Servers.Folder)).ShouldContain("the backup is whole");
        foreach (var process in system.Processes.Where(process => process.Name is not "simulator")) await process.Kill();

        (await Script("restore.sh", backup, "--replace", system.Servers.Folder)).ShouldContain("the services may be started");
        Directory.Delete(backup, recursive: true);
        await Task.WhenAll(system.Processes.Where(process => !process.IsRunning).Select(process => process.Start(TimeSpan.FromMinutes(2))));

        // What is written now is heard by all.
        using var user = await system.NewUser();
        var address = (await new SimulatorClient(system.Script).CreateAsync(new CreateAddresses(Network, 100), Cancellation))[0];
        var wallet = await user.CreateWallet("made after the second restore");
        await user.Import(wallet, address);
        await user.UntilVerified(wallet, TimeSpan.FromMinutes(3));
        await system.UntilTrue(user, wallet, address);
    }

    private static async Task Rebuild(WholeSystem system)
    {
        var (code, told) = await system.Command("portfolio", ["rebuild", "--verify"], ("KILL_AT", "rebuild-after-step:2"),
            ("Messaging__BatchSize", "100"));
        code.ShouldBe(137, told);
        (code, told) = await system.Command("portfolio", ["rebuild", "--verify"]);
        Tell.Figures(told);
        code.ShouldBe(0, told);
        told.ShouldContain("is gone on with");
    }

    private static async Task<List<string>> Gates(SimulatorClient simulator, IEnumerable<string> addresses, int page)
    {
        var gates = new List<string>();
        foreach (var address in addresses)
            gates.Add(await simulator.SetFaultAsync(new Fault(FaultKind.Gate, Network: Network, Route: $"/address/{address}/txs*", Skip: page),
                Cancellation));
        return gates;
    }

    private static Task UntilHeld(SimulatorClient simulator, List<string> gates) => Eventually.Is(
        async () =>
        {
            var held = (await simulator.GatesAsync(Cancellation)).Select(wait => wait.Gate).ToHashSet();
            return gates.Exists(held.Contains);
        },
        "a page of an address stands at its gate", TimeSpan.FromMinutes(2));

    private static async Task<long> Lag(WholeSystem system) =>
        await system.Ask<long>("sync", "select (select max(seq_id) from mt_events) - read_to from publisher_checkpoint");

    private static async Task<string> Script(string name, params string[] arguments)
    {
        var start = new ProcessStartInfo("bash", [Path.Combine(Repository.Root, "deploy", "local", name), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(Cancellation);
        var output = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        process.ExitCode.ShouldBe(0, output + await errors);
        return output;
    }
}
