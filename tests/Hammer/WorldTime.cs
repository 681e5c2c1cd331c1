using System.Globalization;
using System.Net.Sockets;

namespace Hammer;

/// <summary>
/// The time of the test's world: it stands still while any process does something and jumps when all wait. This process
/// does one thing at a time, so whoever waits for its timer waits for the whole process.
/// </summary>
internal sealed class WorldTime : TimeProvider, IDisposable
{
    private static readonly TimeSpan Never = TimeSpan.FromSeconds(60);
    private readonly TcpClient connection = new() { NoDelay = true };
    private StreamReader reader = null!;
    private StreamWriter writer = null!;
    private long now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public static async Task<WorldTime> ConnectAsync(int port, string process)
    {
        var time = new WorldTime();
        await time.connection.ConnectAsync("127.0.0.1", port);
        time.reader = new StreamReader(time.connection.GetStream());
        time.writer = new StreamWriter(time.connection.GetStream()) { AutoFlush = true, NewLine = "\n" };
        await time.AskAsync(process);
        return time;
    }

    public override DateTimeOffset GetUtcNow() => new(Volatile.Read(ref now), TimeSpan.Zero);

    public override long GetTimestamp() => Volatile.Read(ref now);

    /// <summary>To a whole microsecond: the database's time has none smaller.</summary>
    public Task SleepAsync(TimeSpan span) =>
        AskAsync((now + ((long)Math.Max(Math.Ceiling(span.TotalMicroseconds), 1) * TimeSpan.TicksPerMicrosecond))
            .ToString(CultureInfo.InvariantCulture));

    public async Task EndAsync() => await writer.WriteLineAsync("end");

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime >= TimeSpan.Zero && dueTime < Never) _ = Task.Run(async () => { await SleepAsync(dueTime); callback(state); });
        return new Timer();
    }

    public void Dispose()
    {
        reader.Dispose();
        writer.Dispose();
        connection.Dispose();
    }

    private async Task AskAsync(string what)
    {
        await writer.WriteLineAsync(what);
        Volatile.Write(ref now, long.Parse(await reader.ReadLineAsync() ?? throw new EndOfStreamException("The world is gone."),
            CultureInfo.InvariantCulture));
    }

    private sealed class Timer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
