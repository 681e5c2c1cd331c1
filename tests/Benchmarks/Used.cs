using System.Globalization;
using Testing;

namespace Benchmarks;

/// <summary>What a program and the processes below it have used: CPU seconds, and megabytes of memory held now.</summary>
internal sealed record Used(double Cpu, double Memory)
{
    private const double TicksPerSecond = 100;

    /// <summary>What each part of a system has used, by its name.</summary>
    public static Dictionary<string, Used> By(WholeSystem system)
    {
        var parts = system.Processes.Where(process => process.Name != "simulator").ToDictionary(
            process => process.Name, process => new Used(process.CpuTime.TotalSeconds, process.PeakMemory / 1048576d));
        parts["postgres"] = By("postgres", system.Servers.Folder);
        parts["rabbitmq"] = By("beam.smp", system.Servers.Folder);
        parts["(simulator)"] = new Used(system.Simulator.CpuTime.TotalSeconds, system.Simulator.PeakMemory / 1048576d);
        return parts;
    }

    /// <summary>Sums up all processes of a program whose command line names a folder, with their children and those children that ended.</summary>
    public static Used By(string program, string folder)
    {
        var stats = Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _))
            .Select(pid => (Pid: pid!, Stat: Read($"/proc/{pid}/stat"), Command: Read($"/proc/{pid}/cmdline")))
            .Where(process => process.Stat is not null).ToList();
        var roots = stats.Where(process =>
            process.Command is { } command && command.Contains(program, StringComparison.Ordinal)
                && command.Contains(folder, StringComparison.Ordinal)).Select(process => process.Pid).ToHashSet();
        var (cpu, memory) = (0d, 0d);
        foreach (var (pid, stat, _) in stats)
        {
            // Fields counted after the name, which may hold spaces: 2 parent, 12 to 15 own and ended children's time.
            var fields = stat!.Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (!roots.Contains(pid) && !roots.Contains(fields[1])) continue;
            cpu += fields[11..15].Sum(field => long.Parse(field, CultureInfo.InvariantCulture)) / TicksPerSecond;
            memory += Proportional(pid) / 1024d;
        }

        return new Used(cpu, memory);
    }

    // Shared pages count once over all who share them.
    private static long Proportional(string pid) =>
        Read($"/proc/{pid}/smaps_rollup")?.Split('\n').FirstOrDefault(line => line.StartsWith("Pss:", StringComparison.Ordinal)) is { } line
            ? long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture)
            : 0;

    private static string? Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The process ended meanwhile.
            return null;
        }
    }
}
