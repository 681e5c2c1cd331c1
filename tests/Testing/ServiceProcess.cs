using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Shouldly;

namespace Testing;

/// <summary>One of our programs as a process of its own, which a test may kill and start again with the same settings.</summary>
public sealed class ServiceProcess(
    string name, string program, IReadOnlyDictionary<string, string> environment, Uri health, params string[] arguments)
    : IAsyncDisposable
{
    private const int Terminate = 15;
    private const int Continue = 18;
    private const int Halt = 19;
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(5) };

    private Process? process;

    public string Name => name;

    /// <summary>Everything the process wrote, over all its starts.</summary>
    public string LogFile { get; } = Path.Combine(Repository.Logs,
        $"{DateTime.UtcNow:yyyyMMdd-HHmmss}-{name}-{Guid.NewGuid().ToString("N")[..6]}.log");

    /// <summary>Settings for the next start only, such as where the process shall kill itself.</summary>
    public Dictionary<string, string> OnceOnly { get; } = [];

    public bool IsRunning => process is { HasExited: false };

    /// <summary>How often the process was started.</summary>
    public int Starts { get; private set; }

    /// <summary>CPU time used since the last start.</summary>
    public TimeSpan CpuTime
    {
        get
        {
            process?.Refresh();
            return process?.TotalProcessorTime ?? TimeSpan.Zero;
        }
    }

    /// <summary>The most memory it held at once since the last start, in bytes.</summary>
    public long PeakMemory
    {
        get
        {
            process?.Refresh();
            return process?.PeakWorkingSet64 ?? 0;
        }
    }

    /// <summary>The memory it holds now, in bytes.</summary>
    public long Memory
    {
        get
        {
            process?.Refresh();
            return process?.WorkingSet64 ?? 0;
        }
    }

    /// <summary>Starts the process without waiting for it to answer.</summary>
    public void Launch()
    {
        IsRunning.ShouldBeFalse($"{name} runs already");
        process?.Dispose();
        // The shell writes to the file and becomes the program: no pipe that stops the program when nobody reads. Not sh,
        // which may drop settings whose names have a hyphen, such as a network's.
        var start = new ProcessStartInfo("/bin/bash", ["-c", "exec \"$@\" >>\"$0\" 2>&1", LogFile, "dotnet", program, .. arguments])
        {
            WorkingDirectory = Path.GetDirectoryName(program),
        };
        foreach (var (key, value) in environment.Concat(OnceOnly)) start.Environment[key] = value;
        OnceOnly.Clear();
        process = Process.Start(start)!;
        Starts++;
    }

    /// <summary>Starts the process and waits until it says it is ready.</summary>
    public async Task Start(TimeSpan? timeout = null)
    {
        Launch();
        await UntilReady(timeout);
    }

    /// <summary>Waits until the health address answers with success; a process that ended instead fails at once.</summary>
    public async Task UntilReady(TimeSpan? timeout = null)
    {
        var answer = await Eventually.Get(
            async () =>
            {
                if (!IsRunning) return $"ended with {process?.ExitCode}";
                using var response = await Http.GetAsync(health);
                return response.IsSuccessStatusCode ? "ready" : $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}";
            },
            static answer => answer == "ready" || answer.StartsWith("ended", StringComparison.Ordinal),
            $"{name} is ready at {health}; its output is in {LogFile}",
            timeout ?? TimeSpan.FromSeconds(60));
        answer.ShouldBe("ready", $"{name} did not start; its output is in {LogFile}:\n{LastLines()}");
    }

    /// <summary>SIGKILL: the process ends between two instructions.</summary>
    public async Task Kill()
    {
        if (!IsRunning) return;
        process!.Kill();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException) when (process.HasExited)
        {
            // It is gone, which is what is wanted; its last output is waited for no longer.
        }
    }

    /// <summary>SIGSTOP: the process stands still with its connections open, like one that is far too slow.</summary>
    public void Pause() => Send(Halt);

    /// <summary>SIGCONT: it goes on.</summary>
    public void Resume() => Send(Continue);

    /// <summary>SIGTERM, as an orchestrator does it; fails if the process does not end in time by itself.</summary>
    public async Task Stop(TimeSpan? timeout = null)
    {
        if (!IsRunning) return;
        // It may have ended in between, which is what is wanted.
        if (SendSignal(process!.Id, Terminate) != 0 && IsRunning) throw new Win32Exception(Marshal.GetLastPInvokeError());
        using var deadline = new CancellationTokenSource(timeout ?? TimeSpan.FromSeconds(40));
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            await Kill();
            throw new ShouldAssertException($"{name} did not end after SIGTERM; its output is in {LogFile}:\n{LastLines()}");
        }
    }

    /// <summary>Waits for the process to end by itself.</summary>
    public Task UntilEnded(TimeSpan? timeout = null) =>
        Eventually.Is(() => !IsRunning, $"{name} ends by itself; its output is in {LogFile}", timeout);

    public async ValueTask DisposeAsync()
    {
        await Kill();
        process?.Dispose();
        process = null;
    }

    private void Send(int signal)
    {
        if (SendSignal(process!.Id, signal) != 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    private string LastLines() => File.Exists(LogFile) ? string.Join('\n', File.ReadLines(LogFile).TakeLast(20)) : "";

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int SendSignal(int process, int signal);
}
