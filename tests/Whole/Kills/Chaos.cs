using System.Diagnostics;
using Npgsql;
using Shouldly;
using Testing;
using Xunit;

namespace Whole.Kills;

/// <summary>
/// Everything goes wrong at random while people import addresses, read and delete, and the chain grows and reorganises: at the end
/// every truth is told, nothing stands twice and nothing is left behind. <c>./chaos.sh</c> runs it for ten minutes; the seed is
/// printed and may be given by CHAOS_SEED.
/// </summary>
public sealed class Chaos
{
    private static readonly int? ToldSeconds = Told("CHAOS_SECONDS");
    private static readonly TimeSpan LongestFault = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Lasts = TimeSpan.FromSeconds(ToldSeconds ?? (SyncingSystem.IsFull ? 90 : 15));

    // Every short run has the same faults in the same order.
    private static readonly int Seed = Told("CHAOS_SEED") ?? (ToldSeconds is null && !SyncingSystem.IsFull ? 1 : Random.Shared.Next(1, 1_000_000));

    private readonly SortedDictionary<string, int> survived = new(StringComparer.Ordinal);
    private readonly Random random = new(Seed);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task whatever_breaks_at_whatever_moment_all_is_told_as_it_is_true()
    {
        await using var system = await WholeSystem.Start(whole =>
        {
            whole.IsProxied = true;
            whole.Settings["sync"] = new()
            {
                ["Sync__SliceSeconds"] = "1", ["Sync__AnswerSeconds"] = "10", ["Sync__RetrySeconds"] = "1", ["Sync__MaxRetrySeconds"] = "8",
                ["Sync__CheckSeconds"] = "10", ["Sync__FollowedCheckSeconds"] = "10",
                ["Messaging__WakeAgainAfter"] = "00:00:05", ["Messaging__PullEvery"] = "00:00:05",
            };
            whole.Settings["portfolio"] = new() { ["Messaging__PullEvery"] = "00:00:05" };
            whole.Settings["wallets"] = new() { ["Erasing__LongestPause"] = "00:00:02" };
        });
        Tell.Figures($"chaos: seed {Seed}, {Lasts.TotalSeconds:0} s");
        using var people = await ChaoticPeople.Of(system, Seed);

        using var ends = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var living = people.LiveUntil(ends.Token);
        try
        {
            var began = Stopwatch.StartNew();
            while (began.Elapsed < Lasts)
            {
                living.IsFaulted.ShouldBeFalse($"seed {Seed}: {living.Exception?.GetBaseException()}");
                await BreakSomething(system);
            }
        }
        finally
        {
            await ends.CancelAsync();
        }

        await living;
        Tell.Figures($"chaos: {string.Join(", ", survived.Select(fault => $"{fault.Key} {fault.Value}"))}; {people.Told()}");
        await people.ShouldBeTold();
        await system.NoEventIsThereTwice("wallets");
        await system.NoEventIsThereTwice("sync");
        await Eventually.Is(async () => await system.Ask<long>("wallets", "select count(*) from erasures") == 0, "every deleted wallet is gone",
            TimeSpan.FromMinutes(2));
        (await system.Ask<long>("sync", "select count(*) from wallets")).ShouldBe(people.Wallets);
        (await system.Ask<long>("sync", "select count(*) from wallet_syncs")).ShouldBe(people.Wallets);
        (await system.Ask<long>("portfolio", "select count(*) from wallets")).ShouldBe(people.Wallets);
        var (code, rebuilt) = await system.Command("portfolio", ["rebuild", "--verify"]);
        code.ShouldBe(0, $"seed {Seed}: {rebuilt}");
    }

