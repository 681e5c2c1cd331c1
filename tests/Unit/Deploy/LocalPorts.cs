using System.Diagnostics;
using Shouldly;
using Testing;
using Xunit;

namespace Unit.Deploy;

/// <summary>Servers that start beside each other choose ports that no other has chosen, whenever either listens on them.</summary>
public sealed class LocalPorts : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("local-ports-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task no_port_is_chosen_twice_and_what_was_chosen_for_a_folder_that_is_gone_is_free_again()
    {
        var chosen = await Task.WhenAll(Enumerable.Range(0, 4).Select(n => Bash($"""
            mkdir -p "$folder/{n}"
            for _ in $(seq 25); do free_port "$folder/{n}"; done
            """)));
        var ports = chosen.SelectMany(told => told.Split('\n', StringSplitOptions.RemoveEmptyEntries)).ToList();
        ports.Count.ShouldBe(100);
        ports.Distinct().Count().ShouldBe(100);

        // One was removed in good order, of another only the folder is gone.
        await Bash("""forget_ports "$folder/0"; rm -r "$folder/0" "$folder/1" """);
        var left = (await Bash("""for port in "$port_claims"/*; do [ ! -e "$port" ] || basename "$port"; done"""))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        left.Length.ShouldBe(50);
        left.ShouldBeSubsetOf(ports);
    }

    private async Task<string> Bash(string script)
    {
        var start = new ProcessStartInfo("bash", ["-c", $"set -euo pipefail\nsource \"$local/ports.sh\"\n{script}"])
        {
            RedirectStandardOutput = true,
        };
        start.Environment["local"] = Path.Combine(Repository.Root, "deploy", "local");
        (start.Environment["folder"], start.Environment["TMPDIR"]) = (folder, folder);
        using var process = Process.Start(start)!;
        var told = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.ExitCode.ShouldBe(0);
        return told;
    }
}
