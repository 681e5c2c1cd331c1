using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Shouldly;
using Testing;
using Xunit;

namespace Whole;

/// <summary><c>run.sh</c> where it has to refuse, in a folder of its own: nothing of a system that runs here is touched.</summary>
public sealed class RunScript : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("run-").FullName;

    public RunScript()
    {
        // The servers' own users must be able to enter.
        using var chmod = Process.Start("chmod", ["755", root]);
        chmod.WaitForExit();
        File.Copy(Path.Combine(Repository.Root, "run.sh"), Path.Combine(root, "run.sh"));
        File.CreateSymbolicLink(Path.Combine(root, "deploy"), Path.Combine(Repository.Root, "deploy"));
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task a_taken_port_is_named_at_once_with_whoever_holds_it()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        foreach (var name in new[] { "GATEWAY_PORT", "PORTFOLIO_PORT", "PG_PORT", "AMQP_PORT" })
        {
            var (code, said) = await Run([], (name, $"{port}"));

            code.ShouldNotBe(0);
            said.ShouldContain($"port {port} is taken by ");
            said.ShouldContain($"process {Environment.ProcessId}; free it or choose another with {name}=<port>");
            // Before anything is built or started.
            Directory.Exists(Path.Combine(root, ".local", "pg")).ShouldBeFalse();
            Directory.Exists(Path.Combine(root, "artifacts")).ShouldBeFalse();
        }
    }

    [Fact]
    public async Task stop_works_after_a_kill_while_something_still_holds_the_lock()
    {
        var run = Directory.CreateDirectory(Path.Combine(root, ".local", "run")).FullName;
        using var killed = Process.Start("true");
        await killed.WaitForExitAsync(TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(run, "run.pid"), $"{killed.Id}\n", TestContext.Current.CancellationToken);
        using var holder = Process.Start("flock", [Path.Combine(run, "lock"), "sleep", "2"]);
        await Eventually.Is(() => File.Exists(Path.Combine(run, "lock")), "the lock is held");

        (await Run(["stop"])).ShouldBe((0, ""));
        holder.WaitForExit(0).ShouldBeTrue("it was waited for");
    }

    // Every port that is not the one in question is free.
    private async Task<(int Code, string Said)> Run(string[] arguments, params (string Name, string Value)[] settings)
    {
        var start = new ProcessStartInfo(Path.Combine(root, "run.sh"), arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in new[] { "GATEWAY", "WALLETS", "SYNC", "PORTFOLIO", "SIMULATOR", "PG", "AMQP", "EPMD", "DIST" })
            start.Environment[$"{name}_PORT"] = $"{FreePort.Next()}";
        foreach (var (name, value) in settings) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output + await errors);
    }
}