    // One fault at a time, and the next one as soon as it is over: what heals meanwhile is disturbed in that.
    private async Task BreakSomething(WholeSystem system)
    {
        ServiceProcess[] services = [system.Wallets, system.Sync, system.Portfolio, system.Gateway];
        var (service, servers) = (services[random.Next(services.Length)], system.Servers);
        var (proxy, server) = random.Next(2) == 0 ? (system.ToPostgres, "PostgreSQL") : (system.ToRabbit, "RabbitMQ");
        (string Name, Func<Task> Do)[] faults =
        [
            ($"{service.Name} killed", async () =>
            {
                await service.Kill();
                await Restart(service);
            }),
            ($"{service.Name} stopped", async () =>
            {
                await service.Stop();
                await Restart(service);
            }),
            ($"{service.Name} paused", () => For(3, service.Pause, service.Resume)),
            ($"{service.Name}'s clock moved", async () =>
            {
                await service.Kill();
                if (FakeClock.Library is { } library)
                {
                    service.OnceOnly["LD_PRELOAD"] = library;
                    service.OnceOnly["FAKETIME"] = random.Next(2) == 0 ? "-40s" : "+40s";
                    service.OnceOnly["FAKETIME_DONT_FAKE_MONOTONIC"] = "1";
                }

                await Restart(service);
            }),
            ("PostgreSQL killed", async () =>
            {
                await servers.KillPostgres();
                await servers.StartPostgres();
            }),
            ("RabbitMQ killed", async () =>
            {
                await servers.KillRabbit();
                await servers.StartRabbit();
            }),
            ("RabbitMQ stopped", async () =>
            {
                await servers.StopRabbit();
                await servers.StartRabbit();
            }),
            ("queues purged", () => servers.PurgeQueues()),
            ("RabbitMQ's disk full", async () =>
            {
                await servers.FillDiskOfRabbit(true);
                await Pause(3);
                await servers.FillDiskOfRabbit(false);
            }),
            ("PostgreSQL takes no writes", async () =>
            {
                await Writable(system, false);
                await Pause(3);
                await Writable(system, true);
            }),
            ($"{server} slow", () => For(4, () => proxy.Latency = TimeSpan.FromMilliseconds(100), () => proxy.Latency = TimeSpan.Zero)),
            ($"{server} cut off", () => For(5, proxy.FallSilent, proxy.Speak)),
            ($"{server} cut off and reset", () => For(5, proxy.FallSilent, () =>
            {
                proxy.Reset();
                proxy.Speak();
            })),
            ($"{server}'s connections reset", () =>
            {
                proxy.Reset();
                return Pause(1);
            }),
        ];
        var (name, fault) = faults[random.Next(faults.Length)];
        try
        {
            await fault().WaitAsync(LongestFault, Cancellation);
        }
        catch (TimeoutException)
        {
            // Thrown, so that the people stop as well: a fault that does not end would keep them going for ever.
            throw new ShouldAssertException($"seed {Seed}: '{name}' was not over after {LongestFault}; before: " + string.Join(", ", survived));
        }

        survived[name] = survived.GetValueOrDefault(name) + 1;
    }

    private static int? Told(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } told ? int.Parse(told, null) : null;

    // A service need not be ready, as what it needs may be away: it must start and stay.
    private static Task Restart(ServiceProcess service)
    {
        service.Launch();
        return Pause(1);
    }

    private async Task For(int seconds, Action begin, Action end)
    {
        begin();
        await Pause(1 + random.Next(seconds));
        end();
    }

    // What a fault lasts, not what a test waits for.
    private static Task Pause(int seconds) => Task.Delay(TimeSpan.FromSeconds(seconds), Cancellation);

    // As a full disk does it, but without one: each transaction that would write fails.
    private static async Task Writable(WholeSystem system, bool writable)
    {
        // Whoever takes the writes away must be able to give them back.
        var admin = new NpgsqlConnectionStringBuilder(system.Servers.AdminConnectionString) { Options = "-c default_transaction_read_only=off" };
        await using var source = NpgsqlDataSource.Create(admin);
        foreach (var sql in (string[])
            [$"alter system set default_transaction_read_only = {(writable ? "off" : "on")}", "select pg_reload_conf()"])
        {
            await using var command = source.CreateCommand(sql);
            await command.ExecuteNonQueryAsync(Cancellation);
        }
    }
}

/// <summary>Debian's libfaketime, by which a process is started with another clock.</summary>
internal static class FakeClock
{
    /// <summary>Null where it is not installed; then a service is started again with the true clock.</summary>
    /// <remarks>Looked for at its depth only: a search of every folder follows links, and some lead round in circles.</remarks>
    public static string? Library { get; } = Directory.Exists("/usr/lib")
        ? Directory.EnumerateDirectories("/usr/lib").Append("/usr/lib")
            .Select(folder => Path.Combine(folder, "faketime", "libfaketime.so.1")).FirstOrDefault(File.Exists) : null;
}
