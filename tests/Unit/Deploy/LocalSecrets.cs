using System.Diagnostics;
using Shouldly;
using Testing;
using Xunit;

namespace Unit.Deploy;

/// <summary>What <c>run.sh</c> does with keys: others on the machine read neither a file nor a command line with one.</summary>
public sealed class LocalSecrets : IDisposable
{
    private readonly string data = Directory.CreateTempSubdirectory("local-secrets-").FullName;

    public LocalSecrets()
    {
        foreach (var folder in new[] { "run", "logs", "secrets", "servers", "bin/Sync", "path" })
            Directory.CreateDirectory(Path.Combine(data, folder));
    }

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Fact]
    public async Task no_file_with_the_demos_key_is_ever_readable_by_others()
    {
        // Rights given later come too late, so the test takes them away.
        await Bash("""
            umask 022
            live='' key='' services=()
            source "$deploy/local/demo.sh"
            exec_service() { echo "wt_0123_secret"; }
            chmod() { :; }
            mv() { command stat -c '%a %n' "$1" >>"$data/seen"; command mv "$@"; }
            make_demo_key
            command stat -c '%a %n' "$data"/demo-key* "$data/run/authorization" >>"$data/seen"
            """);

        var seen = await File.ReadAllLinesAsync(Path.Combine(data, "seen"), TestContext.Current.CancellationToken);
        seen.Length.ShouldBeGreaterThanOrEqualTo(3);
        seen.ShouldAllBe(line => line.StartsWith("600 "));
        (await File.ReadAllTextAsync(Path.Combine(data, "demo-key"), TestContext.Current.CancellationToken)).ShouldBe("wt_0123_secret\n");
    }

    [Fact]
    public async Task settings_of_chains_reach_sync_and_stand_on_no_command_line()
    {
        var token = TestContext.Current.CancellationToken;
        await File.WriteAllTextAsync(Path.Combine(data, "servers", "env"), "PG_SYNC='Host=x'\nAMQP_SYNC='amqp://x'\n", token);
        await File.WriteAllTextAsync(Path.Combine(data, "secrets", "sync.key"), "key", token);
        await File.WriteAllTextAsync(Path.Combine(data, "chains.env"), """
            # A comment.
            Chains__bitcoin-testnet__Providers__0__Key=a=b secret
            Chains__bitcoin__Providers__0__Name=one
            """, token);
        // Two programs that only tell how they were called: who would become the program, and the program.
        await Program("setsid", """printf '%s\n' "$@" >"$data/arguments"; exec "$@" """);
        await Program("dotnet", """tr '\0' '\n' </proc/$$/environ >"$data/environment"; printf '%s\n' "$@" >"$data/told" """);
        await Bash("""
            export data PATH="$data/path:$PATH"
            live='' monitoring='' root=$data
            mkdir -p "$root/deploy/chains"
            cp "$data/chains.env" "$root/deploy/chains/simulated.env"
            source "$deploy/local/services.sh"
            exec_service sync check-config
            """);

        (await File.ReadAllTextAsync(Path.Combine(data, "arguments"), token)).ShouldNotContain("Chains__");
        (await File.ReadAllLinesAsync(Path.Combine(data, "told"), token)).ShouldBe([$"{data}/bin/Sync/Sync.dll", "check-config"]);
        var environment = await File.ReadAllLinesAsync(Path.Combine(data, "environment"), token);
        environment.ShouldContain("Chains__bitcoin-testnet__Providers__0__Key=a=b secret");
        environment.ShouldContain("Chains__bitcoin__Providers__0__Name=one");
        environment.ShouldContain("RabbitMq__Uri=amqp://x");
    }

    private async Task Program(string name, string script)
    {
        await File.WriteAllTextAsync(Path.Combine(data, "path", name), $"#!/bin/bash\n{script}\n", TestContext.Current.CancellationToken);
        await Bash("""chmod +x "$data"/path/* """);
    }

    private async Task Bash(string script)
    {
        var start = new ProcessStartInfo("bash", ["-euo", "pipefail", "-c", script]) { RedirectStandardError = true };
        start.Environment["data"] = data;
        start.Environment["deploy"] = Path.Combine(Repository.Root, "deploy");
        using var process = Process.Start(start)!;
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.ExitCode.ShouldBe(0, error);
    }
}
