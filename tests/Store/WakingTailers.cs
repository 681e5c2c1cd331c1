using System.Diagnostics;
using EventSourcing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Postgres;
using Shouldly;
using Testing;
using Xunit;

namespace Store;

public sealed class WakingTailers(StoreDatabase database) : StoreTests(database)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task an_append_wakes_tailers_of_its_own_process()
    {
        var signal = new LogSignal();
        var wakeUp = signal.Next;

        await new EventStore(Database.DataSource, Till.Types, signal).AppendAsync("till", Guid.CreateVersion7(), Till.Moves(1), ct: Ct);

        wakeUp.IsCompleted.ShouldBeTrue();
    }

    [Fact]
    public async Task nothing_new_wakes_nobody()
    {
        var till = Guid.CreateVersion7();
        await Store.AppendAsync("till", till, Till.Facts(till, 1, 3), ct: Ct);
        var signal = new LogSignal();
        var wakeUp = signal.Next;

        await new EventStore(Database.DataSource, Till.Types, signal).AppendAsync("till", till, Till.Facts(till, 1, 3), ct: Ct);

        wakeUp.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task an_append_wakes_tailers_of_other_processes_each_time()
    {
        await using var here = await Process.StartAsync(Database.ConnectionString);
        await using var there = await Process.StartAsync(Database.ConnectionString);

        for (var time = 0; time < 20; time++)
        {
            var wakeUp = there.Signal.Next;
            await here.Store.AppendAsync("till", Guid.CreateVersion7(), Till.Moves(1), ct: Ct);
            await wakeUp.WaitAsync(Soon, Ct);
        }
    }

    [Fact]
    public async Task a_burst_of_appends_is_announced_in_few_words_and_after_its_end()
    {
        await using var here = await Process.StartAsync(Database.ConnectionString);
        await using var ear = new NpgsqlConnection(Database.ConnectionString);
        await ear.OpenAsync(Ct);
        var (heard, atEnd) = (0, new TaskCompletionSource());
        var ended = false;
        ear.Notification += (_, _) =>
        {
            heard++;
            if (Volatile.Read(ref ended)) atEnd.TrySetResult();
        };
        await ExecuteAsync(ear, "listen log_appended");
        var watch = Stopwatch.StartNew();

        for (var append = 0; append < 300; append++)
        {
            if (append == 299) Volatile.Write(ref ended, true);
            await here.Store.AppendAsync("till", Guid.CreateVersion7(), Till.Moves(1), ct: Ct);
        }

        while (!atEnd.Task.IsCompleted) (await ear.WaitAsync(Soon, Ct)).ShouldBeTrue("the last append is announced");
        // One word in 25 ms at most, however slow the appends were.
        heard.ShouldBeLessThan((int)(watch.Elapsed / TimeSpan.FromMilliseconds(20)) + 2);
    }

    [Fact]
    public async Task a_lost_ear_opens_again_and_wakes_for_what_it_missed()
    {
        await using var there = await Process.StartAsync(Database.ConnectionString);
        var wakeUp = there.Signal.Next;

        await ExecuteAsync(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and query like 'listen%' and " +
            "application_name = 'process'");

        await wakeUp.WaitAsync(Soon, Ct);
        wakeUp = there.Signal.Next;
        await ExecuteAsync("notify log_appended");
        await wakeUp.WaitAsync(Soon, Ct);
    }

    [Fact]
    public async Task without_any_announcement_a_tailer_gets_there_by_polling()
    {
        var deaf = new LogSignal();
        var position = (await Store.AppendAsync("till", Guid.CreateVersion7(), Till.Moves(1), ct: Ct)).Position;

        await Eventually.Get(async () =>
        {
            await deaf.WaitAsync(TimeSpan.FromMilliseconds(10), Ct);
            return await Store.HeadAsync(Ct);
        }, head => head >= position, "the poll sees the append");
    }

    /// <summary>A process of a service: its own pool, its own signal.</summary>
    private sealed class Process : IAsyncDisposable
    {
        private readonly NpgsqlDataSource dataSource;
        private readonly LogNotifications notifications;

        private Process(string connectionString)
        {
            dataSource = PostgresModule.DataSource(new NpgsqlConnectionStringBuilder(
                connectionString)
            { ApplicationName = "process" }.ConnectionString);
            notifications = new LogNotifications(dataSource, Signal, NullLogger<LogNotifications>.Instance);
            Store = new EventStore(dataSource, Till.Types, Signal);
        }

        public LogSignal Signal { get; } = new();

        public EventStore Store { get; }

        public static async Task<Process> StartAsync(string connectionString)
        {
            var process = new Process(connectionString);
            var listening = process.Signal.Next;
            await process.notifications.StartAsync(Ct);
            await listening.WaitAsync(Soon, Ct);
            return process;
        }

        public async ValueTask DisposeAsync()
        {
            await notifications.StopAsync(CancellationToken.None);
            notifications.Dispose();
            await dataSource.DisposeAsync();
        }
    }
}
