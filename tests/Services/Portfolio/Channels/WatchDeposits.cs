using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Portfolio.Channels;

/// <summary>The clients that the page "Watch deposits" shows, as they stand there: cut off and killed, none loses a message.</summary>
public sealed class WatchDeposits : IDisposable
{
    private static readonly string Page = Path.Combine(Repository.Root, "docs", "watch-deposits.md");
    private static readonly string Clients = Path.Combine(Repository.Root, "docs", "clients");
    private readonly string folder = Directory.CreateTempSubdirectory("watch-").FullName;
    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("watch-deposits.mjs", "node")]
    [InlineData("watch_deposits.py", "python3")]
    [InlineData("WatchDeposits.cs", "dotnet")]
    public async Task a_client_that_is_cut_off_and_killed_misses_nothing(string file, string program)
    {
        if (!IsThere(program)) Assert.Skip($"There is no {program} on this machine.");
        var client = file.EndsWith(".cs", StringComparison.Ordinal) ? await BuiltAsync(file) : [Path.Combine(Clients, file)];
        await using var system = await FeedSystem.StartAsync();
        await using var network = new TcpProxy(system.Address.Port);
        var caller = FeedSystem.Someone();
        var seqs = new ConcurrentQueue<long>();
        for (var life = 0; life < 3; life++)
        {
            using var process = Begin(program, client, network.Port, system.Token(caller), seqs);
            for (var part = 0; part < 3; part++)
            {
                await system.TellAsync(caller.UserId, 5);
                var told = (await system.StoredAsync(caller.UserId)).Count;
                await Eventually.Is(() => seqs.Contains(told), $"{file} tells all {told}: {string.Join(',', seqs)}", TimeSpan.FromMinutes(1));
                network.Reset();
            }

            process.Kill();
            await process.WaitForExitAsync(cancellation);
        }

        var all = (await system.StoredAsync(caller.UserId)).Select(message => message.Seq);
        seqs.Distinct().ShouldBe(all, "in order and without a gap");
        // What was told and not yet noted when it was killed comes again.
        seqs.Count.ShouldBeLessThan(45 + 3 * 5);
    }

    [Theory]
    [InlineData("watch-deposits.mjs")]
    [InlineData("watch_deposits.py")]
    [InlineData("WatchDeposits.cs")]
    public async Task the_page_shows_the_client_as_it_is(string file)
    {
        var client = await File.ReadAllTextAsync(Path.Combine(Clients, file), cancellation);
        (await File.ReadAllTextAsync(Page, cancellation)).ShouldContain(client.Trim());
    }

    private Process Begin(string program, string[] client, int port, string token, ConcurrentQueue<long> seqs)
    {
        var process = Process.Start(new ProcessStartInfo(program, client)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            Environment = { ["API"] = $"http://127.0.0.1:{port}", ["KEY"] = token },
        })!;
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is { } data && JsonElement.Parse(data).TryGetProperty("seq", out var seq)) seqs.Enqueue(seq.GetInt64());
        };
        process.BeginOutputReadLine();
        return process;
    }

    private async Task<string[]> BuiltAsync(string file)
    {
        var built = Path.Combine(folder, "built");
        using var build = Process.Start(new ProcessStartInfo("dotnet", ["publish", Path.Combine(Clients, file), "-o", built, "-p:PublishAot=false",
            "-p:UseAppHost=false", "-v", "q", "--nologo"])
        {
            RedirectStandardOutput = true, WorkingDirectory = folder,
        })!;
        var said = await build.StandardOutput.ReadToEndAsync(cancellation);
        await build.WaitForExitAsync(cancellation);
        build.ExitCode.ShouldBe(0, said);
        return [Path.Combine(built, Path.ChangeExtension(file, ".dll"))];
    }

    private static bool IsThere(string program) =>
        Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(place => File.Exists(Path.Combine(place, program)));
}
